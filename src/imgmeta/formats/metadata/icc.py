"""Names of ICC profiles. ICC.1:2022, sections 7.3, 9.2.41 and 10.15; ICC.1:2001, 6.5.17."""

import struct

from imgmeta.core.text import clean_text

__all__ = ["profile_description"]

_MAX_TAGS = 128
_MAX_NAMES = 64
_MAX_BYTES = 1024


def profile_description(profile: bytes) -> str | None:
    """Return the description in an ICC profile, or None; the profile may be truncated."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    (count,) = struct.unpack_from(">I", profile, 128)
    end = min(len(profile), 132 + 12 * min(count, _MAX_TAGS))
    table = profile[132:end]
    for signature, offset, size in struct.iter_unpack(">4sII", table[: len(table) // 12 * 12]):
        if signature == b"desc":
            return _text(profile[offset : offset + size])
    return None


def _text(tag: bytes) -> str | None:
    if tag[:4] == b"desc" and len(tag) > 12:
        (length,) = struct.unpack_from(">I", tag, 8)
        return clean_text(tag[12 : 12 + min(length, _MAX_BYTES)].decode("latin-1"))
    if tag[:4] == b"mluc" and len(tag) >= 16:
        return _localized_text(tag)
    return None


def _localized_text(tag: bytes) -> str | None:
    """Return the English text, or else the first one."""
    count, size = struct.unpack_from(">II", tag, 8)
    best: bytes | None = None
    for index in range(min(count, _MAX_NAMES)):
        position = 16 + index * max(size, 12)
        if position + 12 > len(tag):
            break
        language, length, offset = struct.unpack_from(">2s2xII", tag, position)
        if best is None or language == b"en":
            best = tag[offset : offset + min(length, _MAX_BYTES)]
        if language == b"en":
            break
    return clean_text((best or b"").decode("utf-16-be", "replace"))
