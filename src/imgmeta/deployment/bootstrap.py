"""Wiring of the deployment services with their AWS and pip adapters."""

import time
import uuid
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.indexing import open_indexer, open_objects
from imgmeta.bootstrap.queues import open_hint_queue
from imgmeta.bootstrap.stores import open_repository
from imgmeta.cloudformation import template_body, template_parameters
from imgmeta.config import DynamoDBTable, Settings
from imgmeta.core.targets import suffix_filter
from imgmeta.deployment.core.backfill import BackfillScope
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.ports import (
    ArtifactStore,
    BucketNotifications,
    DeadLetterQueue,
    FunctionLogs,
    FunctionPackager,
    Functions,
    QueueGauge,
    Stacks,
)
from imgmeta.deployment.service.backfill import Backfill
from imgmeta.deployment.service.batch_jobs import BatchJobRunner
from imgmeta.deployment.service.deployer import Deployer
from imgmeta.deployment.service.existing_buckets import ExistingBuckets
from imgmeta.deployment.service.health import HealthCheck
from imgmeta.deployment.service.inspection import Inspector
from imgmeta.deployment.service.lookup import find_index
from imgmeta.deployment.service.planning import REQUESTER_PAYS
from imgmeta.ports import ImageRepository

__all__ = [
    "find_deployed_index",
    "open_artifacts",
    "open_backfill",
    "open_batch_jobs",
    "open_bucket_notifications",
    "open_dead_letters",
    "open_deployer",
    "open_existing_buckets",
    "open_function_logs",
    "open_health_check",
    "open_packager",
    "open_queue_gauge",
    "reserve_backfill",
    "stack_settings",
]


def find_deployed_index(aws: AWSConnection, stack_name: str) -> DeployedIndex:
    """Return the index that a stack deployed.

    Raises:
        ConfigurationError: the stack does not exist, or is not a complete stack of imgmeta.
        TransientError: AWS is temporarily unavailable.
    """
    return find_index(_open_stacks(aws), stack_name)


def stack_settings(settings: Settings, deployed: DeployedIndex) -> Settings:
    """Return settings with a stack's rules of indexing: its suffixes and GPS policy.

    They replace those of the environment, so that a command finds and writes the same records as
    the stack's function. Either the command or the stack can allow requester-pays requests.

    Args:
        settings: the settings of the command.
        deployed: the index of the stack.

    Raises:
        ConfigurationError: a parameter of the stack has an invalid value.
    """
    rules = _rules_of(deployed.stack)
    return replace(
        settings,
        gps_policy=rules.gps_policy,
        suffixes=rules.suffixes,
        requester_pays=settings.requester_pays or rules.requester_pays,
    )


def _rules_of(stack: Stack) -> Settings:
    """Return the settings of a stack's function that decide what is indexed."""
    parameters = stack.parameters
    pays = parameters.get(REQUESTER_PAYS) == "yes"  # stacks of imgmeta 0.1 lack the parameter
    return Settings.from_environment(
        {
            "IMGMETA_GPS": parameters.get("GpsPolicy", ""),
            "IMGMETA_SUFFIXES": parameters.get("ImageSuffixes", ""),
            "IMGMETA_REQUEST_PAYER": "requester" if pays else "",
        }
    )


@contextmanager
def open_backfill(
    aws: AWSConnection, settings: Settings, deployed: DeployedIndex, checkpoints: Path
) -> Generator[Backfill]:
    """Open the backfill of a stack's index.

    Args:
        aws: the account and region.
        settings: the settings from `stack_settings`.
        deployed: the stack's index.
        checkpoints: the folder of the checkpoints.

    Raises:
        ConfigurationError: the stack's table is not an index.
        TransientError: AWS is temporarily unavailable.
    """
    gauge = open_queue_gauge(aws)
    from imgmeta.deployment.adapters.checkpoints import FileCheckpoints

    with open_repository(DynamoDBTable(deployed.table), aws=aws) as repository:
        yield Backfill(
            indexer=open_indexer(settings, repository, objects=open_objects(settings, aws)),
            repository=repository,
            queue=open_hint_queue(aws, deployed.queue_url),
            gauge=gauge,
            queue_url=deployed.queue_url,
            dead_letter_queue_url=deployed.dead_letter_queue_url,
            checkpoints=FileCheckpoints(checkpoints, time.monotonic),
            clock=lambda: datetime.now(UTC),
            timer=time.monotonic,
            sleep=time.sleep,
        )


def reserve_backfill(checkpoints: Path, scope: BackfillScope) -> AbstractContextManager[None]:
    """Keep other processes from running the backfill of a scope within the returned context.

    Raises:
        TransientError: on entry: another process runs it.
        PermanentError: on entry: the folder of the checkpoints cannot be written.
    """
    from imgmeta.deployment.adapters.checkpoints import FileCheckpoints

    return FileCheckpoints(checkpoints, time.monotonic).reserved(scope)


def open_deployer(aws: AWSConnection, *, package_cache: Path | None = None) -> Deployer:
    """Return the deployer for the stacks of imgmeta's template."""
    return Deployer(
        stacks=_open_stacks(aws),
        template=template_body(),
        parameters=template_parameters(),
        open_packager=partial(open_packager, cache=package_cache),
        open_artifacts=partial(open_artifacts, aws),
        open_buckets=partial(open_existing_buckets, aws),
        open_functions=partial(_open_functions, aws),
        sleep=time.sleep,
    )


def open_health_check(aws: AWSConnection) -> HealthCheck:
    """Return the health check for the stacks of an account and region."""
    clients = aws.clients
    from imgmeta.deployment.adapters.cloudwatch import CloudWatchAlarms, CloudWatchMetrics
    from imgmeta.deployment.adapters.sns import SNSSubscriptions

    def open_table(table: str) -> AbstractContextManager[ImageRepository]:
        return open_repository(DynamoDBTable(table), aws=aws)

    return HealthCheck(
        stacks=_open_stacks(aws),
        alarms=CloudWatchAlarms(clients.cloudwatch),
        queues=open_queue_gauge(aws),
        open_repository=open_table,
        inspector=Inspector(
            functions=_open_functions(aws),
            metrics=CloudWatchMetrics(clients.cloudwatch),
            subscriptions=SNSSubscriptions(clients.sns),
            logs=open_function_logs(aws),
            notifications=open_bucket_notifications(aws),
            open_objects=lambda stack: open_objects(_rules_of(stack), aws),
            open_repository=open_table,
            open_dead_letters=partial(open_dead_letters, aws),
            is_indexed=lambda stack: suffix_filter(_rules_of(stack).suffixes),
            clock=time.monotonic,
        ),
    )


def open_dead_letters(
    aws: AWSConnection, index: DeployedIndex, *, visibility: timedelta = timedelta(minutes=1)
) -> DeadLetterQueue:
    """Return the dead-letter queue of a stack, whose messages can be sent back to its queue.

    A received message stays invisible for `visibility`, unless it is released or deleted.
    """
    client = aws.clients.sqs
    from imgmeta.deployment.adapters.sqs import SQSDeadLetterQueue

    return SQSDeadLetterQueue(
        client, index.dead_letter_queue_url, index.queue_url, visibility=visibility
    )


def open_function_logs(aws: AWSConnection) -> FunctionLogs:
    """Return the log groups of an account and region."""
    client = aws.clients.logs
    from imgmeta.deployment.adapters.cloudwatch_logs import CloudWatchFunctionLogs

    return CloudWatchFunctionLogs(client)


def open_queue_gauge(aws: AWSConnection) -> QueueGauge:
    """Return the gauge of the queues of an account and region."""
    client = aws.clients.sqs
    from imgmeta.deployment.adapters.sqs import SQSQueueGauge

    return SQSQueueGauge(client)


def open_artifacts(aws: AWSConnection, bucket: str | None) -> ArtifactStore:
    """Return the store for packages in a bucket; None: the account's own, created if missing."""
    clients = aws.clients
    from imgmeta.deployment.adapters.s3 import S3ArtifactStore

    return S3ArtifactStore(clients.s3, clients.sts, bucket)


def open_bucket_notifications(aws: AWSConnection) -> BucketNotifications:
    """Return the event notification configurations of the buckets of an account and region."""
    clients = aws.clients
    from imgmeta.deployment.adapters.notifications import S3BucketNotifications

    return S3BucketNotifications(clients.s3, clients.sts)


def open_batch_jobs(aws: AWSConnection, deployed: DeployedIndex) -> BatchJobRunner:
    """Return the runner of S3 Batch Operations jobs of a stack."""
    clients = aws.clients
    from imgmeta.deployment.adapters.job_files import S3JobFiles
    from imgmeta.deployment.adapters.s3control import S3BatchJobs

    # arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME
    _, partition, _, _, account, *_ = f"{deployed.function}:::::".split(":")
    return BatchJobRunner(
        deployed=deployed,
        jobs=S3BatchJobs(clients.s3control, account, partition),
        files=S3JobFiles(clients.s3, sleep=time.sleep),
        new_token=lambda: uuid.uuid4().hex,
        sleep=time.sleep,
    )


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


def _open_functions(aws: AWSConnection) -> Functions:
    client = aws.clients.functions
    from imgmeta.deployment.adapters.functions import LambdaFunctions

    return LambdaFunctions(client)


def _open_stacks(aws: AWSConnection) -> Stacks:
    client = aws.clients.cloudformation
    from imgmeta.deployment.adapters.cloudformation import CloudFormationStacks

    return CloudFormationStacks(
        client, new_name=lambda: f"imgmeta-{uuid.uuid4().hex}", sleep=time.sleep
    )
