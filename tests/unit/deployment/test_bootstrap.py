"""Deployment services, wired to an in-memory AWS."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from imgmeta.config import Settings
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform
from imgmeta.deployment.core.stacks import QueueDepth, Stack
from imgmeta.deployment.service.planning import DeploymentRequest, check_request, plan_deployment
from imgmeta.errors import ConfigurationError
from support.aws.moto import HAS_AWS, aws_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imgmeta.bootstrap import AWSConnection


if not HAS_AWS:
    pytest.skip("needs the extra aws, and moto", allow_module_level=True)

from imgmeta.adapters.dynamodb import create_table
from imgmeta.deployment.bootstrap import (
    open_artifacts,
    open_deployer,
    open_health_check,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PACKAGE = FunctionPackage("1.zip", FunctionPlatform(), b"zip", 3, (), is_precompiled=True)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> "Iterator[AWSConnection]":
    from imgmeta.bootstrap import AWSConnection as Connection  # noqa: PLC0415 - needs the extra aws

    with aws_in_memory(monkeypatch) as clients:
        connection = Connection(Settings())
        monkeypatch.setitem(connection.__dict__, "clients", clients)
        yield connection


@pytest.fixture
def stack(aws: "AWSConnection") -> Stack:
    """Return a stack that exists, without outputs."""
    template = json.dumps({"Resources": {"First": {"Type": "AWS::SNS::Topic"}}})
    client = aws.clients.cloudformation
    stack_id = client.create_stack(StackName="photos", TemplateBody=template)["StackId"]
    return Stack(stack_id, "photos", "CREATE_COMPLETE")


def test_deployer_uses_the_parameters_of_the_template(aws: "AWSConnection") -> None:
    deployer = open_deployer(aws)
    request = DeploymentRequest("photos", (("NotificationEmail", "me@example.com"),))
    parameters = check_request(request, deployer.parameters)
    plan = plan_deployment(request, parameters, None, deployer.parameters)
    assert plan.stack is None
    assert plan.platform == FunctionPlatform()
    with pytest.raises(ConfigurationError, match="the stack photos does not exist"):
        deployer.find("photos")


def test_packages_are_stored_in_the_given_bucket_or_the_accounts_own(aws: "AWSConnection") -> None:
    own = open_artifacts(aws, None).location_of(PACKAGE)
    assert own.bucket == "imgmeta-artifacts-123456789012-us-east-1"
    assert open_artifacts(aws, "mine").location_of(PACKAGE).bucket == "mine"
    assert open_deployer(aws).open_artifacts("mine").location_of(PACKAGE).bucket == "mine"


def test_health_check_reads_queues_and_table(aws: "AWSConnection", stack: Stack) -> None:
    clients = aws.clients
    create_table(clients.dynamodb, "images")
    queues = [clients.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("all", "dead")]
    clients.sqs.send_message(QueueUrl=queues[1], MessageBody="a dead letter")
    outputs = {
        "QueueUrl": queues[0],
        "DeadLetterQueueUrl": queues[1],
        "DynamoDBTableName": "images",
    }
    deployed = Stack(stack.stack_id, stack.name, stack.status, {}, outputs)
    health = open_health_check(aws).run(deployed, NOW)
    assert health.queue == QueueDepth(0, 0)
    assert health.dead_letters == QueueDepth(1, 0)
    assert health.latest_record is None
    assert health.alarms == {}
    assert list(health.problems()) == [
        "the stack photos has no output S3BucketName (its status is CREATE_COMPLETE)",
        "1 dead letter",
    ]


@pytest.mark.parametrize(("pays", "payer"), [("yes", b"requester"), ("no", None)])
def test_health_check_pays_for_listings_if_the_stack_pays(
    aws: "AWSConnection", stack: Stack, pays: str, payer: bytes | None
) -> None:
    client = aws.clients.s3
    client.create_bucket(Bucket="holiday")
    payers = list[object]()
    client.meta.events.register(
        "before-send.s3.ListObjectsV2",
        lambda request, **_: payers.append(request.headers.get("x-amz-request-payer")),
    )
    names = ("DynamoDBTableName", "QueueUrl", "DeadLetterQueueUrl", "S3BucketName")
    outputs: dict[str, str] = dict.fromkeys((*names, "LambdaFunctionArn", "LogGroupName"), "other")
    outputs |= {"DynamoDBTableName": "images", "S3BucketName": "holiday"}
    create_table(aws.clients.dynamodb, "images")
    parameters = {"RequesterPays": pays}
    deployed = Stack(stack.stack_id, stack.name, stack.status, parameters, outputs)
    assert "newest objects" not in open_health_check(aws).run(deployed, NOW).unchecked
    assert payers == [payer]


def test_missing_table_and_queue_are_problems(aws: "AWSConnection", stack: Stack) -> None:
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/gone"
    outputs = {"DynamoDBTableName": "missing", "QueueUrl": url}
    deployed = Stack(stack.stack_id, stack.name, stack.status, {}, outputs)
    health = open_health_check(aws).run(deployed, NOW)
    assert health.failed.keys() == {"table", "queue"}
    table, queue = [each for each in health.problems() if each.startswith("cannot check the ")]
    assert "missing" in table
    assert "gone" in queue


def test_stack_without_outputs_has_no_queues_alarms_or_records(
    aws: "AWSConnection", stack: Stack
) -> None:
    health = open_health_check(aws).run(stack, NOW)
    assert (health.queue, health.dead_letters, health.latest_record) == (None, None, None)
    assert health.alarms == {}


def test_suffixes_of_the_stack_decide_what_must_be_indexed(aws: "AWSConnection") -> None:
    inspector = open_health_check(aws).inspector
    assert inspector is not None
    stack = Stack("arn", "photos", "CREATE_COMPLETE", {"ImageSuffixes": "png,.JPG"})
    is_indexed = inspector.is_indexed(stack)
    assert [is_indexed(key) for key in ("a.jpg", "a.PNG", "a.gif")] == [True, True, False]
    assert inspector.is_indexed(Stack("arn", "photos", "CREATE_COMPLETE"))("a.gif")


def test_index_whose_parts_are_gone_is_reported_as_unchecked(aws: "AWSConnection") -> None:
    """Run every check with the adapters of AWS."""
    outputs = {
        "DynamoDBTableName": "gone",
        "QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/gone",
        "DeadLetterQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/gone-too",
        "LambdaFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:gone",
        "LogGroupName": "/imgmeta/gone",
        "SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:gone",
        "Buckets": "gone",
    }
    stack = Stack("arn", "photos", "CREATE_COMPLETE", outputs=outputs)
    inspector = open_health_check(aws).inspector
    assert inspector is not None
    found = inspector.run(stack, [], datetime.now(UTC))
    assert set(found.unchecked) == {
        *("function", "dead letters", "subscriptions", "newest objects"),
    }
    assert found.event_delivery == {"gone": None}
    assert found.errors is not None
    assert found.last_digest is not None
    assert set((found.throttles or {}).values()) == {0}
