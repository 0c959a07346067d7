"""The use cases, over the ports alone."""

from imgmeta.service.digesting import digest
from imgmeta.service.finding import find
from imgmeta.service.indexer import MAX_ATTEMPTS, Indexer, Rules

__all__ = ["MAX_ATTEMPTS", "Indexer", "Rules", "digest", "find"]
