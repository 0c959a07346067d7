"""A property reader that parses image headers without an imaging library."""

from imgmeta.core.objects import ByteSource
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats.completeness import is_complete
from imgmeta.formats.header import ImageHeader, image_properties
from imgmeta.formats.registry import SIGNATURE_LENGTH, find_format
from imgmeta.formats.window import DamagedError, Window
from imgmeta.ports import PropertyReader

__all__ = ["HeaderPropertyReader"]

_PARSER_VERSION = 2
_MIN_FRAME = 4
"""Every frame takes at least this many bytes in every format: an entry in a table of frames."""

# The names of formats that begin with these letters are spoken with a vowel first.
_LETTERS_WITH_AN = frozenset("AINORS")


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
        if content.size <= 0:
            return Unreadable(reason="an empty file")
        window = Window(content)
        image_format = find_format(window.read(0, SIGNATURE_LENGTH))
        if image_format is None:
            if self._fallback is not None:
                return self._fallback.read(content)
            return Unreadable(reason="not an image format that imgmeta reads")
        header = ImageHeader(image_format.name, image_format.mime_type)
        problem = "without an image size"
        try:
            image_format.parse(window, header)
        except DamagedError as error:
            problem = str(error)
        if header.frame_count is not None and header.frame_count > content.size // _MIN_FRAME:
            header.frame_count = None
        if header.has_size:
            header.complete = is_complete(window, header)
            header.partial_metadata = header.partial_metadata or window.limited
            return image_properties(header)
        article = "an" if header.format[0] in _LETTERS_WITH_AN else "a"
        end = f" (cut short after {window.size:,} bytes)" if window.truncated else ""
        return Unreadable(reason=f"{article} {header.format} {problem}{end}")
