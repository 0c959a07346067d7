"""What the linker leaves in a binary for debuggers, and a running program does without."""

import struct

__all__ = ["stripped"]

_ELF_64_LITTLE = b"\x7fELF\x02\x01"
"""How binaries begin that are of 64 bits and little endian, as those of both architectures are."""

_HEADER, _PROGRAM_HEADER = 64, 56
"""Bytes, as the fields of the header itself must have them."""


def stripped(content: bytes) -> bytes:
    """Return a library or program without what is in none of its segments; all else as it is.

    System V ABI, "Program Header": what is loaded is in segments. The table of sections, and those
    that belong to no segment (debugging information, the symbol table of the linker), are read by
    linkers and debuggers alone. What is behind the last segment is cut off; what is between two of
    them is zeros, which take no room in a zip, since nothing may move. The result depends on
    nothing but the bytes: no tool of the binary's architecture is needed.

    Args:
        content: of any file.
    """
    if not content.startswith(_ELF_64_LITTLE) or len(content) < _HEADER:
        return content
    (table,) = struct.unpack_from("<Q", content, 0x20)
    size, number = struct.unpack_from("<HH", content, 0x36)
    kept = [(0, _HEADER), (table, table + size * number)]
    if size != _PROGRAM_HEADER or not number or kept[-1][1] > len(content):
        return content
    for start in range(*kept[-1], size):
        offset, _, _, length = struct.unpack_from("<QQQQ", content, start + 8)
        kept.append((offset, offset + length))
    end = max(stop for _, stop in kept)
    if end > len(content):
        return content
    result = bytearray(end)
    for start, stop in kept:
        result[start:stop] = content[start:stop]
    struct.pack_into("<Q", result, 0x28, 0)  # where the table of sections is: nowhere
    struct.pack_into("<HH", result, 0x3C, 0, 0)  # their number, and the one that names them
    return bytes(result)
