"""Stacks of AWS CloudFormation."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, translate_errors
from imgmeta.core.text import printable, shorten
from imgmeta.deployment.core.stacks import (
    Change,
    ChangeAction,
    ChangeSet,
    Replacement,
    Stack,
    StackEvent,
    StackResource,
)
from imgmeta.errors import AdapterError, PermanentError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import (
        DescribeChangeSetOutputTypeDef,
        ParameterTypeDef,
        ResourceChangeTypeDef,
        StackEventTypeDef,
        StackTypeDef,
    )

__all__ = ["CloudFormationStacks"]

_NOTHING_CHANGES = ("didn't contain changes", "No updates are to be performed")
"""How CloudFormation says that a stack is already as a template says: it has no code for that."""

_NOT_TO_BE_EXECUTED = "InvalidChangeSetStatus"
_EXECUTED = frozenset({"EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE", "EXECUTE_FAILED"})

_UNDER_WAY = frozenset({"CREATE_PENDING", "CREATE_IN_PROGRESS"})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_MAX_REASON = 500

_ACTIONS = {action.value: action for action in ChangeAction}
"""What else CloudFormation may come to do is something that only happens as it is done."""


class CloudFormationStacks:
    """The stacks of one account and region.

    Args:
        client: a client of AWS CloudFormation.
        new_name: makes a name for a change set or a request, unique in the account.
        wait: passes so many seconds.
    """

    def __init__(
        self,
        client: "CloudFormationClient",
        *,
        new_name: Callable[[], str],
        wait: Callable[[float], None],
    ) -> None:
        self._client = client
        self._new_name = new_name
        self._wait = wait

    def find(self, stack: str) -> Stack | None:
        """Return the stack as it is now, as the port says."""
        with translate_errors(f"the stack {printable(stack)} cannot be looked at"):
            try:
                [found] = self._client.describe_stacks(StackName=stack)["Stacks"]
            except ClientError as error:
                if _is_missing(error):
                    return None
                raise
        return _stack(found)

    def propose(
        self, name: str, template: str, parameters: Mapping[str, str], *, keep: Iterable[str] = ()
    ) -> ChangeSet | None:
        """Return what would change, as the port says."""
        before = self.find(name)
        is_creation = before is None or before.is_only_proposed
        given: list[ParameterTypeDef] = [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ]
        kept: list[ParameterTypeDef] = [
            {"ParameterKey": key, "UsePreviousValue": True} for key in keep
        ]
        new = self._new_name()
        with translate_errors(f"the changes of the stack {printable(name)} cannot be prepared"):
            try:
                made = self._client.create_change_set(
                    StackName=name,
                    TemplateBody=template,
                    Parameters=[*given, *kept],
                    Capabilities=["CAPABILITY_IAM"],
                    ChangeSetName=new,
                    ChangeSetType="CREATE" if is_creation else "UPDATE",
                    # Else one that is asked again, since its answer was lost, is one too many.
                    ClientToken=new,
                )
            except ClientError as error:
                if _changes_nothing(error.response.get("Error", {}).get("Message", "")):
                    return None
                raise
        blank = ChangeSet(made["Id"], made["StackId"], name, is_creation, ())
        try:
            return self._prepared(blank)
        except BaseException:
            with suppress(AdapterError):  # what led here is to be told, not this
                self.discard(blank)
            raise

    def _prepared(self, blank: ChangeSet) -> ChangeSet | None:
        pause = _FIRST_PAUSE
        pages = self._pages(blank)
        while pages[0]["Status"] in _UNDER_WAY:
            self._wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            pages = self._pages(blank)
        if pages[0]["Status"] == "FAILED":
            reason = pages[0].get("StatusReason", "")
            if not _changes_nothing(reason):
                said = shorten(printable(reason), _MAX_REASON)
                msg = f"the changes of the stack {printable(blank.stack_name)} are refused: {said}"
                raise PermanentError(msg)
            self.discard(blank)
            return None
        changes = [
            _change(change["ResourceChange"])
            for page in pages
            for change in page.get("Changes", [])
            if "ResourceChange" in change
        ]
        return ChangeSet(
            blank.change_set_id, blank.stack_id, blank.stack_name, blank.is_creation, (*changes,)
        )

    def _pages(self, blank: ChangeSet) -> "list[DescribeChangeSetOutputTypeDef]":
        pages: list[DescribeChangeSetOutputTypeDef] = []
        name = blank.change_set_id
        with translate_errors(
            f"the changes of the stack {printable(blank.stack_name)} cannot be read"
        ):
            pages.append(self._client.describe_change_set(ChangeSetName=name))
            while token := pages[-1].get("NextToken"):
                page = self._client.describe_change_set(ChangeSetName=name, NextToken=token)
                pages.append(page)
        return pages

    def discard(self, change_set: ChangeSet) -> None:
        """Forget the change set, as the port says."""
        with translate_errors(
            f"a change set of {printable(change_set.stack_name)} cannot be deleted"
        ):
            self._client.delete_change_set(ChangeSetName=change_set.change_set_id)
        if change_set.is_creation:
            stack = self.find(change_set.stack_id)
            if stack is not None and stack.is_only_proposed and not self._others(change_set):
                self.delete(change_set.stack_id)

    def _others(self, change_set: ChangeSet) -> bool:
        """Return whether somebody else proposes something for that stack."""
        name = printable(change_set.stack_name)
        with translate_errors(f"the change sets of the stack {name} cannot be listed"):
            paginator = self._client.get_paginator("list_change_sets")
            return any(
                each.get("ChangeSetId") != change_set.change_set_id
                for page in paginator.paginate(StackName=change_set.stack_id)
                for each in page["Summaries"]
            )

    def execute(self, change_set: ChangeSet) -> None:
        """Have the changes begun, as the port says."""
        with translate_errors(f"the stack {printable(change_set.stack_name)} cannot be changed"):
            try:
                self._client.execute_change_set(
                    ChangeSetName=change_set.change_set_id,
                    ClientRequestToken=self._new_name(),
                    # What a creation that fails has made holds nothing yet: it goes, retained or
                    # not.
                    RetainExceptOnCreate=True,
                )
            except ClientError as error:
                # A request that is tried again, since its answer was lost, may come too late.
                if error_code(error) != _NOT_TO_BE_EXECUTED or not self._is_executed(change_set):
                    raise

    def _is_executed(self, change_set: ChangeSet) -> bool:
        name = change_set.change_set_id
        status = self._client.describe_change_set(ChangeSetName=name).get("ExecutionStatus")
        return status in _EXECUTED

    def delete(self, stack_id: str) -> None:
        """Have the deletion begun, as the port says."""
        with translate_errors(f"the stack {printable(stack_id)} cannot be deleted"):
            self._client.delete_stack(StackName=stack_id, ClientRequestToken=self._new_name())

    def events(self, stack_id: str, *, after: str | None = None) -> list[StackEvent]:
        """Return what happened, the oldest first, as the port says."""
        found = list[StackEvent]()
        with translate_errors(f"the events of {printable(stack_id)} cannot be read"):
            paginator = self._client.get_paginator("describe_stack_events")
            for page in paginator.paginate(StackName=stack_id):  # the newest first
                for each in page["StackEvents"]:
                    if each["EventId"] == after:
                        return found[::-1]
                    found.append(_event(each))
        return found[::-1]

    def resources(self, stack_id: str) -> Iterator[StackResource]:
        """Yield the stack's resources, as the port says."""
        with translate_errors(f"the resources of {printable(stack_id)} cannot be listed"):
            paginator = self._client.get_paginator("list_stack_resources")
            for page in paginator.paginate(StackName=stack_id):
                for each in page["StackResourceSummaries"]:
                    if each["ResourceStatus"] != "DELETE_COMPLETE":
                        yield StackResource(
                            each["LogicalResourceId"],
                            each.get("PhysicalResourceId", ""),
                            each["ResourceType"],
                            each["ResourceStatus"],
                        )


def _changes_nothing(reason: str) -> bool:
    return any(phrase in reason for phrase in _NOTHING_CHANGES)


def _is_missing(error: ClientError) -> bool:
    """Return whether there is no such stack: CloudFormation has no code of its own for that."""
    said = error.response.get("Error", {})
    return said.get("Code") == "ValidationError" and "does not exist" in said.get("Message", "")


def _stack(found: "StackTypeDef") -> Stack:
    return Stack(
        stack_id=found["StackId"],
        name=found["StackName"],
        status=found["StackStatus"],
        parameters={
            each["ParameterKey"]: each.get("ParameterValue", "")
            for each in found.get("Parameters", [])
        },
        outputs={each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])},
    )


def _event(found: "StackEventTypeDef") -> StackEvent:
    return StackEvent(
        event_id=found["EventId"],
        at=found["Timestamp"],
        logical_id=found.get("LogicalResourceId", ""),
        resource_type=found.get("ResourceType", ""),
        status=found.get("ResourceStatus", ""),
        reason=found.get("ResourceStatusReason", ""),
        is_of_stack=found.get("PhysicalResourceId") == found["StackId"],
    )


def _change(found: "ResourceChangeTypeDef") -> Change:
    targets = [each.get("Target", {}) for each in found.get("Details", [])]
    return Change(
        action=_ACTIONS.get(found["Action"], ChangeAction.DYNAMIC),
        logical_id=found["LogicalResourceId"],
        resource_type=found["ResourceType"],
        replacement=Replacement(found.get("Replacement", Replacement.NO)),
        properties=tuple(sorted({each["Name"] for each in targets if "Name" in each})),
    )
