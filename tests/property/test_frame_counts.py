"""A frame count is true or absent, wherever a file is cut."""

import io
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.ports import PropertyReader
from imgmeta.testing.byte_sources import BytesSource

FRAMES = 5


@cache
def _animation(name: str) -> bytes:
    file = io.BytesIO()
    images = [Image.linear_gradient("L").convert("RGB").rotate(90 * n) for n in range(FRAMES)]
    images[0].save(file, name, save_all=True, append_images=images[1:])
    return file.getvalue()


@pytest.mark.parametrize("name", ["AVIF", "GIF", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize(
    "reader", [HeaderPropertyReader(), PillowPropertyReader()], ids=["headers", "pillow"]
)
@given(data=st.data())
def test_frame_count_of_a_truncated_file_is_true_or_absent(
    reader: PropertyReader, name: str, data: st.DataObject
) -> None:
    if name == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow does not support AVIF")
    complete = _animation(name)
    length = data.draw(st.integers(0, len(complete)))

    result = reader.read(BytesSource(complete[:length]))

    if isinstance(result, ImageProperties):
        assert result.frame_count in {None, FRAMES}
        if length == len(complete):
            assert result.frame_count == FRAMES
