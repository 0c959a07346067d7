"""The use cases, which depend only on the ports."""

from imgmeta.service.audit import AuditLimits, AuditProgress, audit, start_audits
from imgmeta.service.batch import BatchLimits, BatchResult, process_batch
from imgmeta.service.concurrency import run_within
from imgmeta.service.digests import add_unindexed, digest
from imgmeta.service.indexer import MAX_ATTEMPTS, Indexer
from imgmeta.service.listing import OnUnindexed
from imgmeta.service.notifications import NotifierGroup, notify_within
from imgmeta.service.queries import find, find_unordered
from imgmeta.service.reprocessing import (
    HINTS_PER_BATCH,
    process_selected,
    select_images,
    select_records,
    send_hints,
)
from imgmeta.service.rules import Rules
from imgmeta.service.watching import (
    STARTED,
    IndexUnavailable,
    SyncFinished,
    SyncStarted,
    UpToDate,
    WatchEvent,
    watch,
)

__all__ = [
    "HINTS_PER_BATCH",
    "MAX_ATTEMPTS",
    "STARTED",
    "AuditLimits",
    "AuditProgress",
    "BatchLimits",
    "BatchResult",
    "IndexUnavailable",
    "Indexer",
    "NotifierGroup",
    "OnUnindexed",
    "Rules",
    "SyncFinished",
    "SyncStarted",
    "UpToDate",
    "WatchEvent",
    "add_unindexed",
    "audit",
    "digest",
    "find",
    "find_unordered",
    "notify_within",
    "process_batch",
    "process_selected",
    "run_within",
    "select_images",
    "select_records",
    "send_hints",
    "start_audits",
    "watch",
]
