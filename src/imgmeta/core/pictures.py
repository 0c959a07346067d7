"""Small pictures for a page."""

from typing import NamedTuple

__all__ = ["Picture"]


class Picture(NamedTuple):
    """A small picture, as displayed.

    Attributes:
        content: the bytes of the file.
        media_type: their media type, such as `image/jpeg`.
        width: pixels per row.
        height: rows of pixels.
    """

    content: bytes
    media_type: str
    width: int
    height: int
