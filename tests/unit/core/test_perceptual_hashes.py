import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.perceptual_hashes import (
    FEATURELESS,
    SIDE,
    Crop,
    distance,
    format_hash,
    is_comparable,
    parse_hash,
    perceptual_hash,
    without_bars,
)


def picture(shade: Callable[[int, int], int]) -> bytes:
    return bytes(shade(x, y) for y in range(SIDE) for x in range(SIDE))


RINGS = picture(lambda x, y: (x * x + 3 * y * y) % 256)


@pytest.mark.parametrize(
    ("gray", "expected"),
    [
        (RINGS, "8e0e060e073e7e7e"),
        (picture(lambda x, y: (x * y * 7 + x * 13) % 251), "80402f41df577e5d"),
    ],
)
def test_hash_is_that_of_the_library_imagehash(gray: bytes, expected: str) -> None:
    assert perceptual_hash(gray) == expected


@pytest.mark.parametrize(
    "gray",
    [
        bytes(SIDE * SIDE),
        b"\xff" * SIDE * SIDE,
        picture(lambda x, y: 3 + (x ^ y) % 2),
        picture(lambda x, _: x * 8),
        picture(lambda x, y: x * 5 + y * 3),
    ],
    ids=["black", "white", "noise", "gradient", "diagonal gradient"],
)
def test_picture_without_features_is_not_comparable(gray: bytes) -> None:
    assert perceptual_hash(gray) == FEATURELESS
    assert not is_comparable(FEATURELESS)


def test_missing_hash_is_not_comparable() -> None:
    assert not is_comparable(None)
    assert is_comparable("8e0e060e073e7e7e")


@given(st.integers(0, 40), st.floats(0.5, 0.8))
def test_brightness_and_contrast_hardly_change_the_hash(offset: int, factor: float) -> None:
    changed = bytes(round(value * factor) + offset for value in RINGS)

    difference = distance(parse_hash(perceptual_hash(RINGS)), parse_hash(perceptual_hash(changed)))
    assert difference <= 4


@given(st.binary(min_size=SIDE * SIDE, max_size=SIDE * SIDE))
def test_any_picture_has_a_hash_of_16_digits(gray: bytes) -> None:
    text = perceptual_hash(gray)

    assert len(text) == 16
    assert format_hash(parse_hash(text)) == text


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_distance_is_a_metric(a: int, b: int, c: int) -> None:
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a)
    assert distance(a, c) <= distance(a, b) + distance(b, c)


def framed(width: int, height: int, crop: Crop, *, bar: int = 0) -> bytes:
    """Return a bright picture with bars around the crop."""
    return bytes(
        200 if crop.left <= x < crop.right and crop.top <= y < crop.bottom else bar
        for y in range(height)
        for x in range(width)
    )


@pytest.mark.parametrize(
    ("shape", "crop"),
    [
        ((6000, 4000), Crop(0, 6, 160, 113)),
        ((4000, 6000), Crop(40, 0, 120, 120)),
        ((1920, 1080), Crop(0, 15, 160, 105)),
        ((4000, 3000), Crop(0, 0, 160, 120)),
    ],
)
def test_black_bars_are_cut_off(shape: tuple[int, int], crop: Crop) -> None:
    assert without_bars(framed(160, 120, crop), 160, 120, shape) == crop


def test_thumbnail_of_another_shape_without_bars_is_kept() -> None:
    gray = random.Random(1).randbytes(160 * 120)

    assert without_bars(gray, 160, 120, (6000, 4000)) == Crop(0, 0, 160, 120)
    assert without_bars(gray, 160, 120, (4000, 6000)) == Crop(0, 0, 160, 120)


def test_bars_that_are_not_black_are_kept() -> None:
    gray = framed(160, 120, Crop(0, 6, 160, 113), bar=90)

    assert without_bars(gray, 160, 120, (6000, 4000)) == Crop(0, 0, 160, 120)


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.tuples(st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1)),
)
def test_crop_is_a_part_of_the_thumbnail(width: int, height: int, shape: tuple[int, int]) -> None:
    crop = without_bars(bytes(width * height), width, height, shape)

    assert 0 <= crop.left < crop.right <= width
    assert 0 <= crop.top < crop.bottom <= height
