"""From settings to wired use cases: the only package that imports adapters.

An adapter is imported by the function that needs it, so that nobody waits for one, or misses the
library behind one, that is not used.
"""

from imgmeta.bootstrap.indexing import list_target, open_indexer
from imgmeta.bootstrap.stores import open_repository
from imgmeta.bootstrap.targets import parse_target

__all__ = ["list_target", "open_indexer", "open_repository", "parse_target"]
