"""Wiring of the deployment services with their AWS and pip adapters."""

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.objects import RoutingObjectStore
from imgmeta.bootstrap.stores import open_repository
from imgmeta.cloudformation import template_parameters, template_text
from imgmeta.config import DynamoDBTable, Settings
from imgmeta.core.targets import suffix_filter
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.ports import (
    ArtifactStore,
    BucketNotifications,
    DeadLetterQueue,
    FunctionLogs,
    FunctionPackager,
    Stacks,
)
from imgmeta.deployment.service.deployer import Deployer
from imgmeta.deployment.service.health import HealthCheck
from imgmeta.deployment.service.inspection import Inspector
from imgmeta.deployment.service.lookup import find_index
from imgmeta.ports import ImageRepository

__all__ = [
    "find_deployed_index",
    "open_artifacts",
    "open_bucket_notifications",
    "open_dead_letters",
    "open_deployer",
    "open_function_logs",
    "open_health_check",
    "open_packager",
]


def find_deployed_index(aws: AWSConnection, stack_name: str) -> DeployedIndex:
    """Return the index that a stack deployed.

    Raises:
        ConfigurationError: the stack does not exist, or is not a complete stack of imgmeta.
        TransientError: AWS is temporarily unavailable.
    """
    return find_index(_open_stacks(aws), stack_name)


def open_deployer(aws: AWSConnection, *, package_cache: Path | None = None) -> Deployer:
    """Return the deployer for the stacks of imgmeta's template."""
    return Deployer(
        stacks=_open_stacks(aws),
        template=template_text(),
        parameters=template_parameters(),
        open_packager=partial(open_packager, cache=package_cache),
        open_artifacts=partial(open_artifacts, aws),
        sleep=time.sleep,
    )


def open_health_check(aws: AWSConnection) -> HealthCheck:
    """Return the health check for the stacks of an account and region."""
    clients = aws.clients
    from imgmeta.deployment.adapters.cloudwatch import CloudWatchAlarms, CloudWatchMetrics
    from imgmeta.deployment.adapters.functions import LambdaFunctions
    from imgmeta.deployment.adapters.sns import SNSSubscriptions
    from imgmeta.deployment.adapters.sqs import SQSQueueGauge

    def open_table(table: str) -> AbstractContextManager[ImageRepository]:
        return open_repository(DynamoDBTable(table), aws=aws)

    return HealthCheck(
        stacks=_open_stacks(aws),
        alarms=CloudWatchAlarms(clients.cloudwatch),
        queues=SQSQueueGauge(clients.sqs),
        open_repository=open_table,
        inspector=Inspector(
            functions=LambdaFunctions(clients.functions),
            metrics=CloudWatchMetrics(clients.cloudwatch),
            subscriptions=SNSSubscriptions(clients.sns),
            logs=open_function_logs(aws),
            notifications=open_bucket_notifications(aws),
            objects=RoutingObjectStore(aws),
            open_repository=open_table,
            open_dead_letters=partial(open_dead_letters, aws),
            is_indexed=_suffix_filter,
            clock=time.monotonic,
        ),
    )


def _suffix_filter(stack: Stack) -> Callable[[str], bool]:
    """Return whether the function of a stack indexes a key."""
    suffixes = stack.parameters.get("ImageSuffixes", "")
    return suffix_filter(Settings.from_environment({"IMGMETA_SUFFIXES": suffixes}).suffixes)


def open_dead_letters(aws: AWSConnection, index: DeployedIndex) -> DeadLetterQueue:
    """Return the dead-letter queue of a stack, whose messages can be sent back to its queue."""
    client = aws.clients.sqs
    from imgmeta.deployment.adapters.sqs import SQSDeadLetterQueue

    return SQSDeadLetterQueue(client, index.dead_letter_queue_url, index.queue_url)


def open_function_logs(aws: AWSConnection) -> FunctionLogs:
    """Return the log groups of an account and region."""
    client = aws.clients.logs
    from imgmeta.deployment.adapters.cloudwatch_logs import CloudWatchFunctionLogs

    return CloudWatchFunctionLogs(client)


def open_artifacts(aws: AWSConnection, bucket: str | None) -> ArtifactStore:
    """Return the store for deployment packages.

    Args:
        aws: the account and region.
        bucket: the bucket; None: the account's own, which is created if it is missing.
    """
    clients = aws.clients
    from imgmeta.deployment.adapters.s3 import S3ArtifactStore

    return S3ArtifactStore(clients.s3, clients.sts, bucket)


def open_bucket_notifications(aws: AWSConnection) -> BucketNotifications:
    """Return the event notification configurations of the buckets of an account and region."""
    clients = aws.clients
    from imgmeta.deployment.adapters.notifications import S3BucketNotifications

    return S3BucketNotifications(clients.s3, clients.sts)


def open_packager(*, cache: Path | None = None) -> FunctionPackager:
    """Return the packager for the function of this imgmeta installation.

    Args:
        cache: a directory for built packages, which are then reused; None: always build.
    """
    from imgmeta.deployment.adapters.pip import CachedFunctionPackager, PipFunctionPackager

    packager = PipFunctionPackager()
    if cache is None:
        return packager
    return CachedFunctionPackager(packager, packager.fingerprint, cache)


def _open_stacks(aws: AWSConnection) -> Stacks:
    client = aws.clients.cloudformation
    from imgmeta.deployment.adapters.cloudformation import CloudFormationStacks

    return CloudFormationStacks(
        client, new_name=lambda: f"imgmeta-{uuid.uuid4().hex}", sleep=time.sleep
    )
