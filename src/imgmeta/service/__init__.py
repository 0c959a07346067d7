"""The use cases, which depend only on the ports."""

from imgmeta.service.batch import BatchLimits, BatchResult, process_batch
from imgmeta.service.digests import add_unindexed, digest
from imgmeta.service.indexer import MAX_ATTEMPTS, Indexer, Rules
from imgmeta.service.listing import OnUnindexed
from imgmeta.service.notifications import notify_within
from imgmeta.service.queries import find

__all__ = [
    "MAX_ATTEMPTS",
    "BatchLimits",
    "BatchResult",
    "Indexer",
    "OnUnindexed",
    "Rules",
    "add_unindexed",
    "digest",
    "find",
    "notify_within",
    "process_batch",
]
