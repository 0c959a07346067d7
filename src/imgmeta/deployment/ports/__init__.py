"""The ports of deployment: protocols that its adapters implement."""

from imgmeta.deployment.ports.backfills import CheckpointStore, ListingSource
from imgmeta.deployment.ports.batch_jobs import BatchJobs, JobFiles
from imgmeta.deployment.ports.buckets import BucketNotifications, EventRules
from imgmeta.deployment.ports.dead_letters import DeadLetterQueue
from imgmeta.deployment.ports.monitoring import (
    Alarms,
    FunctionLogs,
    Functions,
    Metrics,
    QueueGauge,
    Subscriptions,
)
from imgmeta.deployment.ports.stacks import ArtifactStore, FunctionPackager, Stacks

__all__ = [
    "Alarms",
    "ArtifactStore",
    "BatchJobs",
    "BucketNotifications",
    "CheckpointStore",
    "DeadLetterQueue",
    "EventRules",
    "FunctionLogs",
    "FunctionPackager",
    "Functions",
    "JobFiles",
    "ListingSource",
    "Metrics",
    "QueueGauge",
    "Stacks",
    "Subscriptions",
]
