import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imgmeta.adapters.pillow import PillowThumbnailHasher
from imgmeta.core.perceptual_hashes import FEATURELESS, distance, parse_hash
from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.thumbnails import STORED, UPRIGHT, encoded, pattern, photo


def hash_of(data: bytes) -> str:
    properties = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(properties, ImageProperties)
    return PillowThumbnailHasher().hash(BytesSource(data), properties)


def difference(first: bytes, second: bytes) -> int:
    return distance(parse_hash(hash_of(first)), parse_hash(hash_of(second)))


def test_pictures_that_differ_have_distant_hashes() -> None:
    assert difference(photo(pattern(3)), photo(pattern(5))) > 12


def test_reduced_and_recompressed_picture_has_a_near_hash() -> None:
    copy = encoded(pattern(3, (120, 90)), quality=40)

    assert difference(photo(pattern(3)), photo(copy)) <= 4


@pytest.mark.parametrize("orientation", STORED)
def test_hash_is_that_of_the_picture_as_displayed(orientation: int) -> None:
    size = (400, 300) if orientation < 5 else (300, 400)
    stored = photo(STORED[orientation], orientation=orientation, size=size)

    assert difference(photo(UPRIGHT), stored) <= 2


def test_thumbnail_that_was_rotated_already_is_not_rotated_again() -> None:
    stored = photo(UPRIGHT, orientation=6, size=(300, 400))

    assert difference(photo(UPRIGHT), stored) == 0


def test_black_bars_do_not_count() -> None:
    wide = pattern(3, (160, 107))
    framed = Image.new("RGB", (160, 120))
    framed.paste(wide, (0, 6))

    assert difference(photo(wide, size=(600, 400)), photo(framed, size=(600, 400))) <= 2


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    "thumbnail",
    [
        encoded(UPRIGHT)[:200],
        b"\xff\xd8" + bytes(100),
        encoded(Image.new("RGB", (160, 120))),
        encoded(Image.new("L", (2048, 1024), 90)),
        encoded(UPRIGHT) + b"\xff\xda" * 100,
        _png(UPRIGHT),
    ],
    ids=["cut short", "damaged", "black", "too large", "with many scans", "a PNG"],
)
def test_thumbnail_that_cannot_be_compared_has_no_features(thumbnail: bytes) -> None:
    assert hash_of(photo(thumbnail)) == FEATURELESS


def test_image_without_thumbnail_has_no_features() -> None:
    assert hash_of(encoded(UPRIGHT)) == FEATURELESS


@given(st.lists(st.tuples(st.integers(2, 3000), st.integers(0, 255)), max_size=8))
def test_damaged_thumbnail_raises_no_error(changes: list[tuple[int, int]]) -> None:
    data = bytearray(encoded(UPRIGHT))
    for place, value in changes:
        data[place % len(data)] = value

    assert len(hash_of(photo(b"\xff\xd8" + bytes(data[2:])))) == 16
