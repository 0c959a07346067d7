"""A repository that waits until queries see every write, for tests of distributed stores."""

from collections.abc import Callable
from typing import cast

from imgmeta.ports import ImageRepository

__all__ = ["waiting"]

_LAGGING = (
    *("uploaded_between", "list_prefix", "entries", "scan", "count"),
    *("find", "uploads", "find_summaries", "count_summaries", "same_sizes"),
)
"""The methods of `ImageRepository`, and of the optional ports, that may lag behind the writes."""


def waiting(repository: ImageRepository, wait: Callable[[], object]) -> ImageRepository:
    """Return a repository that calls `wait` before each query that may lag behind the writes.

    It implements the same optional ports. `get` does not wait: it has to see every write at once.

    Args:
        repository: the repository.
        wait: returns when all queries see every write that has returned.
    """

    def after_waiting(name: str) -> Callable[..., object]:
        def query(_: object, *args: object, **options: object) -> object:
            wait()
            return getattr(repository, name)(*args, **options)

        return query

    methods = {name: after_waiting(name) for name in _LAGGING if hasattr(repository, name)}
    immediate = {"get": staticmethod(repository.get), "put": staticmethod(repository.put)}
    return cast("ImageRepository", type("WaitingRepository", (), methods | immediate)())
