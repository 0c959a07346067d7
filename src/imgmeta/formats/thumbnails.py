"""Reading of the thumbnail that is embedded in an image."""

from imgmeta.core.objects import ByteSource
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.metadata.thumbnail import JPEG_START
from imgmeta.formats.registry import SIGNATURE_LENGTH, find_format
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_thumbnail"]


def read_thumbnail(content: ByteSource) -> bytes | None:
    """Return the thumbnail that is embedded in an image, as a JPEG; None if there is none.

    Only the header and the thumbnail are fetched, no pixels of the image itself. The thumbnail may
    be damaged.

    Raises:
        TransientError: from the source.
    """
    if content.size <= 0:
        return None
    window = Window(content)
    image_format = find_format(window.read(0, SIGNATURE_LENGTH))
    if image_format is None:
        return None
    header = ImageHeader(image_format.name, image_format.mime_type)
    thumbnail = b""
    try:
        image_format.parse(window, header)
        thumbnail = header.thumbnail
        if not thumbnail and header.thumbnail_range is not None:
            thumbnail = window.read_exact(*header.thumbnail_range)
    except DamagedError:  # as in a file that was cut short; its thumbnail may be complete
        thumbnail = header.thumbnail
    return thumbnail if thumbnail.startswith(JPEG_START) else None
