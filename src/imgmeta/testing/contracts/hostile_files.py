"""Files that cost a careless reader much time or memory."""

import struct
import zlib
from collections.abc import Callable

__all__ = ["HEADS", "HOSTILE_FILES"]

_PARTS = 100_000
_PNG = b"\x89PNG\r\n\x1a\n"
_GIF = b"GIF89a\x28\0\x1e\0\0\0\0"
_GIF_FRAME = b",\0\0\0\0\x28\0\x1e\0\0\x02\x02\x4c\x01\0"


def _chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


_PNG_HEADER = _PNG + _chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 30, 8, 2, 0, 0, 0))
_PNG_END = _chunk(b"IDAT") + _chunk(b"IEND")

HEADS = {
    "jpeg": b"\xff\xd8" + b"\xff\xe1\xff\xff" * 8,
    "png": _PNG + b"\0\0\0\x0dIHDR",
    "gif": b"GIF89a\x28\0\x1e\0\x80\0\0" + bytes(6) + _GIF_FRAME,
    "tiff": b"II*\0\xff\xff\xff\xbf",
    "webp": b"RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff",
}
"""The first bytes of files of 10 TiB that otherwise consist of zeros."""

HOSTILE_FILES: dict[str, Callable[[], bytes]] = {
    "segments.jpg": lambda: b"\xff\xd8" + b"\xff\xe1\0\x02" * _PARTS,
    "chunks.png": lambda: _PNG_HEADER + _chunk(b"tEXt") * _PARTS + _PNG_END,
    "comments.gif": lambda: _GIF + b"!\xfe\x01.\0" * _PARTS + _GIF_FRAME + b";",
    "profile.png": lambda: (
        _PNG_HEADER + _chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(50_000_000), 9)) + _PNG_END
    ),
}
"""Functions that return a file of many small parts, or one that decompresses to 50 MB."""
