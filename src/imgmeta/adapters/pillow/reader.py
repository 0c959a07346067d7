"""A property reader based on Pillow, for the formats that `imgmeta.formats` does not read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgmeta.core.objects import ByteSource
    from imgmeta.core.properties import ImageProperties, Unreadable

__all__ = ["PillowPropertyReader"]

_MAX_CONCURRENT = 2
"""Maximum number of files to read at once, because Pillow may take 100 MiB for a hostile file."""


class PillowPropertyReader:
    """Reads image properties with Pillow; HEIC needs the extra `imgmeta[heic]`.

    Pillow reads WebP, AVIF and HEIC files completely: they may be up to 16 MiB long. It may read
    64 KiB of a Netpbm file, 256 KiB of a TIFF or ICNS file, 512 KiB of a GIF, and 2 MiB of others.
    Two threads can read at once; others wait.
    """

    version = 1

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(_MAX_CONCURRENT)

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        """Return the image's properties: see `PropertyReader.read`."""
        if content.size <= 0:
            from imgmeta.core.properties import Unreadable  # noqa: PLC0415 - as below

            return Unreadable(reason="an empty file")
        from imgmeta.adapters.pillow.parsing import (  # noqa: PLC0415 - most runs read no image
            parse_image,
        )

        with self._slots:
            return parse_image(content)
