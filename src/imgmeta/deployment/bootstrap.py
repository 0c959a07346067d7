"""Wiring of the deployment services with their AWS and pip adapters."""

import time
import uuid
from functools import partial
from pathlib import Path

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.stores import open_repository
from imgmeta.cloudformation import template_body, template_parameters
from imgmeta.config import DynamoDBTable
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.ports import ArtifactStore, BucketNotifications, FunctionPackager, Stacks
from imgmeta.deployment.service.deployer import Deployer
from imgmeta.deployment.service.existing_buckets import ExistingBuckets
from imgmeta.deployment.service.health import HealthCheck
from imgmeta.deployment.service.lookup import find_index

__all__ = [
    "find_deployed_index",
    "open_artifacts",
    "open_bucket_notifications",
    "open_deployer",
    "open_existing_buckets",
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
        template=template_body(),
        parameters=template_parameters(),
        open_packager=partial(open_packager, cache=package_cache),
        open_artifacts=partial(open_artifacts, aws),
        open_buckets=partial(open_existing_buckets, aws),
        sleep=time.sleep,
    )


def open_health_check(aws: AWSConnection) -> HealthCheck:
    """Return the health check for the stacks of an account and region."""
    clients = aws.clients
    from imgmeta.deployment.adapters.cloudwatch import CloudWatchAlarms
    from imgmeta.deployment.adapters.sqs import SQSQueueGauge

    return HealthCheck(
        stacks=_open_stacks(aws),
        alarms=CloudWatchAlarms(clients.cloudwatch),
        queues=SQSQueueGauge(clients.sqs),
        open_repository=lambda table: open_repository(DynamoDBTable(table), aws=aws),
    )


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


def open_existing_buckets(aws: AWSConnection) -> ExistingBuckets:
    """Return the use cases for existing buckets in an account and region."""
    clients = aws.clients
    from imgmeta.deployment.adapters.eventbridge import EventBridgeRules

    return ExistingBuckets(
        notifications=open_bucket_notifications(aws),
        rules=EventBridgeRules(clients.events),
        sleep=time.sleep,
    )


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
