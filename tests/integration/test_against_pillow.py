"""Agreement of the header reader with Pillow on files that Pillow wrote."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, PngImagePlugin, features

from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import XMP, exif, icc

MODES = {
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "GIF": ("L", "P", "RGB"),
    "WEBP": ("RGB", "RGBA"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16"),
    "BMP": ("RGB", "RGBA"),
    "AVIF": ("L", "RGB", "RGBA"),
    "HEIF": ("L", "RGB", "RGBA"),
}
WITH_EXIF = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF")
WITH_XMP = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
ANIMATED = ("GIF", "PNG", "WEBP", "TIFF", "AVIF")


@pytest.fixture(autouse=True)
def _formats(request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["name"]
    if name == "HEIF":
        pytest.importorskip("pillow_heif", reason="needs imgmeta[heic]").register_heif_opener()
    if name == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow does not support AVIF")


def _image(mode: str, shade: int = 90) -> Image.Image:
    image = Image.linear_gradient("L").crop((0, 0, 80, 66))
    if mode in {"RGBA", "LA"}:
        image = image.convert(mode)
        image.putalpha(shade)
        return image
    if mode == "I;16":
        return Image.new("I;16", (80, 66), 30_000)
    return Image.new(mode, (80, 66)) if mode == "LAB" else image.convert(mode)


def _saved(image: Image.Image, name: str, **options: Any) -> bytes:  # noqa: ANN401 - as in Pillow's own signature
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def _read_with_both(data: bytes) -> tuple[dict[str, object], dict[str, object]]:
    parsed = HeaderPropertyReader().read(BytesSource(data))
    reference = PillowPropertyReader().read(BytesSource(data))
    assert isinstance(parsed, ImageProperties), parsed
    assert isinstance(reference, ImageProperties), reference
    assert (parsed.complete, reference.complete) == (True, None)
    excluded = {"complete"} | ({"bit_depth"} if reference.bit_depth is None else set[str]())
    return parsed.model_dump(exclude=excluded), reference.model_dump(exclude=excluded)


def _cases() -> Iterator[tuple[str, str]]:
    for name, modes in MODES.items():
        for mode in modes:
            yield name, mode


@pytest.mark.parametrize(("name", "mode"), list(_cases()))
def test_size_and_color_mode_agree(name: str, mode: str) -> None:
    parsed, reference = _read_with_both(_saved(_image(mode), name))

    assert parsed == reference


@pytest.mark.parametrize("name", WITH_EXIF)
@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_agrees(name: str, order: Any) -> None:  # noqa: ANN401 - a test parameter
    options: dict[str, Any] = {"exif": b"Exif\0\0" + exif(order)}
    if name == "TIFF":
        loaded = Image.Exif()
        loaded.load(exif(order))
        options = {"exif": loaded}

    parsed, reference = _read_with_both(_saved(_image("RGB"), name, **options))

    assert parsed["camera_model"] == "Model One"
    if name == "AVIF":
        # Pillow moves the orientation into the container and does not report it.
        moved = {"orientation", "display_width", "display_height"}
        assert parsed["orientation"] == 6
        parsed = {key: value for key, value in parsed.items() if key not in moved}
        reference = {key: value for key, value in reference.items() if key not in moved}
    assert parsed == reference


@pytest.mark.parametrize("name", WITH_XMP)
def test_xmp_and_icc_profile_agree(name: str) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    options: dict[str, Any] = {"pnginfo": text} if name == "PNG" else {"xmp": XMP}

    parsed, reference = _read_with_both(_saved(_image("RGB"), name, icc_profile=icc(), **options))

    assert parsed["camera_make"] == "Lightbox"
    assert parsed["icc_profile"] == "A Profile"
    assert parsed == reference


@pytest.mark.parametrize("name", ANIMATED)
def test_frame_counts_agree(name: str) -> None:
    frames = [_image("RGB").rotate(90 * n) for n in range(4)]

    data = _saved(frames[0], name, save_all=True, append_images=frames[1:])
    parsed, reference = _read_with_both(data)

    assert parsed["frame_count"] == 4
    assert parsed["frame_count"] == reference["frame_count"]
    assert (parsed["width"], parsed["height"]) == (reference["width"], reference["height"])


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_written_by_pillow_is_read(name: str, orientation: int) -> None:
    written = Image.Exif()
    written[0x0112] = orientation

    data = _saved(_image("RGB"), name, exif=written if name == "TIFF" else written.tobytes())
    properties = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(properties, ImageProperties)
    assert (properties.orientation or 1) == orientation
    assert (properties.width, properties.height) == (80, 66)
    rotated = orientation >= 5
    shown = (properties.display_width, properties.display_height)
    assert shown == ((66, 80) if rotated else (80, 66))
