"""From settings to wired use cases: the only package that imports adapters.

An adapter is imported by the function that needs it, so that nobody waits for one, or misses the
library behind one, that is not used.
"""

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.indexing import concurrency_of, list_target, open_indexer, open_objects
from imgmeta.bootstrap.objects import RoutingObjectStore
from imgmeta.bootstrap.stores import open_repository
from imgmeta.bootstrap.targets import parse_target

__all__ = [
    "AWSConnection",
    "RoutingObjectStore",
    "concurrency_of",
    "list_target",
    "open_indexer",
    "open_objects",
    "open_repository",
    "parse_target",
]
