"""What deploying works with, wired to an AWS in memory."""

from typing import TYPE_CHECKING

import pytest

from imgmeta.config import Settings
from imgmeta.deployment.core.stacks import QueueDepth, Stack
from imgmeta.deployment.service.deployer import Deployer
from support.aws.moto import HAS_AWS, aws_in_memory
from support.deployment.stacks import InMemoryStacks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imgmeta.bootstrap import AWSConnection


if not HAS_AWS:
    pytest.skip("needs the extra aws, and its double", allow_module_level=True)

from imgmeta.adapters.dynamodb import create_table
from imgmeta.deployment.bootstrap import open_artifacts, open_deployer, stack_health
from support.deployment.deployer import package


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> "Iterator[AWSConnection]":
    from imgmeta.bootstrap import AWSConnection as Connection  # noqa: PLC0415 - beside the other names of the extra

    with aws_in_memory(monkeypatch) as clients:
        cloud = Connection(Settings())
        monkeypatch.setitem(cloud.__dict__, "clients", clients)
        yield cloud


def test_the_deployer_is_that_of_the_template(cloud: "AWSConnection") -> None:
    plan = open_deployer(cloud).plan("photos", {"NotificationEmail": "me@example.com"})
    assert plan.stack is None
    assert (plan.target.runtime, plan.target.architecture) == ("python3.13", "arm64")


def test_packages_are_kept_in_a_bucket_of_the_account_or_in_one_that_is_named(
    cloud: "AWSConnection",
) -> None:
    own = open_artifacts(cloud, None).place_of(package())
    assert own.bucket == "imgmeta-artifacts-123456789012-us-east-1"
    assert open_artifacts(cloud, "mine").place_of(package()).bucket == "mine"


def test_a_stack_is_looked_at_with_all_that_watches_over_it(cloud: "AWSConnection") -> None:
    clients = cloud.clients
    create_table(clients.dynamodb, "images")
    queues = [clients.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("all", "dead")]
    clients.sqs.send_message(QueueUrl=queues[1], MessageBody="a dead letter")
    outputs = dict(zip(("QueueUrl", "DeadLetterQueueUrl"), queues, strict=True))
    stack = Stack(
        "arn", "photos", "CREATE_COMPLETE", {}, {**outputs, "DynamoDBTableName": "images"}
    )
    stacks = InMemoryStacks()
    stacks.plant(stack)
    health = stack_health(cloud, Deployer(stacks, "", {}, wait=lambda _: None), stack)
    assert health.queue == QueueDepth(0, 0)
    assert health.dead_letters == QueueDepth(1, 0)
    assert health.last is None
    assert health.alarms == {}
    assert list(health.faults()) == ["1 dead letter"]


def test_a_stack_without_its_parts_is_looked_at_all_the_same(cloud: "AWSConnection") -> None:
    stack = Stack("arn", "photos", "ROLLBACK_COMPLETE")
    stacks = InMemoryStacks()
    stacks.plant(stack)
    health = stack_health(cloud, Deployer(stacks, "", {}, wait=lambda _: None), stack)
    assert (health.queue, health.dead_letters, health.last) == (None, None, None)
    assert health.alarms == {}
