"""Telling people what came in."""

from datetime import datetime

from imgmeta.core.digest import Digest
from imgmeta.ports import ImageRepository

__all__ = ["digest"]


def digest(
    repository: ImageRepository, *, since: datetime, until: datetime, environment: str = ""
) -> Digest:
    """Return what the index says of the images uploaded at or after `since` and before `until`.

    Args:
        repository: the index; it is read once, in constant memory.
        since: an aware time.
        until: an aware time.
        environment: the name of the environment that the digest is of.

    Raises:
        AdapterError: the repository cannot be walked any further.
    """
    records = repository.uploaded_between(since, until)
    return Digest.of(records, since=since, until=until, environment=environment)
