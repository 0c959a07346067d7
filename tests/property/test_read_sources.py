"""The same bytes give `read_properties` the same result from every kind of source."""

import io
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta import ImageProperties, UnreadableImageError, read_properties
from support.images.samples import app1_exif, exif, jpeg

IMAGE = jpeg(app1_exif(exif()))


class Unseekable(io.BytesIO):
    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self._most = most

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, self._most))


def outcome(source: Path | bytes | memoryview | BinaryIO) -> ImageProperties | str:
    try:
        return read_properties(source)
    except UnreadableImageError as error:
        return error.reason


@st.composite
def damaged_images(draw: st.DrawFn) -> bytes:
    """Draw an image that may be cut short, with some bytes replaced."""
    data = bytearray(IMAGE[: draw(st.integers(0, len(IMAGE)))])
    places = st.dictionaries(st.integers(0, max(0, len(data) - 1)), st.integers(0, 255), max_size=3)
    for place, value in draw(places).items() if data else ():
        data[place] = value
    return bytes(data)


@given(
    data=damaged_images() | st.binary(max_size=100),
    position=st.integers(0, 2000),
    most=st.integers(1, 300),
)
def test_every_kind_of_source_gives_the_same_result(data: bytes, position: int, most: int) -> None:
    expected = outcome(data)
    file = io.BytesIO(data)
    file.seek(position)

    assert outcome(file) == expected
    assert file.tell() == position
    assert outcome(Unseekable(data, most)) == expected
    assert outcome(memoryview(bytearray(data))) == expected
    assert outcome(memoryview(data + data)[: len(data)]) == expected


@pytest.mark.parametrize("cut", [1, 2, 20])
def test_a_photo_gives_the_same_result_as_a_file_and_as_a_stream(cut: int, tmp_path: Path) -> None:
    for path in sorted((Path(__file__).parents[2] / "examples").rglob("*.*")):
        data = path.read_bytes()
        part = data[: len(data) // cut]
        copy = tmp_path / "copy"
        copy.write_bytes(part)

        expected = outcome(copy)
        assert outcome(part) == expected
        stream = Unseekable(part, 5000)
        assert outcome(stream) == expected
