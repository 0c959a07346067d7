"""Wiring of the use cases from settings: the only package that imports the adapters of indexing.

Functions import an adapter when they need it, so that an unused adapter costs no import time and
its library need not be installed.
"""

from imgmeta.lazy_exports import lazy_exports

TYPE_CHECKING = False  # importing typing takes longer than this module
if TYPE_CHECKING:
    from imgmeta.bootstrap.aws import AWSConnection
    from imgmeta.bootstrap.indexing import concurrency_of, list_target, open_indexer, open_objects
    from imgmeta.bootstrap.loading import open_parallel_loader
    from imgmeta.bootstrap.objects import RoutingObjectStore
    from imgmeta.bootstrap.queues import open_hint_queue
    from imgmeta.bootstrap.stores import (
        find_same_sizes,
        find_sorted,
        find_sorted_summaries,
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
    "find_sorted_summaries",
    "list_target",
    "migrate_table",
    "open_existing_or_empty",
    "open_hint_queue",
    "open_indexer",
    "open_objects",
    "open_parallel_loader",
    "open_repository",
    "open_watcher",
    "parse_target",
    "table_size",
]

if not TYPE_CHECKING:  # a type checker would accept any name
    __getattr__ = lazy_exports(
        __name__,
        {
            "aws": "AWSConnection",
            "indexing": "concurrency_of list_target open_indexer open_objects",
            "loading": "open_parallel_loader",
            "objects": "RoutingObjectStore",
            "queues": "open_hint_queue",
            "stores": "find_same_sizes find_sorted find_sorted_summaries migrate_table "
            "open_existing_or_empty open_repository table_size",
            "targets": "parse_target",
            "watching": "open_watcher",
        },
    )
