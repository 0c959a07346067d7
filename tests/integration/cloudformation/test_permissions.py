"""The role allows what the function asks of AWS, and what AWS Lambda does with it, and no more."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("yaml")
pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import InvalidEventError
from integration.cloudformation.recorded_calls import UNFORESEEN, Permissions, record
from integration.cloudformation.template_model import ACCOUNT, Stack
from support.aws.moto import REGION
from support.function.harness import TABLE, EmulatedFunction, emulated_function
from support.images.samples import frame, jpeg, segment
from support.strategies.events import (
    Document,
    ObjectEvent,
    bus_event,
    invocation,
    notification,
    own_message,
    published,
    queue,
    setup_message,
)

PHOTO = (Path(__file__).parents[3] / "examples/photos/lighthouse.jpg").read_bytes()
LONG_HEADER = jpeg(*[segment(0xE5, bytes(65_000))] * 3, frame())

STACK = Stack("photos", region=REGION)
BUCKET = STACK.resolve({"Fn::GetAtt": ["ImageStorageBucket", "Arn"]})
TOPIC = STACK.resolve({"Ref": "ProcessingNotificationTopic"})
QUEUE = STACK.resolve({"Fn::GetAtt": ["ImageQueue", "Arn"]})
DEAD_LETTERS = STACK.resolve({"Fn::GetAtt": ["DeadLetterQueue", "Arn"]})
LOGS = STACK.resolve({"Fn::GetAtt": ["LambdaLogGroup", "Arn"]})

DONE_BY_LAMBDA: Permissions = {
    # AWS Lambda Developer Guide, "Using Lambda with Amazon SQS", "Configuring execution role
    # permissions".
    ("sqs:ReceiveMessage", QUEUE),
    ("sqs:DeleteMessage", QUEUE),
    ("sqs:GetQueueAttributes", QUEUE),
    # "Capturing records of Lambda asynchronous invocations", "Adding a destination".
    ("sqs:SendMessage", DEAD_LETTERS),
    # "Sending Lambda function logs to CloudWatch Logs", "IAM permissions"; the group is there.
    ("logs:CreateLogStream", LOGS),
    ("logs:PutLogEvents", LOGS),
}
"""What the service itself needs the role for; the function's code asks for none of it."""


def created(key: str, number: int | None = 1, name: str = "ObjectCreated:Put") -> ObjectEvent:
    return ObjectEvent(key, sequencer=None if number is None else f"{number:X}", name=name)


def live(cloud: EmulatedFunction) -> None:
    """Let the function see all that can happen to it."""
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        cloud.put(key, PHOTO)
    cloud.put("broken.jpg", b"no image")
    cloud.put("empty.jpg", b"")
    cloud.put("long.jpg", LONG_HEADER)
    cloud.clients.s3.put_object(
        Bucket="holiday",
        Key="secret.jpg",
        Body=PHOTO,
        SSECustomerAlgorithm="AES256",
        SSECustomerKey="k" * 32,
    )
    keys = ("a.jpg", "broken.jpg", "empty.jpg", "long.jpg", "gone.jpg", "secret.jpg", "notes.txt")
    events: list[Document] = [
        setup_message(),
        queue(*(notification(created(key)) for key in keys)),  # and people are told of failures
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
    ]
    for event in events:
        cloud.handler(event)
    cloud.delete("b.jpg")
    cloud.handler(queue(notification(created("b.jpg", 2, "ObjectRemoved:Delete"))))
    with pytest.raises(InvalidEventError):
        cloud.handler({})


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Permissions:
    """Return what the function needs to live, as permissions on what the stack has."""
    with emulated_function(monkeypatch) as cloud:
        account = cloud.topic.split(":")[4]
        table = f"arn:aws:dynamodb:{REGION}:{account}:table/{TABLE}"
        found = record(monkeypatch, REGION, account)
        live(cloud)
        ours = STACK.resolve({"Fn::GetAtt": ["ImageMetadataTable", "Arn"]})

        def on_the_stack(arn: str) -> str:
            bucket, slash, _ = arn.partition("/")
            if bucket == "arn:aws:s3:::holiday":
                return f"{BUCKET}/*" if slash else BUCKET
            return arn.replace(table, ours).replace(cloud.topic, TOPIC)

        return {(action, on_the_stack(arn)) for action, arn in found}


def statements(stack: Stack = STACK) -> list[dict[str, Any]]:
    (policy,) = stack.properties("LambdaExecutionRole")["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def allowed() -> Permissions:
    return {
        (action, arn)
        for statement in statements()
        for action in listed(statement["Action"])
        for arn in listed(statement["Resource"])
    }


def test_the_role_allows_exactly_what_the_function_calls_and_what_lambda_does_with_it(
    called: Permissions,
) -> None:
    assert called | DONE_BY_LAMBDA == allowed()
    assert called & DONE_BY_LAMBDA == set()


def test_each_permission_names_its_actions_and_its_resource() -> None:
    for statement in statements():
        assert set(statement) == {"Sid", "Effect", "Action", "Resource"}
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in listed(statement["Action"]))
        for arn in listed(statement["Resource"]):
            assert arn.startswith("arn:aws:")
            assert "*" not in arn or arn in {f"{BUCKET}/*", LOGS}


def test_the_role_has_no_other_policy_and_is_for_lambda_alone() -> None:
    role = STACK.properties("LambdaExecutionRole")
    assert set(role) == {"AssumeRolePolicyDocument", "Policies", "Tags"}
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted == {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    assert list(STACK.of_type("AWS::IAM::Role")) == ["LambdaExecutionRole"]


def test_a_boundary_is_set_where_one_is_given() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/developers"
    role = Stack(given={"PermissionsBoundary": boundary}).properties("LambdaExecutionRole")
    assert role["PermissionsBoundary"] == boundary


def test_the_page_of_the_function_names_the_permissions_that_its_code_needs(
    called: Permissions,
) -> None:
    page = (Path(__file__).parents[3] / "docs/function.md").read_text("utf-8")
    table = page.partition("## Permissions")[2]
    assert all(f"`{action}`" in table for action, _ in called)


def test_a_call_that_nobody_foresaw_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_function(monkeypatch) as cloud:
        found = record(monkeypatch, REGION, ACCOUNT)
        clients = type(cloud.clients)(region=REGION)
        cloud.put("a.jpg", PHOTO)
        clients.s3.get_object(Bucket="holiday", Key="a.jpg")
        assert found == {("s3:GetObject", "arn:aws:s3:::holiday/a.jpg")}
        clients.s3.delete_object(Bucket="holiday", Key="a.jpg")
        assert ("s3:DeleteObject", UNFORESEEN) in found
