"""Raw profiles: metadata blocks as hexadecimal digits, which ImageMagick writes into PNG texts."""

import binascii
import re

__all__ = ["decode_raw_profile"]

_HEADER = re.compile(rb"\s{0,16}[^\n]{1,64}\n\s{0,16}(\d{1,10})\s{0,16}\n")
_SPACE = b" \t\r\n\v\f"
_DIGITS = b"0123456789abcdefABCDEF"
_PIECE = 64 * 1024


def decode_raw_profile(text: bytes, limit: int) -> bytes:
    """Return the block in a raw profile: a name, a length in bytes and hexadecimal digits.

    Text after the declared length is ignored, as is a rest that does not consist of digits.

    Args:
        text: the complete text.
        limit: maximum number of bytes to return.
    """
    header = _HEADER.match(text)
    if header is None:
        return b""
    length = min(int(header[1]), limit)
    block = bytearray()
    odd = b""
    # In pieces: a profile of short lines would take fifty times its size if it were split.
    for start in range(header.end(), len(text), _PIECE):
        piece = odd + text[start : start + _PIECE].translate(None, _SPACE)
        digits = piece[: len(piece) - len(piece.lstrip(_DIGITS))]
        even = len(digits) // 2 * 2
        odd = digits[even:]
        block += binascii.unhexlify(digits[:even])
        if len(block) >= length or len(digits) < len(piece):
            break
    return bytes(block[:length])
