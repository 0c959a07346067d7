"""The parsing of one image: format, header and completeness."""

from imgmeta.core.objects import ByteSource
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.errors import PermanentError
from imgmeta.formats.header import ImageHeader, image_properties
from imgmeta.formats.registry import SIGNATURE_LENGTH, ImageFormat, find_format
from imgmeta.formats.window import DamagedError, Window

__all__ = ["parse_image"]

_MIN_FRAME = 4
"""Every frame takes at least this many bytes in every format: an entry in a table of frames."""

# Letters whose names begin with a vowel: an NEF, but a PNG.
_LETTERS_WITH_AN = frozenset("AINORS")


def parse_image(content: ByteSource) -> ImageProperties | Unreadable | None:
    """Return the properties of an image, or why it is unreadable; None for an unknown format.

    Raises:
        TransientError: from the source.
    """
    window = Window(content)
    image_format = find_format(window.read(0, SIGNATURE_LENGTH))
    if image_format is None:
        return None
    header = ImageHeader(image_format.name, image_format.mime_type)
    problem = "without an image size"
    try:
        image_format.parse(window, header)
    except DamagedError as error:
        problem = str(error)
    if header.frame_count is not None and header.frame_count > content.size // _MIN_FRAME:
        header.frame_count = None
    if header.has_size:
        header.complete = _is_complete(image_format, window, header)
        header.partial_metadata = header.partial_metadata or window.limited
        return image_properties(header)
    article = "an" if header.format[0] in _LETTERS_WITH_AN else "a"
    end = f" (cut short after {window.size:,} bytes)" if window.truncated else ""
    return Unreadable(reason=f"{article} {header.format} {problem}{end}")


def _is_complete(image_format: ImageFormat, window: Window, header: ImageHeader) -> bool | None:
    try:
        return image_format.is_complete(window, header)
    except (DamagedError, PermanentError):
        # The end of the object cannot be read, although its header could.
        return None
