"""The digest of recent uploads."""

from datetime import datetime

from imgmeta.core.digest import Digest
from imgmeta.ports import ImageRepository

__all__ = ["digest"]


def digest(
    repository: ImageRepository, *, since: datetime, until: datetime, environment: str = ""
) -> Digest:
    """Return the digest of the images uploaded at or after `since` and before `until`.

    Args:
        repository: the index, read in constant memory.
        since: a timezone-aware time.
        until: a timezone-aware time.
        environment: the environment's name.

    Raises:
        AdapterError: the index cannot be read.
    """
    records = repository.uploaded_between(since, until)
    return Digest.of(records, since=since, until=until, environment=environment)
