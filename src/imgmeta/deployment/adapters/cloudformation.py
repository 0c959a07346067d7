"""The stacks of AWS CloudFormation."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
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

_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
"""CloudFormation's messages for a stack that is up to date; there is no error code for that."""

_INVALID_STATUS = "InvalidChangeSetStatus"
_EXECUTED = frozenset({"EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE", "EXECUTE_FAILED"})

_BEING_CREATED = frozenset({"CREATE_PENDING", "CREATE_IN_PROGRESS"})
_FIRST_PAUSE, _MAX_PAUSE = 0.05, 2.0
_MAX_REASON = 500

_ACTIONS = {action.value: action for action in ChangeAction}


class CloudFormationStacks:
    """The stacks of one account and region.

    Args:
        client: a client of AWS CloudFormation.
        new_name: returns a new name for a change set or a request, unique in the account.
        sleep: pauses between two polls of a change set.
    """

    def __init__(
        self,
        client: "CloudFormationClient",
        *,
        new_name: Callable[[], str],
        sleep: Callable[[float], None],
    ) -> None:
        self._client = client
        self._new_name = new_name
        self._sleep = sleep

    def find(self, stack: str) -> Stack | None:
        """Return the stack in its current state: see the port."""
        with translate_errors(f"cannot read the stack {printable(stack)}"):
            try:
                [found] = self._client.describe_stacks(StackName=stack)["Stacks"]
            except ClientError as error:
                if _is_missing(error):
                    return None
                raise
        return _stack(found)

    def create_change_set(
        self,
        stack_name: str,
        template: str,
        parameters: Mapping[str, str],
        *,
        use_previous_values: Iterable[str] = (),
    ) -> ChangeSet | None:
        """Return the changes, or None without changes: see the port."""
        stack = self.find(stack_name)
        is_creation = stack is None or stack.is_in_review
        values: list[ParameterTypeDef] = [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ]
        values.extend(
            {"ParameterKey": key, "UsePreviousValue": True} for key in use_previous_values
        )
        change_set_name = self._new_name()
        with translate_errors(f"cannot create a change set for the stack {printable(stack_name)}"):
            try:
                response = self._client.create_change_set(
                    StackName=stack_name,
                    TemplateBody=template,
                    Parameters=values,
                    Capabilities=["CAPABILITY_IAM"],
                    ChangeSetName=change_set_name,
                    ChangeSetType="CREATE" if is_creation else "UPDATE",
                    # A retry after a lost response must not create a second change set.
                    ClientToken=change_set_name,
                )
            except ClientError as error:
                if _is_without_changes(error.response.get("Error", {}).get("Message", "")):
                    return None
                raise
        change_set = ChangeSet(response["Id"], response["StackId"], stack_name, is_creation, ())
        try:
            return self._with_changes(change_set)
        except BaseException:
            with suppress(AdapterError):  # the first error matters, not that of the cleanup
                self.delete_change_set(change_set)
            raise

    def _with_changes(self, change_set: ChangeSet) -> ChangeSet | None:
        pause = _FIRST_PAUSE
        pages = self._pages(change_set)
        while pages[0]["Status"] in _BEING_CREATED:
            self._sleep(pause)
            pause = min(pause * 2, _MAX_PAUSE)
            pages = self._pages(change_set)
        if pages[0]["Status"] == "FAILED":
            reason = pages[0].get("StatusReason", "")
            if not _is_without_changes(reason):
                msg = (
                    "CloudFormation rejects the changes to the stack "
                    f"{printable(change_set.stack_name)}: {shorten(printable(reason), _MAX_REASON)}"
                )
                raise PermanentError(msg)
            self.delete_change_set(change_set)
            return None
        changes = [
            _change(change["ResourceChange"])
            for page in pages
            for change in page.get("Changes", [])
            if "ResourceChange" in change
        ]
        return replace(change_set, changes=tuple(changes))

    def _pages(self, change_set: ChangeSet) -> "list[DescribeChangeSetOutputTypeDef]":
        pages: list[DescribeChangeSetOutputTypeDef] = []
        name = change_set.change_set_id
        with translate_errors(f"cannot read a change set of {printable(change_set.stack_name)}"):
            pages.append(self._client.describe_change_set(ChangeSetName=name))
            while token := pages[-1].get("NextToken"):
                page = self._client.describe_change_set(ChangeSetName=name, NextToken=token)
                pages.append(page)
        return pages

    def delete_change_set(self, change_set: ChangeSet) -> None:
        """Delete the change set, and maybe a stack in review: see the port."""
        with translate_errors(f"cannot delete a change set of {printable(change_set.stack_name)}"):
            self._client.delete_change_set(ChangeSetName=change_set.change_set_id)
        if change_set.is_creation:
            stack = self.find(change_set.stack_id)
            if stack is not None and stack.is_in_review and not self._has_others(change_set):
                self.delete(change_set.stack_id)

    def _has_others(self, change_set: ChangeSet) -> bool:
        """Return whether the stack has other change sets."""
        with translate_errors(f"cannot list the change sets of {printable(change_set.stack_name)}"):
            paginator = self._client.get_paginator("list_change_sets")
            return any(
                each.get("ChangeSetId") != change_set.change_set_id
                for page in paginator.paginate(StackName=change_set.stack_id)
                for each in page["Summaries"]
            )

    def execute_change_set(self, change_set: ChangeSet) -> None:
        """Start the changes: see the port."""
        with translate_errors(f"cannot change the stack {printable(change_set.stack_name)}"):
            try:
                self._client.execute_change_set(
                    ChangeSetName=change_set.change_set_id,
                    ClientRequestToken=self._new_name(),
                    # After a failed creation, bucket and table are empty: delete them too.
                    RetainExceptOnCreate=True,
                )
            except ClientError as error:
                # A retry after a lost response may find the change set executed.
                if error_code(error) != _INVALID_STATUS or not self._is_executed(change_set):
                    raise

    def _is_executed(self, change_set: ChangeSet) -> bool:
        name = change_set.change_set_id
        status = self._client.describe_change_set(ChangeSetName=name).get("ExecutionStatus")
        return status in _EXECUTED

    def delete(self, stack_id: str) -> None:
        """Start to delete the stack: see the port."""
        with translate_errors(f"cannot delete the stack {printable(stack_id)}"):
            self._client.delete_stack(StackName=stack_id, ClientRequestToken=self._new_name())

    def events(self, stack_id: str, *, after: str | None = None) -> list[StackEvent]:
        """Return the events, the oldest first: see the port."""
        events = list[StackEvent]()
        with translate_errors(f"cannot read the events of the stack {printable(stack_id)}"):
            paginator = self._client.get_paginator("describe_stack_events")
            for page in paginator.paginate(StackName=stack_id):  # the newest first
                for each in page["StackEvents"]:
                    if each["EventId"] == after:
                        return events[::-1]
                    events.append(_event(each))
        return events[::-1]

    def resources(self, stack_id: str) -> Iterator[StackResource]:
        """Yield the stack's resources: see the port."""
        with translate_errors(f"cannot list the resources of the stack {printable(stack_id)}"):
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


def _is_without_changes(reason: str) -> bool:
    return any(phrase in reason for phrase in _NO_CHANGES)


def _is_missing(error: ClientError) -> bool:
    """Return whether the stack does not exist; there is no error code for that."""
    details = error.response.get("Error", {})
    message = details.get("Message", "")
    return details.get("Code") == "ValidationError" and "does not exist" in message


def _stack(description: "StackTypeDef") -> Stack:
    return Stack(
        stack_id=description["StackId"],
        name=description["StackName"],
        status=description["StackStatus"],
        parameters={
            each["ParameterKey"]: each.get("ParameterValue", "")
            for each in description.get("Parameters", [])
        },
        outputs={each["OutputKey"]: each["OutputValue"] for each in description.get("Outputs", [])},
    )


def _event(description: "StackEventTypeDef") -> StackEvent:
    return StackEvent(
        event_id=description["EventId"],
        timestamp=description["Timestamp"],
        logical_id=description.get("LogicalResourceId", ""),
        resource_type=description.get("ResourceType", ""),
        status=description.get("ResourceStatus", ""),
        reason=description.get("ResourceStatusReason", ""),
        is_of_stack=description.get("PhysicalResourceId") == description["StackId"],
    )


def _change(description: "ResourceChangeTypeDef") -> Change:
    targets = [each.get("Target", {}) for each in description.get("Details", [])]
    return Change(
        # An action that this version does not know may do anything.
        action=_ACTIONS.get(description["Action"], ChangeAction.DYNAMIC),
        logical_id=description["LogicalResourceId"],
        resource_type=description["ResourceType"],
        replacement=Replacement(description.get("Replacement", Replacement.NO)),
        properties=tuple(sorted({each["Name"] for each in targets if "Name" in each})),
    )
