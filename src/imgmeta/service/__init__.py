"""The use cases, over the ports alone."""

from imgmeta.service.batches import BatchLimits, BatchResult, process_batch
from imgmeta.service.digesting import digest
from imgmeta.service.finding import find
from imgmeta.service.indexer import MAX_ATTEMPTS, Indexer, Rules
from imgmeta.service.notifying import notify_within

__all__ = [
    "MAX_ATTEMPTS",
    "BatchLimits",
    "BatchResult",
    "Indexer",
    "Rules",
    "digest",
    "find",
    "notify_within",
    "process_batch",
]
