"""Pillow's files in all formats are complete, and the same files cut at random places are not."""

import io
import random
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, features

from imgmeta.adapters.memory import InMemoryContent
from imgmeta.core.objects import FIRST_BLOCK
from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader

CUTS = 50
MIN_FOUND = 0.99

_EXIF = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"
_TILES = {322: 64, 323: 64}
_SAVES: list[tuple[str, str, dict[str, Any]]] = [
    *(("JPEG", mode, {"quality": 95}) for mode in ("L", "RGB", "CMYK")),
    *(("JPEG", "RGB", options) for options in ({"progressive": True}, {"restart_marker_rows": 1})),
    *(("MPO", "RGB", {"frames": frames}) for frames in (1, 2)),
    *(("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    *(("PNG", "RGB", options) for options in ({"frames": 3}, {"compress_level": 0})),
    *(("GIF", mode, {}) for mode in ("1", "L", "P")),
    ("GIF", "P", {"frames": 5}),
    *(("WEBP", mode, {"lossless": lossless}) for mode in ("RGB", "RGBA") for lossless in (0, 1)),
    *(("WEBP", "RGB", options) for options in ({"frames": 3}, {"exif": _EXIF}, {"xmp": b"<x/>"})),
    *((name, mode, {}) for name in ("BMP", "DIB") for mode in ("1", "L", "P", "RGB", "RGBA")),
    *(("TIFF", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F")),
    *(("TIFF", "RGB", {"compression": name}) for name in ("tiff_lzw", "packbits", "jpeg")),
    *(("TIFF", "RGB", options) for options in ({"big_tiff": True}, {"frames": 4})),
    ("TIFF", "RGB", {"compression": "tiff_lzw", "frames": 4}),
    ("TIFF", "RGB", {"compression": "tiff_lzw", "tiffinfo": _TILES}),
    ("TIFF", "1", {"compression": "group4"}),
    *(("AVIF", mode, {"speed": 10}) for mode in ("RGB", "RGBA")),
    ("AVIF", "RGB", {"speed": 10, "frames": 2}),
]


def _picture(mode: str, seed: int) -> Image.Image:
    size = (160, 120)
    noise = Image.frombytes("RGB", size, random.Random(seed).randbytes(160 * 120 * 3))
    gradient = Image.linear_gradient("L").resize(size)
    picture = Image.blend(noise, Image.merge("RGB", [gradient] * 3), 0.7)
    if mode == "I;16":
        picture = picture.convert("L").convert("I")
    return picture.convert(mode)


def _files() -> Iterator[Any]:
    for name, mode, options in _SAVES:
        if name == "AVIF" and not features.check("avif"):
            continue
        label = ",".join(str(key) for key in options)
        yield pytest.param(name, mode, options, id=f"{name}-{mode}-{label}")


def _save(name: str, mode: str, options: dict[str, Any]) -> bytes:
    settings = dict(options)
    others = [_picture(mode, seed) for seed in range(2, 2 + settings.pop("frames", 0))]
    if others:
        settings |= {"save_all": True, "append_images": others}
    buffer = io.BytesIO()
    _picture(mode, 1).save(buffer, name, **settings)
    return buffer.getvalue()


def _is_found(data: bytes) -> bool:
    result = HeaderPropertyReader().read(InMemoryContent(data))
    return not isinstance(result, ImageProperties) or result.complete is False


@pytest.mark.parametrize(("name", "mode", "options"), list(_files()))
def test_whole_file_is_complete_and_its_parts_are_not(
    name: str, mode: str, options: dict[str, Any]
) -> None:
    data = _save(name, mode, options)
    whole = HeaderPropertyReader().read(InMemoryContent(data))
    places = random.Random(f"{name}{mode}{options}").choices(range(1, len(data)), k=CUTS)

    assert isinstance(whole, ImageProperties)
    assert (whole.complete, whole.partial_metadata) == (True, None)
    assert [place for place in places if not _is_found(data[:place])] == []


def test_large_photo_is_complete_and_its_parts_are_not() -> None:
    picture = _picture("RGB", 1).resize((1600, 1200))
    places = random.Random(7)
    for options in ({}, {"progressive": True}, {"subsampling": 0, "restart_marker_blocks": 5}):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=90, **options)
        data = buffer.getvalue()

        assert len(data) > 2 * FIRST_BLOCK
        assert not _is_found(data)
        cuts = places.choices(range(1, len(data)), k=4 * CUTS)
        found = sum(_is_found(data[:place]) for place in cuts)
        assert found / len(cuts) >= MIN_FOUND
