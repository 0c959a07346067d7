"""Wiring of the use cases from settings: the only package that imports the adapters of indexing.

Functions import an adapter when they need it, so that an unused adapter costs no import time and
its library need not be installed.
"""

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.indexing import concurrency_of, list_target, open_indexer, open_objects
from imgmeta.bootstrap.objects import RoutingObjectStore
from imgmeta.bootstrap.queues import open_hint_queue
from imgmeta.bootstrap.stores import (
    find_same_sizes,
    find_sorted,
    migrate_table,
    open_existing_or_empty,
    open_repository,
    table_size,
)
from imgmeta.bootstrap.targets import parse_target
from imgmeta.bootstrap.watching import open_watcher

__all__ = [
    "AWSConnection",
    "RoutingObjectStore",
    "concurrency_of",
    "find_same_sizes",
    "find_sorted",
    "list_target",
    "migrate_table",
    "open_existing_or_empty",
    "open_hint_queue",
    "open_indexer",
    "open_objects",
    "open_repository",
    "open_watcher",
    "parse_target",
    "table_size",
]
