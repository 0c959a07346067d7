"""Properties that a record keeps while the bytes of its object cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgmeta.core.status import Status

if TYPE_CHECKING:
    from imgmeta.core.objects import PresentObject
    from imgmeta.core.properties import ImageProperties, Unreadable
    from imgmeta.core.records import ImageRecord

__all__ = ["is_same_content", "retained_content"]


def is_same_content(stored: ImageRecord, observed: PresentObject) -> bool:
    """Return whether a record describes the observed content, judged by ETag and size."""
    if stored.status is Status.DELETED or observed.etag is None:
        return False
    return (stored.etag, stored.file_size) == (observed.etag, observed.size)


def retained_content(
    stored: ImageRecord | None, observed: PresentObject
) -> ImageProperties | Unreadable | None:
    """Return the result of an earlier read of the observed content; None if it was never read.

    Args:
        stored: the stored record of the object.
        observed: the object.
    """
    if stored is None or not is_same_content(stored, observed):
        return None
    from imgmeta.core.properties import ImageProperties, Unreadable  # noqa: PLC0415 - rarely needed

    if stored.status is Status.FAILED:
        reason = stored.error or "not a readable image"
        return None if reason == stored.content_error else Unreadable(reason=reason)
    return ImageProperties(**{name: getattr(stored, name) for name in ImageProperties.model_fields})
