"""The status of an image record."""

from enum import StrEnum

__all__ = ["Status"]


class Status(StrEnum):
    """The status of an image record."""

    PROCESSED = "processed"
    """The image was read."""
    FAILED = "failed"
    """The object exists but is not a readable image; `Error` has the reason."""
    DELETED = "deleted"
    """The object does not exist: a tombstone, which may be removed after `ExpiresAt`."""
