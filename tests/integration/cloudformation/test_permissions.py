"""The role allows the calls of the function and of the Lambda service, and no others."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("yaml")
pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import InvalidEventError
from imgmeta.testing.strategies.events import (
    ObjectEvent,
    bus_event,
    invocation,
    notification,
    own_message,
    published,
    queue,
    setup_message,
)
from integration.cloudformation.recorded_calls import UNKNOWN_RESOURCE, Permissions, record
from integration.cloudformation.template_model import ACCOUNT, Stack
from support.aws.moto import REGION
from support.function.harness import TABLE, EmulatedFunction, emulated_function
from support.images.samples import frame, jpeg, segment

PHOTO = (Path(__file__).parents[3] / "examples/photos/lighthouse.jpg").read_bytes()
LONG_HEADER = jpeg(*[segment(0xE5, bytes(65_000))] * 3, frame())

STACK = Stack("photos", region=REGION)
BUCKET = STACK.resolve({"Fn::GetAtt": ["ImageStorageBucket", "Arn"]})
TOPIC = STACK.resolve({"Ref": "ProcessingNotificationTopic"})
QUEUE = STACK.resolve({"Fn::GetAtt": ["ImageQueue", "Arn"]})
DEAD_LETTER_QUEUE = STACK.resolve({"Fn::GetAtt": ["DeadLetterQueue", "Arn"]})
LOG_GROUP = STACK.resolve({"Fn::GetAtt": ["LambdaLogGroup", "Arn"]})

LAMBDA_PERMISSIONS: Permissions = {
    # AWS Lambda Developer Guide, "Using Lambda with Amazon SQS", "Configuring execution role
    # permissions".
    ("sqs:ReceiveMessage", QUEUE),
    ("sqs:DeleteMessage", QUEUE),
    ("sqs:GetQueueAttributes", QUEUE),
    # "Capturing records of Lambda asynchronous invocations", "Adding a destination".
    ("sqs:SendMessage", DEAD_LETTER_QUEUE),
    # "Sending Lambda function logs to CloudWatch Logs", "IAM permissions"; the log group exists.
    ("logs:CreateLogStream", LOG_GROUP),
    ("logs:PutLogEvents", LOG_GROUP),
}
"""Permissions that the Lambda service uses; the function's code uses none of them."""


def created(key: str, number: int | None = 1, name: str = "ObjectCreated:Put") -> ObjectEvent:
    return ObjectEvent(key, sequencer=None if number is None else f"{number:X}", name=name)


def exercise(function: EmulatedFunction) -> None:
    """Invoke the function with every kind of event and object."""
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        function.put(key, PHOTO)
    function.put("broken.jpg", b"no image")
    function.put("empty.jpg", b"")
    function.put("long.jpg", LONG_HEADER)
    function.clients.s3.put_object(
        Bucket="holiday",
        Key="secret.jpg",
        Body=PHOTO,
        SSECustomerAlgorithm="AES256",
        SSECustomerKey="k" * 32,
    )
    keys = ("a.jpg", "broken.jpg", "empty.jpg", "long.jpg", "gone.jpg", "secret.jpg", "notes.txt")
    events: list[dict[str, object]] = [
        setup_message(),
        queue(*(notification(created(key)) for key in keys)),  # sends a notification of failures
        queue(own_message(created("a.jpg", None)), own_message(created("gone.jpg", None))),
        queue(own_message(created("b.jpg", None))),
        notification(created("c.jpg")),
        {"Records": [published(notification(created("c.jpg", 2)))]},
        bus_event(created("c.jpg", 3)),
        bus_event(created("c.jpg", 1)),
        invocation("1.0", "a.jpg", "gone.jpg"),
        invocation("2.0", "c.jpg"),
        {"imgmeta": "digest", "hours": 24},
        {"imgmeta": "digest", "hours": 24 * 90},
        {"imgmeta": "audit"},
        {"imgmeta": "audit", "bucket": "holiday"},
    ]
    for event in events:
        function.handler(event)
    function.delete("b.jpg")
    function.handler(queue(notification(created("b.jpg", 2, "ObjectRemoved:Delete"))))
    with pytest.raises(InvalidEventError):
        function.handler({})


@pytest.fixture
def required_permissions(monkeypatch: pytest.MonkeyPatch) -> Permissions:
    """Return the permissions that the function's calls require on the stack's resources."""
    with emulated_function(monkeypatch, IMAGE_BUCKET="holiday") as function:
        account = function.topic.split(":")[4]
        table = f"arn:aws:dynamodb:{REGION}:{account}:table/{TABLE}"
        recorded = record(monkeypatch, REGION, account)
        exercise(function)
        stack_table = STACK.resolve({"Fn::GetAtt": ["ImageMetadataTable", "Arn"]})

        def stack_arn(arn: str) -> str:
            bucket, slash, _ = arn.partition("/")
            if bucket == "arn:aws:s3:::holiday":
                return f"{BUCKET}/*" if slash else BUCKET
            return (
                arn.replace(table, stack_table)
                .replace(function.topic, TOPIC)
                .replace(function.queue, QUEUE)
            )

        return {(action, stack_arn(arn)) for action, arn in recorded}


def statements(stack: Stack = STACK) -> list[dict[str, Any]]:
    (policy,) = stack.properties("LambdaExecutionRole")["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def allowed() -> Permissions:
    return {
        (action, arn)
        for statement in statements()
        for action in as_list(statement["Action"])
        for arn in as_list(statement["Resource"])
    }


def test_role_allows_exactly_the_required_actions(
    required_permissions: Permissions,
) -> None:
    assert required_permissions | LAMBDA_PERMISSIONS == allowed()
    assert required_permissions & LAMBDA_PERMISSIONS == set()


def test_statements_name_actions_and_resources_explicitly() -> None:
    for statement in statements():
        assert set(statement) == {"Sid", "Effect", "Action", "Resource"}
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in as_list(statement["Action"]))
        for arn in as_list(statement["Resource"]):
            assert arn.startswith("arn:aws:")
            assert "*" not in arn or arn in {f"{BUCKET}/*", LOG_GROUP}


def test_role_has_one_policy_and_trusts_only_lambda() -> None:
    role = STACK.properties("LambdaExecutionRole")
    assert set(role) == {"AssumeRolePolicyDocument", "Policies", "Tags"}
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted == {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    assert list(STACK.of_type("AWS::IAM::Role")) == ["LambdaExecutionRole"]


def test_permissions_boundary_is_set_if_given() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/developers"
    role = Stack(given={"PermissionsBoundary": boundary}).properties("LambdaExecutionRole")
    assert role["PermissionsBoundary"] == boundary


def test_function_page_lists_required_permissions(
    required_permissions: Permissions,
) -> None:
    page = (Path(__file__).parents[3] / "docs/function.md").read_text("utf-8")
    table = page.partition("## Permissions")[2]
    assert all(f"`{action}`" in table for action, _ in required_permissions)


def test_unknown_call_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_function(monkeypatch) as function:
        recorded = record(monkeypatch, REGION, ACCOUNT)
        clients = type(function.clients)(region=REGION)
        function.put("a.jpg", PHOTO)
        clients.s3.get_object(Bucket="holiday", Key="a.jpg")
        assert recorded == {("s3:GetObject", "arn:aws:s3:::holiday/a.jpg")}
        clients.s3.delete_object(Bucket="holiday", Key="a.jpg")
        assert ("s3:DeleteObject", UNKNOWN_RESOURCE) in recorded
