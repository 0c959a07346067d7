"""What deploying works with, wired."""

import time
import uuid
from datetime import UTC, datetime

from imgmeta.bootstrap.cloud import Cloud
from imgmeta.bootstrap.stores import open_repository
from imgmeta.cloudformation import template_parameters, template_text
from imgmeta.core.records import ImageRecord
from imgmeta.core.stacks import QueueDepth, Stack
from imgmeta.ports.deployment import ArtifactStore
from imgmeta.service.deploying import Deployer
from imgmeta.service.status import StackHealth, alarms_of, last_record

__all__ = ["open_artifacts", "open_deployer", "stack_health"]

_QUEUE, _DEAD_LETTERS, _TABLE = "QueueUrl", "DeadLetterQueueUrl", "DynamoDBTableName"


def open_deployer(cloud: Cloud) -> Deployer:
    """Return the use cases over the stacks of an account, with imgmeta's own template."""
    client = cloud.clients.cloudformation
    from imgmeta.adapters.cloudformation import CloudFormationStacks

    stacks = CloudFormationStacks(
        client,
        new_name=lambda: f"imgmeta-{uuid.uuid4().hex}",
        wait=time.sleep,
    )
    return Deployer(stacks, template_text(), template_parameters(), wait=time.sleep)


def open_artifacts(cloud: Cloud, bucket: str | None) -> ArtifactStore:
    """Return where packages are kept.

    Args:
        cloud: the clients to use.
        bucket: the bucket; None: one of the account's own, made if need be.
    """
    s3, sts = cloud.clients.s3, cloud.clients.sts
    from imgmeta.adapters.s3.artifacts import S3ArtifactStore

    return S3ArtifactStore(s3, sts, bucket)


def stack_health(cloud: Cloud, deployer: Deployer, stack: Stack) -> StackHealth:
    """Return how a stack is, with all that watches over it.

    Raises:
        ConfigurationError: its table is not there, or is none of ours.
        AdapterError: something cannot be asked.
    """
    from imgmeta.adapters.cloudwatch import CloudWatchAlarms

    resources = deployer.resources(stack)
    return StackHealth(
        stack,
        alarms=alarms_of(CloudWatchAlarms(cloud.clients.cloudwatch), resources),
        queue=_depth(cloud, stack.outputs.get(_QUEUE)),
        dead_letters=_depth(cloud, stack.outputs.get(_DEAD_LETTERS)),
        last=_last(cloud, stack.outputs.get(_TABLE)),
    )


def _depth(cloud: Cloud, url: str | None) -> QueueDepth | None:
    from imgmeta.adapters.sqs import SQSQueueGauge

    return None if url is None else SQSQueueGauge(cloud.clients.sqs).depth(url)


def _last(cloud: Cloud, table: str | None) -> ImageRecord | None:
    if table is None:
        return None
    with open_repository(f"dynamodb://{table}", cloud=cloud) as repository:
        return last_record(repository, datetime.now(UTC))
