"""The use cases, which depend only on the ports."""

from imgmeta.lazy_exports import lazy_exports

TYPE_CHECKING = False  # importing typing takes longer than this module
if TYPE_CHECKING:
    from imgmeta.service.audit import AuditLimits, AuditProgress, start_audits
    from imgmeta.service.batch import BatchLimits, BatchResult, process_batch
    from imgmeta.service.content_verification import verify_content
    from imgmeta.service.digests import add_unindexed, digest
    from imgmeta.service.indexer import MAX_ATTEMPTS, Indexer
    from imgmeta.service.listing import OnUnindexed
    from imgmeta.service.notifications import NotifierGroup, notify_within
    from imgmeta.service.queries import count_summaries, find, find_summaries, find_unordered
    from imgmeta.service.reprocessing import (
        HINTS_PER_BATCH,
        process_selected,
        select_images,
        select_records,
        send_hints,
    )
    from imgmeta.service.rules import Rules
    from imgmeta.service.threads import run_within
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
    "count_summaries",
    "digest",
    "find",
    "find_summaries",
    "find_unordered",
    "notify_within",
    "process_batch",
    "process_selected",
    "run_within",
    "select_images",
    "select_records",
    "send_hints",
    "start_audits",
    "verify_content",
    "watch",
]

if not TYPE_CHECKING:  # a type checker would accept any name
    __getattr__ = lazy_exports(
        __name__,
        {
            "audit": "AuditLimits AuditProgress start_audits",
            "batch": "BatchLimits BatchResult process_batch",
            "content_verification": "verify_content",
            "digests": "add_unindexed digest",
            "indexer": "MAX_ATTEMPTS Indexer",
            "listing": "OnUnindexed",
            "notifications": "NotifierGroup notify_within",
            "queries": "count_summaries find find_summaries find_unordered",
            "reprocessing": "HINTS_PER_BATCH process_selected select_images select_records "
            "send_hints",
            "rules": "Rules",
            "threads": "run_within",
            "watching": "STARTED IndexUnavailable SyncFinished SyncStarted UpToDate WatchEvent "
            "watch",
        },
    )
