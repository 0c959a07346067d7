import struct

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.samples import (
    AV1_10_BIT,
    HEVC_8_BIT,
    SHORT,
    XMP,
    box,
    exif,
    full_box,
    heif,
    icc,
    ispe,
    tiff,
    xmp,
)


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize(
    ("brand", "coding", "expected"),
    [
        (b"avif", b"av01", ("AVIF", "image/avif")),
        (b"mif1", b"av01", ("AVIF", "image/avif")),
        (b"heic", b"hvc1", ("HEIC", "image/heic")),
        (b"heix", b"hvc1", ("HEIC", "image/heic")),
        (b"mif1", b"hvc1", ("HEIC", "image/heic")),
    ],
)
def test_format_depends_on_brand_and_coding(
    brand: bytes, coding: bytes, expected: tuple[str, str]
) -> None:
    properties = read(heif([ispe(400, 300)], brand=brand, coding=coding))

    assert (properties.format, properties.mime_type) == expected
    assert (properties.width, properties.height, properties.frame_count) == (400, 300, 1)


@pytest.mark.parametrize(
    ("turn", "mirror", "orientation"),
    [
        (1, None, 8),
        (2, None, 3),
        (3, None, 6),
        (None, 1, 2),
        (None, 0, 4),
        (1, 0, 5),
        (3, 0, 7),
        (1, 1, 7),
        (3, 1, 5),
    ],
)
def test_rotation_and_mirroring_become_an_orientation(
    turn: int | None, mirror: int | None, orientation: int
) -> None:
    properties = [ispe()]
    if turn is not None:
        properties.append(box(b"irot", bytes([turn])))
    if mirror is not None:
        properties.append(box(b"imir", bytes([mirror])))

    assert read(heif(properties)).orientation == orientation


def test_mirroring_before_rotation_reverses_the_rotation() -> None:
    properties = [ispe(), box(b"imir", b"\0"), box(b"irot", b"\1")]

    assert read(heif(properties)).orientation == 7


@pytest.mark.parametrize(
    ("turn", "tag", "orientation", "shown"),
    [
        (3, 6, 6, (30, 40)),
        (3, 1, 1, (30, 40)),
        (2, 6, 6, (40, 30)),
        (0, 6, 6, (40, 30)),
        (0, 1, 1, (40, 30)),
        (None, 6, 6, (30, 40)),
        (1, 9, 8, (30, 40)),
        (1, None, 8, (30, 40)),
        (0, None, None, (40, 30)),
        (None, None, None, (40, 30)),
    ],
)
def test_orientation_is_from_exif_and_display_size_from_the_container(
    turn: int | None, tag: int | None, orientation: int | None, shown: tuple[int, int]
) -> None:
    properties = [ispe()] if turn is None else [ispe(), box(b"irot", bytes([turn]))]
    block = b"" if tag is None else tiff({0x0112: (SHORT, [tag])})

    result = read(heif(properties, exif_block=block))

    assert result.orientation == orientation
    assert (result.display_width, result.display_height) == shown


def test_orientation_from_xmp_applies_only_without_a_rotation_in_the_container() -> None:
    packet = xmp('tiff:Orientation="6"')

    turned = read(heif([ispe(), box(b"irot", b"\2")], packet=packet))
    upright = read(heif([ispe(), box(b"irot", b"\0")], packet=packet))
    silent = read(heif([ispe()], packet=packet))

    assert (turned.orientation, turned.display_width) == (3, 40)
    assert (upright.orientation, upright.display_width) == (6, 40)
    assert (silent.orientation, silent.display_width) == (6, 30)


def test_display_size_is_after_cropping() -> None:
    aperture = box(b"clap", struct.pack(">8I", 37, 1, 23, 1, 0, 1, 0, 1))

    properties = read(heif([ispe(), aperture, box(b"irot", b"\1")]))

    assert (properties.width, properties.height) == (40, 30)
    assert (properties.display_width, properties.display_height) == (23, 37)


@pytest.mark.parametrize(
    ("properties", "bits"),
    [
        ([AV1_10_BIT], 10),
        ([box(b"av1C", b"\x81\x00\x60\x00")], 12),
        ([box(b"av1C", b"\x81\x00\x00\x00")], 8),
        ([HEVC_8_BIT], 8),
        ([AV1_10_BIT, full_box(b"pixi", b"\x03\x08\x08\x08")], 8),
        ([], None),
    ],
)
def test_bit_depth_is_from_pixel_information_or_decoder_configuration(
    properties: list[bytes], bits: int | None
) -> None:
    assert read(heif([ispe(), *properties])).bit_depth == bits


def test_auxiliary_alpha_item_means_alpha() -> None:
    properties = read(heif([ispe(), AV1_10_BIT], alpha=True))

    assert (properties.has_alpha, properties.color_mode) == (True, "RGBA")


@pytest.mark.parametrize(
    "gray", [box(b"av1C", b"\x81\x00\x10\x00"), box(b"hvcC", bytes(26))], ids=["av1", "hevc"]
)
def test_one_channel_is_grayscale(gray: bytes) -> None:
    assert read(heif([ispe(), gray])).color_mode == "L"
    assert read(heif([ispe(), gray], alpha=True)).color_mode == "LA"


@pytest.mark.parametrize("in_idat", [True, False])
def test_metadata_is_read_from_idat_and_from_mdat(
    in_idat: bool,  # noqa: FBT001 - a test parameter
) -> None:
    profile = box(b"colr", b"prof", icc("Display P3"))

    properties = read(heif([ispe(), profile], exif_block=exif(), packet=XMP, in_idat=in_idat))

    assert properties.camera_model == "Model One"
    assert properties.icc_profile == "Display P3"


def test_xmp_is_read_without_exif() -> None:
    assert read(heif([ispe()], packet=XMP)).camera_make == "Lightbox"


def test_meta_box_after_the_image_data_is_read() -> None:
    free = box(b"free", bytes(300_000))
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + 200_000) + bytes(200_000)
    source = BytesSource(heif([ispe(500, 400)], before_meta=free + large))

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert properties.width == 500
    assert source.fetched < 250_000


def _movie(samples: int, sizes: bytes | None = None) -> bytes:
    if sizes is None:
        sizes = struct.pack(f">II{samples}I", 0, samples, *[4] * samples)
    track = box(
        b"trak",
        full_box(b"tkhd", bytes(72), struct.pack(">II", 64 << 16, 48 << 16)),
        box(
            b"mdia",
            full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
            box(b"minf", box(b"stbl", full_box(b"stsz", sizes))),
        ),
    )
    sound = box(b"trak", box(b"mdia", full_box(b"hdlr", bytes(4), b"soun", bytes(13))))
    return box(b"moov", full_box(b"mvhd", bytes(96)), sound, track)


def test_frames_of_an_image_sequence_are_counted() -> None:
    still = heif([ispe()], brand=b"avis")

    properties = read(still + _movie(12))

    assert (properties.width, properties.frame_count) == (40, 12)


def test_frame_count_of_a_truncated_sequence_is_unknown() -> None:
    still, movie = heif([ispe()], brand=b"avis"), _movie(12)
    complete = still + movie + box(b"mdat", bytes(48))

    assert read(complete).frame_count == 12
    for length in range(len(still), len(still + movie)):
        assert read(complete[:length]).frame_count is None, length


@pytest.mark.parametrize(
    "sizes",
    [
        struct.pack(">II", 0, 2**32 - 1),
        struct.pack(">II2I", 0, 3, 4, 4),
        struct.pack(">II", 1000, 1000),
        b"",
    ],
    ids=["all-bits", "short-table", "more-than-the-file", "no-count"],
)
def test_frame_count_that_does_not_fit_into_the_file_is_unknown(sizes: bytes) -> None:
    still = heif([ispe()], brand=b"avis")

    assert read(still + _movie(0, sizes)).frame_count is None


def test_frames_of_one_size_are_counted() -> None:
    movie = _movie(0, struct.pack(">II", 4, 12))

    assert read(heif([ispe()], brand=b"avis") + movie + box(b"mdat", bytes(48))).frame_count == 12


@pytest.mark.parametrize("samples", [10_000, 2**32 - 1])
def test_frame_count_that_the_file_cannot_hold_is_unknown(samples: int) -> None:
    movie = _movie(0, struct.pack(">II", 0, samples))

    assert read(heif([ispe()], brand=b"avis") + movie).frame_count is None


def test_sequence_without_a_still_image_has_the_size_of_its_track() -> None:
    data = box(b"ftyp", b"hevc", bytes(4), b"msf1") + _movie(5)

    properties = read(data)

    assert (properties.format, properties.width, properties.height) == ("HEIC", 64, 48)
    assert properties.frame_count == 5


@pytest.mark.parametrize(
    "data",
    [
        heif([]),
        heif([ispe(0, 5)]),
        heif([ispe()])[:60],
        box(b"ftyp", b"avif", bytes(4)),
        box(b"ftyp", b"heic", bytes(4)) + full_box(b"meta"),
    ],
    ids=["no-size", "no-width", "cut", "nothing", "empty-meta"],
)
def test_file_without_an_image_size_is_unreadable(data: bytes) -> None:
    result = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(result, Unreadable)
    assert "without an image size" in result.reason


def test_movie_is_not_an_image() -> None:
    movie = box(b"ftyp", b"isom", bytes(4), b"mp41") + _movie(5)

    result = HeaderPropertyReader().read(BytesSource(movie))

    assert result == Unreadable(reason="not an image format that imgmeta reads")


def test_endless_boxes_are_unreadable_after_a_limit() -> None:
    source = SparseSource(
        10**12, {0: box(b"ftyp", b"avif", bytes(4)), 16: b"\0\0\0\x08free" * 50_000}
    )

    assert isinstance(HeaderPropertyReader().read(source), Unreadable)
    assert source.fetched < 300_000
