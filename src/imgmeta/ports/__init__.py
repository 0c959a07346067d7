"""The ports: what the use cases need of the world, in the domain's words.

A port's docstrings are its contract. `tests/contract` holds every sentence against every adapter.
"""

from imgmeta.ports.deployment import FunctionPackager
from imgmeta.ports.indexing import (
    HintQueue,
    ImageRepository,
    Notifier,
    ObjectStore,
    PropertyReader,
    UploadCursor,
)

__all__ = [
    "FunctionPackager",
    "HintQueue",
    "ImageRepository",
    "Notifier",
    "ObjectStore",
    "PropertyReader",
    "UploadCursor",
]
