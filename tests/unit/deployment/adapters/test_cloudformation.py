"""Requests to AWS CloudFormation, and its responses that the emulators do not give."""

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

pytest.importorskip("moto", reason="needs the extra aws, and moto")

from botocore.exceptions import ClientError

from imgmeta.deployment.adapters.cloudformation import CloudFormationStacks
from imgmeta.deployment.core.stacks import ChangeAction, ChangeSet, Replacement
from imgmeta.errors import PermanentError, TransientError
from support.aws.moto import aws_in_memory, respond_with_error

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from imgmeta.adapters.aws import Clients

TEMPLATE = json.dumps({"Resources": {"First": {"Type": "AWS::SNS::Topic"}}})


def stacks_of(clients: "Clients") -> CloudFormationStacks:
    names = iter(f"name-{number}" for number in range(100))
    return CloudFormationStacks(
        clients.cloudformation, new_name=lambda: next(names), sleep=lambda _: None
    )


# AWS CloudFormation API Reference, of the tokens of "CreateChangeSet", "ExecuteChangeSet" and
# "DeleteStack": "Specify this token if you plan to retry requests".
def test_requests_carry_a_token_for_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    requests: dict[str, Any] = {}

    def record(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - untyped in botocore
        requests[model.name] = params

    with aws_in_memory(monkeypatch) as clients:
        clients.cloudformation.meta.events.register(
            "provide-client-params.cloudformation", lambda params, model, **_: record(params, model)
        )
        stacks = stacks_of(clients)
        change_set = stacks.create_change_set("photos", TEMPLATE, {})
        assert change_set is not None
        stacks.execute_change_set(change_set)
        stacks.delete(change_set.stack_id)
    tokens = [
        requests["CreateChangeSet"]["ClientToken"],
        requests["ExecuteChangeSet"]["ClientRequestToken"],
        requests["DeleteStack"]["ClientRequestToken"],
    ]
    assert len(set(tokens)) == 3


def test_failed_cleanup_does_not_hide_the_first_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with aws_in_memory(monkeypatch) as clients:
        respond_with_error(
            clients.cloudformation, "cloudformation.DescribeChangeSet", "Throttling", 400
        )
        respond_with_error(clients.cloudformation, "cloudformation.DeleteChangeSet", "Odd", 400)
        with pytest.raises(TransientError, match="cannot read a change set") as caught:
            stacks_of(clients).create_change_set("photos", TEMPLATE, {})
    assert isinstance(caught.value.__cause__, ClientError)


class RejectingClient:
    """A client that rejects the execution of a change set with this execution status."""

    def __init__(self, status: str) -> None:
        self.status = status

    def execute_change_set(self, **_: object) -> None:
        response: Any = {
            "Error": {"Code": "InvalidChangeSetStatus", "Message": f"it is {self.status}"}
        }
        raise ClientError(response, "ExecuteChangeSet")

    def describe_change_set(self, **_: object) -> dict[str, str]:
        return {"ExecutionStatus": self.status}


CHANGE_SET = ChangeSet("mine", "arn", "photos", is_creation=True, changes=())


def over(client: object) -> CloudFormationStacks:
    return CloudFormationStacks(
        cast("CloudFormationClient", client), new_name=lambda: "name", sleep=lambda _: None
    )


@pytest.mark.parametrize("status", ["EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE"])
def test_executing_an_executed_change_set_is_not_an_error(status: str) -> None:
    over(RejectingClient(status)).execute_change_set(CHANGE_SET)


@pytest.mark.parametrize("status", ["OBSOLETE", "UNAVAILABLE"])
def test_outdated_change_set_is_an_error(status: str) -> None:
    with pytest.raises(PermanentError, match=f"it is {status}"):
        over(RejectingClient(status)).execute_change_set(CHANGE_SET)


class ReviewClient:
    """A client with a stack in review that has these change sets."""

    def __init__(self, *change_sets: str) -> None:
        self.change_sets = change_sets
        self.deleted: list[str] = []

    def describe_stacks(self, **_: object) -> dict[str, object]:
        stack = {"StackId": "arn", "StackName": "photos", "StackStatus": "REVIEW_IN_PROGRESS"}
        return {"Stacks": [stack]}

    def delete_change_set(self, **_: object) -> None:
        """Delete the change set, but list it for a while, as CloudFormation does."""

    def get_paginator(self, _: str) -> "ReviewClient":
        return self

    def paginate(self, **_: object) -> list[dict[str, object]]:
        return [{"Summaries": [{"ChangeSetId": each}]} for each in self.change_sets]

    def delete_stack(self, **request: str) -> None:
        self.deleted.append(request["StackName"])


@pytest.mark.parametrize(
    ("change_sets", "deleted"),
    [([], ["arn"]), (["mine"], ["arn"]), (["mine", "another"], []), (["another"], [])],
)
def test_stack_in_review_is_deleted_unless_it_has_other_change_sets(
    change_sets: list[str], deleted: list[str]
) -> None:
    client = ReviewClient(*change_sets)
    over(client).delete_change_set(CHANGE_SET)
    assert client.deleted == deleted


class CreatingClient:
    """A client whose change set is created after two polls, on three pages, or fails."""

    def __init__(self, reason: str | None = None) -> None:
        self.reason = reason
        self.polls = 0
        self.deleted: list[str] = []

    def describe_stacks(self, **_: object) -> dict[str, object]:
        stack = {"StackId": "arn", "StackName": "photos", "StackStatus": "CREATE_COMPLETE"}
        return {"Stacks": [stack]}

    def create_change_set(self, **_: object) -> dict[str, str]:
        return {"Id": "mine", "StackId": "arn"}

    def delete_change_set(self, **request: str) -> None:
        self.deleted.append(request["ChangeSetName"])

    def describe_change_set(self, **request: str) -> dict[str, Any]:
        page = int(request.get("NextToken", "0"))
        if page == 0:
            self.polls += 1
        if self.polls < 3:
            return {"Status": "CREATE_PENDING" if self.polls == 1 else "CREATE_IN_PROGRESS"}
        if self.reason is not None:
            return {"Status": "FAILED", "StatusReason": self.reason}
        details = [{"Target": {"Attribute": "Tags"}}, {"Target": {"Name": "Code"}}]
        change = {
            "Action": ["Modify", "Remove", "SyncWithActual"][page],
            "LogicalResourceId": f"R{page}",
            "ResourceType": "AWS::Lambda::Function",
            "Replacement": "Conditional",
            "Details": [*details, {"Target": {"Name": "Code"}}, {}],
        }
        more = {"NextToken": str(page + 1)} if page < 2 else {}
        changes = [{"Type": "Resource", "ResourceChange": change}, {"Type": "Hook"}]
        return {"Status": "CREATE_COMPLETE", "Changes": changes, **more}


def test_change_set_is_read_completely_once_it_is_created() -> None:
    change_set = over(CreatingClient()).create_change_set("photos", TEMPLATE, {})
    assert change_set is not None
    assert not change_set.is_creation
    assert [(each.logical_id, each.action) for each in change_set.changes] == [
        ("R0", ChangeAction.MODIFY),
        ("R1", ChangeAction.REMOVE),
        ("R2", ChangeAction.DYNAMIC),  # an unknown action
    ]
    assert {each.replacement for each in change_set.changes} == {Replacement.CONDITIONAL}
    assert {each.properties for each in change_set.changes} == {("Code",)}


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information.",
        "No updates are to be performed.",
    ],
)
def test_change_set_without_changes_is_deleted(reason: str) -> None:
    client = CreatingClient(reason)
    assert over(client).create_change_set("photos", TEMPLATE, {}) is None
    assert client.deleted == ["mine"]


def test_request_rejected_without_changes_gives_no_change_set() -> None:
    class UnchangedClient(CreatingClient):
        def create_change_set(self, **_: object) -> dict[str, str]:
            error = {"Code": "ValidationError", "Message": "No updates are to be performed."}
            response: Any = {"Error": error}
            raise ClientError(response, "CreateChangeSet")

    assert over(UnchangedClient()).create_change_set("photos", TEMPLATE, {}) is None


def test_failed_change_set_is_deleted_and_reported_with_the_reason() -> None:
    client = CreatingClient("Properties validation failed\x1b")
    with pytest.raises(
        PermanentError,
        match=r"rejects the changes to the stack photos: Properties validation failed\\x1b",
    ):
        over(client).create_change_set("photos", TEMPLATE, {})
    assert client.deleted == ["mine"]
