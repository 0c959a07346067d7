"""The contract of `imgmeta.ports.thumbnails.ThumbnailCopier`. Each test quotes the port."""

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from imgmeta.adapters.pillow import PillowThumbnailCopier
from imgmeta.core.pictures import Picture
from imgmeta.core.properties import ImageProperties
from imgmeta.errors import TransientError
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.window import MAX_FETCHED
from imgmeta.ports.thumbnails import ThumbnailCopier
from imgmeta.testing.byte_sources import BytesSource, FailingSource, SparseSource
from imgmeta.testing.contracts.hostile_files import HEADS, HOSTILE_FILES
from support.images.samples import app1_exif
from support.images.thumbnails import STORED, UPRIGHT, encoded, exif_with_thumbnail, pattern, photo


@pytest.fixture(params=[PillowThumbnailCopier], ids=["pillow"])
def copier(request: pytest.FixtureRequest) -> ThumbnailCopier:
    adapter: ThumbnailCopier = request.param()
    return adapter


def copy(copier: ThumbnailCopier, data: bytes) -> Picture | None:
    properties = HeaderPropertyReader().read(BytesSource(data))
    image = properties if isinstance(properties, ImageProperties) else ImageProperties()
    return copier.copy(BytesSource(data), image)


def decoded(picture: Picture | None) -> Image.Image:
    assert picture is not None
    image = Image.open(io.BytesIO(picture.content))
    assert image.size == (picture.width, picture.height)
    assert image.get_format_mimetype() == picture.media_type
    return image.convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the average difference of two images' colors, from 0 to 255."""
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


# The port: "Return the thumbnail as displayed"
@pytest.mark.parametrize("orientation", STORED)
def test_picture_has_the_orientation_of_the_image(
    copier: ThumbnailCopier, orientation: int
) -> None:
    size = (400, 300) if orientation < 5 else (300, 400)
    data = photo(STORED[orientation], orientation=orientation, size=size)

    assert difference(decoded(copy(copier, data)), UPRIGHT) < 8


# As above
def test_thumbnail_that_was_rotated_already_is_not_rotated_again(copier: ThumbnailCopier) -> None:
    data = photo(UPRIGHT, orientation=6, size=(300, 400))

    assert difference(decoded(copy(copier, data)), UPRIGHT) < 8


# As above
def test_black_bars_are_cut_off(copier: ThumbnailCopier) -> None:
    framed = Image.new("RGB", (160, 120))
    framed.paste(pattern(3, (160, 107)), (0, 6))

    assert decoded(copy(copier, photo(framed, size=(600, 400)))).size == (160, 107)


# The port: "None without one that can be decoded"
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just some text",
        encoded(UPRIGHT),
        photo(encoded(UPRIGHT)[:200]),
        photo(b"\xff\xd8<svg onload=alert(1)>"),
        photo(b"<script>alert(1)</script>"),
        photo(encoded(Image.new("L", (2048, 1024), 90))),
        photo(encoded(UPRIGHT) + b"\xff\xda" * 100),
    ],
    ids=["empty", "text", "none", "cut", "SVG", "script", "too large", "many scans"],
)
def test_file_without_a_thumbnail_has_no_picture(copier: ThumbnailCopier, data: bytes) -> None:
    assert copy(copier, data) is None


# The port: "The picture is made from the pixels of the thumbnail alone: it is a valid JPEG or PNG
# without metadata, whatever the image contains."
def test_picture_has_nothing_but_the_pixels_of_the_thumbnail(copier: ThumbnailCopier) -> None:
    script = b"<script>alert('48.15,11.55')</script>"
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 33.0, 0.0)})
    UPRIGHT.save(file, "JPEG", exif=exif, comment=script, icc_profile=script, dpi=(300, 300))
    data = photo(file.getvalue() + script, comment=script)

    picture = copy(copier, data)
    assert difference(decoded(picture), UPRIGHT) < 8
    assert picture is not None
    assert b"script" not in picture.content
    assert b"Exif" not in picture.content
    assert b"Canon" not in picture.content
    read = HeaderPropertyReader().read(BytesSource(picture.content))
    assert isinstance(read, ImageProperties)
    metadata = read.model_dump(include={"latitude", "camera_make", "icc_profile", "taken_at"})
    assert set(metadata.values()) == {None}
    assert picture.content.endswith(b"\xff\xd9")


# As above
@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
def test_picture_of_any_color_mode_has_colors(copier: ThumbnailCopier, mode: str) -> None:
    data = photo(encoded(UPRIGHT.convert(mode)))

    assert decoded(copy(copier, data)).size == (160, 120)


# The port: "It has at most 160 pixels on each side"
@pytest.mark.parametrize(
    ("size", "expected"),
    [((640, 480), (160, 120)), ((480, 640), (120, 160)), ((1000, 2), (160, 1))],
)
def test_large_thumbnail_is_reduced(
    copier: ThumbnailCopier, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert decoded(copy(copier, photo(pattern(3, size), size=size))).size == expected


# The port: "and at most 64 KiB"
def test_picture_of_noise_is_small(copier: ThumbnailCopier) -> None:
    noise = Image.effect_noise((160, 160), 200).convert("RGB")
    picture = copy(copier, photo(encoded(noise, quality=100), size=(400, 400)))

    assert picture is not None
    assert len(picture.content) <= 64 * 1024


# The port: "A smaller thumbnail is not enlarged."
def test_small_thumbnail_keeps_its_size(copier: ThumbnailCopier) -> None:
    assert decoded(copy(copier, photo(pattern(3, (40, 30))))).size == (40, 30)


# The port: "Only the header of an image and its thumbnail are fetched."
def test_pixels_of_the_image_are_not_fetched(copier: ThumbnailCopier) -> None:
    source = SparseSource(3 * 2**30, {0: photo(UPRIGHT)})

    assert copier.copy(source, ImageProperties()) is not None
    assert source.fetched <= 512 * 1024


# The port: "For any bytes, `copy` returns in bounded time and memory, and raises no errors of its
# own."
@pytest.mark.parametrize("head", HEADS.values(), ids=list(HEADS))
def test_fetched_bytes_are_bounded(copier: ThumbnailCopier, head: bytes) -> None:
    source = SparseSource(10 * 2**40, {0: head})

    assert copier.copy(source, ImageProperties()) is None
    assert source.fetched <= MAX_FETCHED


# As above
@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_hostile_file_has_no_picture(copier: ThumbnailCopier, name: str) -> None:
    assert copier.copy(BytesSource(HOSTILE_FILES[name]()), ImageProperties()) is None


# As above
def test_memory_for_a_thumbnail_is_bounded(copier: ThumbnailCopier) -> None:
    block = exif_with_thumbnail(encoded(Image.new("RGB", (1024, 1024), (9, 99, 199))))
    data = encoded(UPRIGHT)
    source = BytesSource(data[:2] + app1_exif(block) + data[2:])
    copier.copy(BytesSource(b""), ImageProperties())  # imports modules
    tracemalloc.start()
    try:
        assert copier.copy(source, ImageProperties()) is not None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024 * 1024


# As above
@pytest.mark.parametrize("size", [(1, 1), (1, 4_000_000), (4_000_000, 1)])
def test_image_of_any_shape_has_a_picture(copier: ThumbnailCopier, size: tuple[int, int]) -> None:
    image = ImageProperties(width=size[0], height=size[1], orientation=7)

    assert copier.copy(BytesSource(photo(UPRIGHT)), image) is not None


# The port: "TransientError: from `content`, passed on."
def test_error_of_the_content_is_raised(copier: ThumbnailCopier) -> None:
    with pytest.raises(TransientError):
        copier.copy(FailingSource(b"", 100), ImageProperties())


# The port: "it is a valid JPEG or PNG", "raises no errors of its own"
@given(st.lists(st.tuples(st.integers(2, 3000), st.integers(0, 255)), max_size=8))
def test_damaged_thumbnail_has_a_valid_picture_or_none(changes: list[tuple[int, int]]) -> None:
    data = bytearray(encoded(UPRIGHT))
    for place, value in changes:
        data[place % len(data)] = value

    picture = copy(PillowThumbnailCopier(), photo(b"\xff\xd8" + bytes(data[2:])))
    if picture is not None:
        assert max(decoded(picture).size) <= 160
