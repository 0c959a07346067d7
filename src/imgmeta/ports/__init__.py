"""The ports: what the use cases need of the world, in the domain's words.

A port's docstrings are its contract. `tests/contract` holds every sentence against every adapter.
Those of `deployment` are imported from there: the function in the cloud needs none of them.
"""

from imgmeta.ports.indexing import (
    HintQueue,
    ImageRepository,
    Notifier,
    ObjectStore,
    PropertyReader,
    UploadCursor,
)

__all__ = [
    "HintQueue",
    "ImageRepository",
    "Notifier",
    "ObjectStore",
    "PropertyReader",
    "UploadCursor",
]
