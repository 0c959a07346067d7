"""The index of a stack is found by the stack's name, in every status that has one."""

import pytest

from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.service.lookup import find_index
from imgmeta.errors import ConfigurationError, PermanentError, Remedy
from support.deployment.stacks import InMemoryStacks

PARAMETERS: dict[str, str] = dict.fromkeys(
    ("CodeBucket", "CodeKey", "Architecture", "Runtime", "NotificationEmail"), "x"
)
OUTPUTS = {
    "DynamoDBTableName": "images-dev",
    "QueueUrl": "https://queue",
    "DeadLetterQueueUrl": "https://dead",
    "LambdaFunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f",
    "LogGroupName": "/imgmeta/photos",
    "Buckets": "first,second",
}


def account(status: str, **outputs: str) -> InMemoryStacks:
    stacks = InMemoryStacks()
    stacks.add(Stack("arn:stack", "photos", status, PARAMETERS, outputs))
    return stacks


@pytest.mark.parametrize(
    "status",
    [
        *("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_FAILED"),
        *("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"),
        *("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "IMPORT_COMPLETE"),
        *("IMPORT_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_FAILED"),
    ],
)
def test_index_is_found_while_and_after_the_stack_is_updated(status: str) -> None:
    assert find_index(account(status, **OUTPUTS), "photos").buckets == ("first", "second")


NOT_YET = "has no index yet (its status is {}): wait for its deployment"
FAILED = (
    "has no index, since its deployment failed (its status is {}): "
    "delete the stack, then deploy again"
)
DELETED = "is being deleted (its status is {}); its table images-dev is kept: choose another store"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("CREATE_IN_PROGRESS", NOT_YET),
        ("ROLLBACK_IN_PROGRESS", NOT_YET),
        ("ROLLBACK_COMPLETE", FAILED),
        ("CREATE_FAILED", FAILED),
        ("DELETE_IN_PROGRESS", DELETED),
        ("DELETE_FAILED", DELETED),
    ],
)
def test_stack_without_a_usable_index_is_reported_with_its_status(status: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        find_index(account(status, **OUTPUTS), "photos")
    assert str(error.value) == f"the stack photos {reason.format(status)}"


def test_missing_stack_is_reported() -> None:
    with pytest.raises(ConfigurationError, match="the stack photos does not exist: check its name"):
        find_index(InMemoryStacks(), "photos")


def test_stack_of_others_is_refused() -> None:
    stacks = InMemoryStacks()
    stacks.add(Stack("arn:stack", "photos", "CREATE_COMPLETE", {"CodeBucket": "x"}, OUTPUTS))
    with pytest.raises(ConfigurationError, match="the stack photos was not created by imgmeta"):
        find_index(stacks, "photos")


def test_refused_request_is_reported_with_its_remedy() -> None:
    stacks = InMemoryStacks()
    stacks.find_errors = [PermanentError("access denied", remedy=Remedy.REGION)]
    with pytest.raises(ConfigurationError, match="access denied") as caught:
        find_index(stacks, "photos")
    assert caught.value.remedy is Remedy.REGION


def test_deleted_stack_without_outputs_names_no_table() -> None:
    with pytest.raises(ConfigurationError) as error:
        find_index(account("DELETE_IN_PROGRESS"), "photos")
    assert str(error.value) == (
        "the stack photos is being deleted (its status is DELETE_IN_PROGRESS): choose another store"
    )
