"""A property reader that parses image headers without an imaging library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgmeta.core.objects import ByteSource
    from imgmeta.core.properties import ImageProperties, Unreadable
    from imgmeta.ports import PropertyReader

__all__ = ["HeaderPropertyReader"]

_PARSER_VERSION = 3


class HeaderPropertyReader:
    """Reads JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF, HEIC, JPEG XL and camera raw files.

    The content of a file identifies its format, whatever its name is.

    Files in other formats are read by the fallback, if there is one.

    Attributes:
        version: rises when this reader or the fallback reads the same bytes differently.
    """

    def __init__(self, fallback: PropertyReader | None = None) -> None:
        self._fallback = fallback
        # A sum, so that a new version of either reader makes earlier records outdated.
        self.version = _PARSER_VERSION + (fallback.version if fallback else 0)

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        """Return the image's properties: see `PropertyReader.read`."""
        # Imported here, because most runs read no image.
        from imgmeta.core.properties import Unreadable  # noqa: PLC0415 - as above
        from imgmeta.formats.parsing import parse_image  # noqa: PLC0415 - as above

        if content.size <= 0:
            return Unreadable(reason="an empty file")
        result = parse_image(content)
        if result is not None:
            return result
        if self._fallback is not None:
            return self._fallback.read(content)
        return Unreadable(reason="not an image format that imgmeta reads")
