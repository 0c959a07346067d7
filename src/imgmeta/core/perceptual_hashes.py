"""Perceptual hashes: 64 bits that change little if an image is resized or compressed again.

The algorithm is pHash, as in the library ImageHash: the lowest frequencies of a discrete cosine
transform (DCT-II) of 32 by 32 gray values, each compared with their median.
"""

from functools import cache
from math import cos, pi
from typing import NamedTuple

__all__ = [
    "FEATURELESS",
    "SIDE",
    "Crop",
    "distance",
    "format_hash",
    "is_comparable",
    "parse_hash",
    "perceptual_hash",
    "without_bars",
]

SIDE = 32
"""Number of rows and columns of gray values that a hash is computed from."""

FEATURELESS = "0" * 16
"""The hash of a thumbnail that cannot be compared: damaged, of one color, or a plain gradient."""

_FREQUENCIES = 8
_MIN_ONES = 8
"""Number of 1 bits, usually 32, below which most frequencies are absent, as in a plain gradient."""

_MIN_CONTRAST = 3.0
"""Standard deviation of gray values, from 0 to 255, below which there is only noise."""

_MAX_BAR = 16
"""Largest average gray value of a black bar: compression makes its edge brighter."""

_MIN_BAR = 0.02
"""Fraction of the width or height below which a difference of proportions is due to rounding."""


class Crop(NamedTuple):
    """The part of an image to keep: its first column and row, and those after the last."""

    left: int
    top: int
    right: int
    bottom: int


def perceptual_hash(gray: bytes) -> str:
    """Return the hash of 32 rows of 32 gray values; `FEATURELESS` without enough contrast."""
    mean = sum(gray) / len(gray)
    if sum((value - mean) ** 2 for value in gray) / len(gray) < _MIN_CONTRAST**2:
        return FEATURELESS
    cosines = _cosines()
    rows = [gray[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE)]
    by_row = [[_product(cosine, row) for row in rows] for cosine in cosines]
    # Rounded, so that what is 0 in theory has no sign that depends on the order of additions.
    amplitudes = [round(_product(cosine, column), 6) for cosine in cosines for column in by_row]
    middle = sum(sorted(amplitudes)[31:33]) / 2
    bits = sum(1 << 63 - place for place, each in enumerate(amplitudes) if each > middle)
    return format_hash(bits) if bits.bit_count() >= _MIN_ONES else FEATURELESS


def without_bars(gray: bytes, width: int, height: int, shape: tuple[int, int]) -> Crop:
    """Return the part of a thumbnail without the black bars that fill it up to its own shape.

    Cameras write thumbnails of 160 by 120 pixels for images of any shape. A thumbnail of another
    shape that has no black bars is kept as it is: it was stretched, or the image was cropped later.

    Args:
        gray: the gray values of the thumbnail.
        width: pixels per row.
        height: rows of pixels.
        shape: width and height of the image.
    """
    whole = Crop(0, 0, width, height)
    across, down = shape
    inner_width = min(width, round(height * across / down))
    inner_height = min(height, round(width * down / across))
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    if left < _MIN_BAR * width and top < _MIN_BAR * height:
        return whole
    if not inner_width or not inner_height:
        return whole
    rows = [gray[start : start + width] for start in range(0, width * height, width)]
    bars = [b"".join(rows[:top]), b"".join(rows[height - top :])] if top else []
    if left:
        bars += [b"".join(row[:left] for row in rows), b"".join(row[-left:] for row in rows)]
    if any(sum(bar) > _MAX_BAR * len(bar) for bar in bars):
        return whole
    return Crop(left, top, left + inner_width, top + inner_height)


def distance(first: int, second: int) -> int:
    """Return the number of bits in which two hashes differ: their Hamming distance."""
    return (first ^ second).bit_count()


def is_comparable(text: str | None) -> bool:
    """Return whether a record's hash can be compared: it exists and is not `FEATURELESS`."""
    return text is not None and text != FEATURELESS


def parse_hash(text: str) -> int:
    """Return the 64 bits of a hash."""
    return int(text, 16)


def format_hash(bits: int) -> str:
    """Return 64 bits as 16 hexadecimal digits, as records store them."""
    return f"{bits:016x}"


@cache
def _cosines() -> list[list[float]]:
    """Return the values of the lowest frequencies of the DCT, from the constant one."""
    return [
        [cos(pi * frequency * (2 * place + 1) / (2 * SIDE)) for place in range(SIDE)]
        for frequency in range(_FREQUENCIES)
    ]


def _product(cosine: list[float], values: bytes | list[float]) -> float:
    return sum(map(float.__mul__, cosine, map(float, values)))
