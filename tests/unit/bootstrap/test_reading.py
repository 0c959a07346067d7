import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import imgmeta
from imgmeta.adapters.memory import InMemoryObjectStore
from imgmeta.bootstrap.reading import read_stream, read_target
from imgmeta.core.gps import GpsPolicy
from support.images.samples import app1_exif, exif, jpeg

EXAMPLES = Path(__file__).parents[3] / "examples"
PHOTO = EXAMPLES / "photos" / "lighthouse.jpg"


@pytest.mark.parametrize(
    "source",
    [
        str,
        Path,
        Path.read_bytes,
        lambda path: bytearray(path.read_bytes()),
        lambda path: memoryview(path.read_bytes()),
        lambda path: io.BytesIO(path.read_bytes()),
    ],
    ids=["text", "path", "bytes", "bytearray", "memoryview", "file object"],
)
def test_every_kind_of_source_has_the_same_properties(source: Callable[[Path], Any]) -> None:
    properties = imgmeta.read_properties(source(PHOTO))

    assert (properties.format, properties.camera_model) == ("JPEG", "Fernglas M1")
    assert properties.complete
    assert properties == imgmeta.read_properties(PHOTO)


def test_open_file_stays_open_at_its_position() -> None:
    with PHOTO.open("rb") as file:
        file.seek(7)
        assert imgmeta.read_properties(file) == imgmeta.read_properties(PHOTO)
        assert file.tell() == 7


def test_formats_of_pillow_are_read() -> None:
    file = io.BytesIO()
    Image.new("RGB", (4, 3)).save(file, "ICO", sizes=[(4, 3)])

    assert imgmeta.read_properties(file).format == "ICO"


@pytest.mark.parametrize("name", ["cut-off.jpg", "renamed.png"])
def test_unreadable_image_raises_an_exported_error(name: str) -> None:
    path = EXAMPLES / "broken" / name

    with pytest.raises(imgmeta.UnreadableImageError) as raised:
        imgmeta.read_properties(path)

    assert str(raised.value) == f"cannot read {path}: {raised.value.reason}"
    assert raised.value.reason in {
        "a JPEG without a frame header (cut short after 160 bytes)",
        "not an image format that imgmeta reads",
    }


@pytest.mark.parametrize("source", [b"", io.BytesIO()], ids=["bytes", "file object"])
def test_empty_source_is_unreadable(source: bytes | io.BytesIO) -> None:
    with pytest.raises(imgmeta.UnreadableImageError, match="cannot read the image: an empty file"):
        imgmeta.read_properties(source)


def test_missing_file_is_a_configuration_error_with_a_printable_name(tmp_path: Path) -> None:
    with pytest.raises(imgmeta.ConfigurationError, match=r"a\\x1bb: no such file or directory"):
        imgmeta.read_properties(tmp_path / "a\x1bb")


def test_url_is_no_path_and_its_secrets_are_not_shown() -> None:
    with pytest.raises(imgmeta.ConfigurationError) as raised:
        imgmeta.read_properties("https://host/a.jpg?X-Amz-Signature=secret")

    assert str(raised.value) == (
        "cannot read https://host/a.jpg?***: no such file or directory: pass the path of an image"
    )


@pytest.mark.parametrize("key", ["\udcff", "\uef80", "a\0b", "missing"])
def test_target_without_a_file_is_a_configuration_error(key: str) -> None:
    target = imgmeta.Target(imgmeta.LOCAL_BUCKET, key, exact=True)

    with pytest.raises(imgmeta.ConfigurationError):
        read_target(target, InMemoryObjectStore(), "it", GpsPolicy.KEEP)


@pytest.mark.parametrize("source", [3, None, ["a.jpg"]])
def test_other_types_are_rejected(source: str) -> None:
    with pytest.raises(TypeError, match="pass a path, bytes or a file object that is open"):
        imgmeta.read_properties(source)


def test_text_file_is_rejected() -> None:
    with (
        PHOTO.open(encoding="latin-1") as file,
        pytest.raises(TypeError, match="expected a binary file"),
    ):
        imgmeta.read_properties(file)  # type: ignore[arg-type]  # must fail


def test_gps_policy_restricts_what_a_command_reads() -> None:
    photo = jpeg(app1_exif(exif()))

    stream = io.BytesIO(b"skipped" + photo)
    stream.seek(7)
    kept = read_stream(stream, "it", GpsPolicy.KEEP)

    assert imgmeta.read_properties(photo) == kept
    assert kept.latitude == -33.875
    assert read_stream(io.BytesIO(photo), "it", GpsPolicy.DROP).latitude is None
