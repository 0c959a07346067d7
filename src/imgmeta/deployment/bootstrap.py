"""What deploying works with, wired."""

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.stores import open_repository
from imgmeta.cloudformation import template_parameters, template_text
from imgmeta.config import DynamoDBTable
from imgmeta.core.records import ImageRecord
from imgmeta.deployment.core.stacks import QueueDepth, Stack
from imgmeta.deployment.ports import ArtifactStore, FunctionPackager
from imgmeta.deployment.service.deployer import Deployer
from imgmeta.deployment.service.health import StackHealth, alarms_of, last_record

__all__ = ["open_artifacts", "open_deployer", "open_packager", "stack_health"]

_QUEUE, _DEAD_LETTERS, _TABLE = "QueueUrl", "DeadLetterQueueUrl", "DynamoDBTableName"


def open_deployer(aws: AWSConnection) -> Deployer:
    """Return the use cases over the stacks of an account, with imgmeta's own template."""
    client = aws.clients.cloudformation
    from imgmeta.deployment.adapters.cloudformation import CloudFormationStacks

    stacks = CloudFormationStacks(
        client,
        new_name=lambda: f"imgmeta-{uuid.uuid4().hex}",
        wait=time.sleep,
    )
    return Deployer(stacks, template_text(), template_parameters(), wait=time.sleep)


def open_artifacts(aws: AWSConnection, bucket: str | None) -> ArtifactStore:
    """Return where packages are kept.

    Args:
        aws: the clients to use.
        bucket: the bucket; None: one of the account's own, made if need be.
    """
    s3, sts = aws.clients.s3, aws.clients.sts
    from imgmeta.deployment.adapters.s3 import S3ArtifactStore

    return S3ArtifactStore(s3, sts, bucket)


def open_packager(*, cache: Path | None = None) -> FunctionPackager:
    """Return what makes packages of the function, as it is installed here.

    Args:
        cache: a folder where packages are kept, so that the same one is not made again; None: each
            is made.
    """
    from imgmeta.deployment.adapters.pip import CachedFunctionPackager, PipFunctionPackager

    packager = PipFunctionPackager()
    if cache is None:
        return packager
    return CachedFunctionPackager(packager, packager.fingerprint, cache)


def stack_health(aws: AWSConnection, deployer: Deployer, stack: Stack) -> StackHealth:
    """Return how a stack is, with all that watches over it.

    Raises:
        ConfigurationError: its table is not there, or is none of ours.
        AdapterError: something cannot be asked.
    """
    from imgmeta.deployment.adapters.cloudwatch import CloudWatchAlarms

    resources = deployer.resources(stack)
    return StackHealth(
        stack,
        alarms=alarms_of(CloudWatchAlarms(aws.clients.cloudwatch), resources),
        queue=_depth(aws, stack.outputs.get(_QUEUE)),
        dead_letters=_depth(aws, stack.outputs.get(_DEAD_LETTERS)),
        last=_last(aws, stack.outputs.get(_TABLE)),
    )


def _depth(aws: AWSConnection, url: str | None) -> QueueDepth | None:
    from imgmeta.deployment.adapters.sqs import SQSQueueGauge

    return None if url is None else SQSQueueGauge(aws.clients.sqs).depth(url)


def _last(aws: AWSConnection, table: str | None) -> ImageRecord | None:
    if table is None:
        return None
    with open_repository(DynamoDBTable(table), aws=aws) as repository:
        return last_record(repository, datetime.now(UTC))
