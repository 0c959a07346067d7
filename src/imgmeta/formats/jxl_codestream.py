"""Headers of a JPEG XL codestream: ISO/IEC 18181-1, annexes B (field types), D and E."""

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import DamagedError

__all__ = ["CODESTREAM_SIGNATURE", "MAX_CODESTREAM_HEADER", "read_codestream"]

CODESTREAM_SIGNATURE = b"\xff\x0a"

MAX_CODESTREAM_HEADER = 4096
"""The number of bytes that contain the headers, unless extra channels have very long names."""

_Choices = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""For each value of a two-bit selector: an offset, and the number of bits to add to it."""

_SIZE: _Choices = ((1, 9), (1, 13), (1, 18), (1, 30))
_PREVIEW_SIZE: _Choices = ((1, 6), (65, 8), (321, 10), (1345, 12))
_PREVIEW_BLOCKS: _Choices = ((16, 0), (32, 0), (1, 5), (33, 9))
_TICKS: _Choices = ((100, 0), (1000, 0), (1, 10), (1, 30))
_TICKS_DIVISOR: _Choices = ((1, 0), (1001, 0), (1, 8), (1, 10))
_LOOPS: _Choices = ((0, 0), (0, 3), (0, 16), (0, 32))
_INTEGER_BITS: _Choices = ((8, 0), (10, 0), (12, 0), (1, 6))
_FLOAT_BITS: _Choices = ((32, 0), (16, 0), (24, 0), (1, 6))
_CHANNELS: _Choices = ((0, 0), (1, 0), (2, 4), (1, 12))
_ENUM: _Choices = ((0, 0), (1, 0), (2, 4), (18, 6))
_DOWNSAMPLING: _Choices = ((0, 0), (3, 0), (4, 0), (1, 3))
_NAME_LENGTH: _Choices = ((0, 0), (0, 4), (16, 5), (48, 10))
_CFA_CHANNEL: _Choices = ((1, 0), (0, 2), (3, 4), (19, 8))
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_ALPHA, _SPOT_COLOR, _BLACK, _CFA = 0, 2, 4, 5
_GRAY = 1


class _BitReader:
    """Reads bit fields, the least significant bit first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")
        self._remaining = 8 * len(data)

    def read(self, bits: int) -> int:
        self._remaining -= bits
        if self._remaining < 0:
            msg = "with an incomplete header"
            raise DamagedError(msg)
        value = self._value & ((1 << bits) - 1)
        self._value >>= bits
        return value

    def flag(self) -> bool:
        return bool(self.read(1))

    def choose(self, choices: _Choices) -> int:
        offset, bits = choices[self.read(2)]
        return offset + self.read(bits)


def read_codestream(codestream: bytes, header: ImageHeader) -> None:
    """Fill in `header` from the beginning of a codestream, which starts with its signature.

    Raises:
        DamagedError: the headers are incomplete. `header` has the values before that.
    """
    bits = _BitReader(codestream[len(CODESTREAM_SIGNATURE) :])
    header.width, header.height = _size(bits)
    header.orientation = 1
    if bits.flag():
        header.bit_depth, header.color_mode, header.has_alpha = 8, "RGB", False
        header.frame_count = 1
        return
    animated = _parse_extra_fields(bits, header) if bits.flag() else False
    header.frame_count = None if animated else 1
    header.bit_depth = _bit_depth(bits)
    bits.flag()  # Whether 16 bits suffice for a decoder's buffers.
    kinds = {_extra_channel(bits) for _ in range(bits.choose(_CHANNELS))}
    header.has_alpha = _ALPHA in kinds
    bits.flag()  # Whether the pixels are stored in the XYB color space.
    header.color_mode = _color_mode(bits, kinds)


def _size(bits: _BitReader) -> tuple[int, int]:
    in_blocks = bits.flag()
    height = _length(bits, in_blocks=in_blocks)
    ratio = bits.read(3)
    if not ratio:
        return _length(bits, in_blocks=in_blocks), height
    numerator, denominator = _RATIOS[ratio - 1]
    return height * numerator // denominator, height


def _length(bits: _BitReader, *, in_blocks: bool) -> int:
    return 8 * (bits.read(5) + 1) if in_blocks else bits.choose(_SIZE)


def _parse_extra_fields(bits: _BitReader, header: ImageHeader) -> bool:
    """Parse the orientation, skip the preview's size, and return whether there is an animation."""
    header.orientation = bits.read(3) + 1
    if bits.flag():
        _size(bits)  # The size at which the image should be displayed.
    if bits.flag():
        choices = _PREVIEW_BLOCKS if bits.flag() else _PREVIEW_SIZE
        bits.choose(choices)
        if not bits.read(3):
            bits.choose(choices)
    animated = bits.flag()
    if animated:
        for choices in (_TICKS, _TICKS_DIVISOR, _LOOPS):
            bits.choose(choices)
        bits.flag()  # Whether frames have time codes.
    return animated


def _bit_depth(bits: _BitReader) -> int:
    if not bits.flag():
        return bits.choose(_INTEGER_BITS)
    depth = bits.choose(_FLOAT_BITS)
    bits.read(4)  # The number of exponent bits.
    return depth


def _extra_channel(bits: _BitReader) -> int:
    """Skip the description of an extra channel and return its type."""
    if bits.flag():
        return _ALPHA
    kind = bits.choose(_ENUM)
    _bit_depth(bits)
    bits.choose(_DOWNSAMPLING)
    bits.read(8 * bits.choose(_NAME_LENGTH))
    if kind == _ALPHA:
        bits.flag()  # Whether colors are multiplied by alpha.
    elif kind == _SPOT_COLOR:
        bits.read(4 * 16)
    elif kind == _CFA:
        bits.choose(_CFA_CHANNEL)
    return kind


def _color_mode(bits: _BitReader, extra_channels: set[int]) -> str:
    alpha = _ALPHA in extra_channels
    is_default = bits.flag()
    if not is_default:
        bits.flag()  # Whether there is an ICC profile, which is compressed.
        if bits.choose(_ENUM) == _GRAY:
            return "LA" if alpha else "L"
    if _BLACK in extra_channels:
        return "CMYK"
    return "RGBA" if alpha else "RGB"
