"""What AWS CloudFormation is asked, and what is told of what cannot be prepared."""

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
        clients.cloudformation, new_name=lambda: next(names), wait=lambda _: None
    )


# AWS CloudFormation API Reference, of the tokens of "CreateChangeSet", "ExecuteChangeSet" and
# "DeleteStack": "Specify this token if you plan to retry requests".
def test_what_is_asked_again_is_known_to_be_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def note(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        asked[model.name] = params

    with aws_in_memory(monkeypatch) as clients:
        clients.cloudformation.meta.events.register(
            "provide-client-params.cloudformation", lambda params, model, **_: note(params, model)
        )
        stacks = stacks_of(clients)
        change_set = stacks.propose("photos", TEMPLATE, {})
        assert change_set is not None
        stacks.execute(change_set)
        stacks.delete(change_set.stack_id)
    tokens = [
        asked["CreateChangeSet"]["ClientToken"],
        asked["ExecuteChangeSet"]["ClientRequestToken"],
        asked["DeleteStack"]["ClientRequestToken"],
    ]
    assert len(set(tokens)) == 3


def test_what_led_to_a_failure_is_told_and_not_what_came_of_clearing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with aws_in_memory(monkeypatch) as clients:
        respond_with_error(
            clients.cloudformation, "cloudformation.DescribeChangeSet", "Throttling", 400
        )
        respond_with_error(clients.cloudformation, "cloudformation.DeleteChangeSet", "Odd", 400)
        with pytest.raises(TransientError, match="cannot be read") as caught:
            stacks_of(clients).propose("photos", TEMPLATE, {})
    assert isinstance(caught.value.__cause__, ClientError)


class Executing:
    """A change set in this state, which is asked to be executed."""

    def __init__(self, status: str) -> None:
        self.status = status

    def execute_change_set(self, **_: object) -> None:
        answer: Any = {
            "Error": {"Code": "InvalidChangeSetStatus", "Message": f"it is {self.status}"}
        }
        raise ClientError(answer, "ExecuteChangeSet")

    def describe_change_set(self, **_: object) -> dict[str, str]:
        return {"ExecutionStatus": self.status}


CHANGE_SET = ChangeSet("mine", "arn", "photos", is_creation=True, changes=())


def over(client: object) -> CloudFormationStacks:
    return CloudFormationStacks(
        cast("CloudFormationClient", client), new_name=lambda: "name", wait=lambda _: None
    )


@pytest.mark.parametrize("status", ["EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE"])
def test_changes_that_were_begun_by_a_request_whose_answer_was_lost_are_begun(status: str) -> None:
    over(Executing(status)).execute(CHANGE_SET)


@pytest.mark.parametrize("status", ["OBSOLETE", "UNAVAILABLE"])
def test_changes_that_something_else_came_before_are_refused(status: str) -> None:
    with pytest.raises(PermanentError, match=f"it is {status}"):
        over(Executing(status)).execute(CHANGE_SET)


class Proposed:
    """A stack that is only proposed, as CloudFormation tells of it, by these change sets."""

    def __init__(self, *change_sets: str) -> None:
        self.change_sets = change_sets
        self.deleted: list[str] = []

    def describe_stacks(self, **_: object) -> dict[str, object]:
        stack = {"StackId": "arn", "StackName": "photos", "StackStatus": "REVIEW_IN_PROGRESS"}
        return {"Stacks": [stack]}

    def delete_change_set(self, **_: object) -> None:
        """Do as CloudFormation, which may list for a while what was deleted."""

    def get_paginator(self, _: str) -> "Proposed":
        return self

    def paginate(self, **_: object) -> list[dict[str, object]]:
        return [{"Summaries": [{"ChangeSetId": each}]} for each in self.change_sets]

    def delete_stack(self, **request: str) -> None:
        self.deleted.append(request["StackName"])


@pytest.mark.parametrize(
    ("change_sets", "deleted"),
    [([], ["arn"]), (["mine"], ["arn"]), (["mine", "yours"], []), (["yours"], [])],
)
def test_a_proposed_stack_is_deleted_unless_somebody_else_proposes_it_too(
    change_sets: list[str], deleted: list[str]
) -> None:
    client = Proposed(*change_sets)
    over(client).discard(CHANGE_SET)
    assert client.deleted == deleted


class Preparing:
    """A change set that is prepared for two looks, and told of on many pages, or refused."""

    def __init__(self, reason: str | None = None) -> None:
        self.reason = reason
        self.looks = 0
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
            self.looks += 1
        if self.looks < 3:
            return {"Status": "CREATE_PENDING" if self.looks == 1 else "CREATE_IN_PROGRESS"}
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


def test_a_change_set_is_read_whole_once_it_is_prepared() -> None:
    change_set = over(Preparing()).propose("photos", TEMPLATE, {})
    assert change_set is not None
    assert not change_set.is_creation
    assert [(each.logical_id, each.action) for each in change_set.changes] == [
        ("R0", ChangeAction.MODIFY),
        ("R1", ChangeAction.REMOVE),
        ("R2", ChangeAction.DYNAMIC),  # what is not known may do anything
    ]
    assert {each.replacement for each in change_set.changes} == {Replacement.PERHAPS}
    assert {each.properties for each in change_set.changes} == {("Code",)}


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information.",
        "No updates are to be performed.",
    ],
)
def test_what_changes_nothing_is_forgotten(reason: str) -> None:
    client = Preparing(reason)
    assert over(client).propose("photos", TEMPLATE, {}) is None
    assert client.deleted == ["mine"]


def test_what_changes_nothing_may_be_said_at_once() -> None:
    class Refusing(Preparing):
        def create_change_set(self, **_: object) -> dict[str, str]:
            said = {"Code": "ValidationError", "Message": "No updates are to be performed."}
            answer: Any = {"Error": said}
            raise ClientError(answer, "CreateChangeSet")

    assert over(Refusing()).propose("photos", TEMPLATE, {}) is None


def test_what_cannot_be_prepared_is_refused_with_the_reason_and_forgotten() -> None:
    client = Preparing("Properties validation failed\x1b")
    with pytest.raises(PermanentError, match=r"are refused: Properties validation failed\\x1b"):
        over(client).propose("photos", TEMPLATE, {})
    assert client.deleted == ["mine"]
