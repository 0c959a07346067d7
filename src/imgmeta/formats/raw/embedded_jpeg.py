"""The EXIF block of a JPEG that is embedded in a raw file."""

__all__ = ["MAX_JPEG_HEADER", "embedded_exif"]

MAX_JPEG_HEADER = 96 * 1024
"""The number of bytes of a JPEG that contain its EXIF block, which is one of the first segments."""

_START_OF_IMAGE = b"\xff\xd8"
_APPLICATION_SEGMENTS = range(0xE0, 0xF0)
_APP1 = 0xE1
_EXIF = b"Exif\0\0"


def embedded_exif(jpeg: bytes) -> bytes:
    """Return the first EXIF block in the beginning of a JPEG; empty if there is none."""
    offset = len(_START_OF_IMAGE)
    while jpeg.startswith(_START_OF_IMAGE) and offset + 4 <= len(jpeg):
        marker, code = jpeg[offset : offset + 2]
        length = int.from_bytes(jpeg[offset + 2 : offset + 4], "big")
        if marker != 0xFF or code not in _APPLICATION_SEGMENTS:
            break
        if code == _APP1 and jpeg.startswith(_EXIF, offset + 4):
            return jpeg[offset + 4 : offset + 2 + length]
        offset += 2 + length
    return b""
