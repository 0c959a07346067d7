"""Loaders of local images."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgmeta.config import Settings
    from imgmeta.ports import ImageLoader, PropertyReader

__all__ = ["open_local_loader", "open_parallel_loader", "property_reader"]

_MAX_DEFAULT_JOBS = 4
"""More processes wait for the one that writes the index."""


def property_reader() -> PropertyReader:
    """Return the reader of image headers."""
    from imgmeta.adapters.pillow import PillowPropertyReader
    from imgmeta.formats import HeaderPropertyReader

    return HeaderPropertyReader(fallback=PillowPropertyReader())


def open_local_loader() -> ImageLoader:
    """Return a loader of local images in this process."""
    from imgmeta.adapters.filesystem import LocalObjectStore
    from imgmeta.service.chunks import DirectLoader

    return DirectLoader(LocalObjectStore(), property_reader())


def open_parallel_loader(settings: Settings) -> AbstractContextManager[ImageLoader]:
    """Return a loader of local images, in several processes if the settings permit them.

    It is a context manager, which ends the processes.
    """
    from imgmeta.adapters.processes import ProcessPoolLoader, available_cores

    jobs = settings.jobs or min(available_cores(), _MAX_DEFAULT_JOBS)
    if jobs == 1:
        return nullcontext(open_local_loader())
    return ProcessPoolLoader(open_local_loader(), open_local_loader, jobs)
