import struct

import pytest

from imgmeta.core.objects import ByteSource
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.raw_files import (
    COMPRESSION,
    DNG_VERSION,
    RAW_FORMATS,
    SUB_IFDS,
    SUBFILE_TYPE,
    arw,
    camera,
    cr2,
    hasselblad_3fr,
    iiq,
    image,
    nef,
    pef,
    phase_one,
    preview,
    raw_files,
    raw_tiff,
    rw2,
    sensor,
    srw,
)
from support.images.samples import (
    BYTE,
    CAMERA,
    EXPOSURE,
    LONG,
    SHORT,
    XMP,
    Fields,
    app1_exif,
    icc,
    jpeg,
    tiff,
)

WITH_PLACE = sorted(name for name in raw_files() if name != "arw-alpha-100")


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize("name", sorted(raw_files()))
def test_format_and_media_type_are_those_that_exiftool_names(name: str) -> None:
    properties = read(raw_files()[name])

    expected = name.partition("-")[0].upper()
    assert (properties.format, properties.mime_type) == (expected, RAW_FORMATS[expected])


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("cr2", (3456, 2304)),
        ("cr3", (6000, 4000)),
        ("nef", (6036, 4020)),
        ("nrw", (4032, 3024)),
        ("arw", (6048, 4024)),
        ("arw-alpha-100", (3872, 2592)),
        ("arw-alpha-330", (3872, 2592)),
        ("sr2", (6048, 4024)),
        ("dng", (4000, 3000)),
        ("orf", (4640, 3472)),
        ("orf-big-endian", (4640, 3472)),
        ("rw2", (3648, 2736)),
        ("raf", (4256, 1424)),
        ("pef", (7392, 4950)),
        ("srw", (5632, 3720)),
        ("3fr", (7410, 5586)),
        ("iiq", (7320, 5484)),
        ("iiq-without-exif", (7320, 5484)),
    ],
)
def test_size_is_that_of_the_full_image_as_exiftool_reports_it(
    name: str, size: tuple[int, int]
) -> None:
    properties = read(raw_files()[name])

    assert (properties.width, properties.height) == size
    assert properties.orientation == 6
    assert (properties.display_width, properties.display_height) == size[::-1]
    assert properties.frame_count == 1


@pytest.mark.parametrize("name", WITH_PLACE)
def test_camera_lens_date_and_place_are_read(name: str) -> None:
    properties = read(raw_files()[name])

    assert properties.camera_make
    assert properties.camera_model
    assert properties.lens_model == "Acme 50mm f/1.8"
    assert properties.iso == (80 if name == "rw2" else 400)
    assert str(properties.taken_at) == "2024-05-06 07:08:09.250000"
    assert properties.taken_at_offset == "+05:30"
    assert properties.taken_at_source == "EXIF:DateTimeOriginal"
    assert properties.latitude == pytest.approx(-33.875)
    assert properties.longitude == pytest.approx(151.2)
    assert properties.altitude == pytest.approx(-12.5)


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("nef", 14),
        ("nrw", 12),
        ("arw", 12),
        ("dng", 16),
        ("orf", 16),
        ("rw2", 12),
        ("srw", 12),
        ("pef", 14),
        ("cr2", None),
        ("cr3", None),
        ("raf", None),
        ("iiq", None),
        ("arw-alpha-100", None),
    ],
)
def test_bit_depth_is_that_of_the_sensor_data_and_never_of_a_preview(
    name: str, bits: int | None
) -> None:
    properties = read(raw_files()[name])

    assert properties.bit_depth == bits
    assert properties.color_mode is None
    assert properties.has_alpha is False


@pytest.mark.parametrize(
    "fields",
    [
        {**camera("NIKON CORPORATION"), **image(400, 300)},
        {**camera("NIKON"), **image(400, 300, subfile_type=0, compression=5)},
        {**camera("SONY"), **image(400, 300, subfile_type=0)},
        {**camera("Hasselblad"), **image(400, 300, photometric=5)},
        {**camera("PENTAX"), **image(400, 300, compression=7)},
        {**camera("SAMSUNG"), **image(400, 300)},
        {**camera("Acme"), **sensor(400, 300)},
    ],
    ids=["nikon", "nikon-scan", "sony", "hasselblad", "pentax", "samsung", "other-maker"],
)
def test_tiff_of_a_camera_maker_without_raw_data_stays_a_tiff(fields: Fields) -> None:
    properties = read(raw_tiff(fields, subdirectories=[preview()], exif_fields=EXPOSURE))

    assert (properties.format, properties.mime_type) == ("TIFF", "image/tiff")
    assert (properties.width, properties.height) == (400, 300)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (nef(compression=1), "NEF"),
        (nef("Nikon", 1), "NEF"),
        (pef(compression=1, make="PENTAX Corporation"), "PEF"),
        (pef(make="SAMSUNG TECHWIN"), "PEF"),
        (arw(compression=7), "ARW"),
        (arw(compression=1), "ARW"),
        (hasselblad_3fr(), "3FR"),
        (srw(), "SRW"),
    ],
    ids=[
        "uncompressed-nef",
        "short-nikon",
        "uncompressed-pef",
        "pef-of-samsung",
        "lossless-arw",
        "uncompressed-arw",
        "3fr",
        "srw",
    ],
)
def test_raw_data_and_the_maker_or_the_makers_compression_identify_the_format(
    data: bytes, expected: str
) -> None:
    assert read(data).format == expected


@pytest.mark.parametrize("make", ["NIKON CORPORATION", "SONY", "PENTAX", "SAMSUNG", "Acme"])
def test_dng_version_makes_a_file_of_any_maker_a_dng(make: str) -> None:
    data = raw_tiff(
        {**camera(make), **preview(), DNG_VERSION: (BYTE, [1, 4, 0, 0])},
        subdirectories=[sensor(4000, 3000)],
    )

    assert read(data).format == "DNG"


def test_dng_without_subdirectories_has_the_size_of_its_first_directory() -> None:
    data = tiff({**CAMERA, **sensor(4080, 3028), DNG_VERSION: (BYTE, [1, 4, 0, 0])})

    properties = read(data)

    assert (properties.format, properties.width, properties.height) == ("DNG", 4080, 3028)


def test_semantic_mask_and_preview_of_a_dng_are_not_its_size() -> None:
    data = raw_tiff(
        {**CAMERA, **image(4032, 3024, subfile_type=1), DNG_VERSION: (BYTE, [1, 4, 0, 0])},
        subdirectories=[image(2016, 1512, subfile_type=4), sensor(4040, 3030)],
    )

    assert read(data).width == 4040


@pytest.mark.parametrize(
    ("subfile_type", "orientation", "expected"),
    [(0, 8, 8), (0, 9, 6), (1, 8, 6)],
    ids=["full-size", "invalid", "preview"],
)
def test_orientation_of_the_full_size_directory_takes_precedence_as_in_exiftool(
    subfile_type: int, orientation: int, expected: int
) -> None:
    other: Fields = {
        **sensor(600, 400),
        SUBFILE_TYPE: (LONG, [subfile_type]),
        0x0112: (SHORT, [orientation]),
    }
    data = raw_tiff({**camera("NIKON"), **preview()}, subdirectories=[other])

    assert read(data).orientation == expected


def test_orientation_that_only_another_directory_states_is_read() -> None:
    first = {**camera("NIKON"), **preview(), 0x0112: (SHORT, [0])}
    data = raw_tiff(
        first,
        subdirectories=[preview(), sensor(600, 400), {**preview(), 0x0112: (SHORT, [3])}],
    )

    assert read(data).orientation == 3


def test_size_of_an_unmarked_image_is_that_of_the_first_directory_with_a_size() -> None:
    data = raw_tiff(
        {**camera("SAMSUNG"), SUBFILE_TYPE: (LONG, [1])},
        subdirectories=[{COMPRESSION: (SHORT, [32_770])}, image(5000, 4000), image(300, 200)],
    )

    assert (read(data).format, read(data).width) == ("SRW", 5000)


def test_sensor_data_in_a_later_page_identify_the_format() -> None:
    data = raw_tiff({**camera("SAMSUNG"), **preview()}, pages=[preview(), sensor(5000, 4000)])

    assert (read(data).format, read(data).width) == ("SRW", 5000)


def test_nrw_differs_from_a_nef_by_its_jpeg_thumbnail_or_the_camera() -> None:
    by_thumbnail = raw_tiff(
        {**camera("NIKON"), **preview(compression=6)}, subdirectories=[sensor(4000, 3000)]
    )
    by_camera = raw_tiff(
        {**camera("NIKON", "COOLPIX A"), **preview()}, subdirectories=[sensor(4000, 3000)]
    )

    assert read(by_thumbnail).format == "NRW"
    assert read(by_camera).format == "NRW"


def test_cr2_without_exif_size_has_the_size_of_its_first_image() -> None:
    data = raw_tiff(
        {**camera("Canon"), **image(5184, 3456, compression=6)}, note=b"CR\2\0" + bytes(4)
    )

    properties = read(data)

    assert (properties.format, properties.width, properties.height) == ("CR2", 5184, 3456)


def test_tiff_with_canons_signature_elsewhere_stays_a_tiff() -> None:
    data = raw_tiff(image(40, 30), note=b"\0\0CR\2\0" + bytes(2))

    assert read(data).format == "TIFF"


def test_big_endian_iiq_is_read() -> None:
    note = phase_one({1: 1, 0x10C: 6000, 0x10D: 4500}, ">")
    data = raw_tiff({**camera("Phase One"), **image(600, 450)}, note=note, order=">")

    properties = read(data)

    assert (properties.format, properties.width, properties.height) == ("IIQ", 6000, 4500)


@pytest.mark.parametrize(
    "note",
    [
        phase_one({0x10C: 6000}),
        phase_one({}),
        b"IIIICwaR" + b"\xff" * 4,
        b"IIIICwaR" + struct.pack("<I", 2**31),
    ],
    ids=["no-height", "no-entries", "largest-offset", "large-offset"],
)
def test_iiq_without_a_stated_size_has_that_of_its_first_image(note: bytes) -> None:
    properties = read(iiq({}, note))

    assert (properties.format, properties.width, properties.height) == ("IIQ", 1, 1)


def test_iiq_with_a_high_entry_count_is_read() -> None:
    note = bytearray(phase_one({0x10C: 6000, 0x10D: 4500}))
    struct.pack_into("<I", note, 32, 2**32 - 1)

    assert read(iiq({}, bytes(note))).width == 6000


def test_exif_data_in_the_jpeg_of_an_rw2_supplements_that_of_the_file() -> None:
    own = {0x9003: EXPOSURE[0x9003], 0x829D: EXPOSURE[0x829D]}
    other = tiff({**CAMERA, 0x0112: (SHORT, [3])}, exif={**EXPOSURE, 0x829D: (5, [(56, 10)])})

    properties = read(rw2(jpeg_exif=other, exif_fields=own))

    assert properties.f_number == 2.8
    assert properties.orientation == 6
    assert properties.camera_model == "DMC-LX3"
    assert properties.lens_model == "Acme 50mm f/1.8"


def test_iso_of_exif_takes_precedence_over_that_of_panasonic() -> None:
    assert read(rw2(exif_fields={0x8827: (SHORT, [160])})).iso == 160


@pytest.mark.parametrize("tag", [0x17, 0x2E, 0x0A])
def test_rw2_without_an_optional_tag_is_read(tag: int) -> None:
    data = bytearray(rw2())
    index = next(
        24 + 2 + 12 * entry
        for entry in range(14)
        if struct.unpack_from("<H", data, 24 + 2 + 12 * entry)[0] == tag
    )
    struct.pack_into("<H", data, index, 0x30)

    assert read(bytes(data)).width == 3648


def test_rw2_without_borders_is_unreadable() -> None:
    data = raw_tiff(camera("Panasonic"), magic=b"IIU\0")

    result = HeaderPropertyReader().read(BytesSource(data))

    assert result == Unreadable(reason="an RW2 without an image size")


def test_raw_file_without_any_size_is_unreadable() -> None:
    data = raw_tiff(
        {**camera("NIKON"), COMPRESSION: (SHORT, [34_713])},
        subdirectories=[{SUB_IFDS: (LONG, [9])}],
    )

    result = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("an NEF without an image size")


def test_raw_signature_without_a_directory_is_unreadable() -> None:
    result = HeaderPropertyReader().read(BytesSource(b"IIRO" + bytes(60)))

    assert result == Unreadable(reason="an ORF without an image file directory")


def test_xmp_and_icc_profile_of_a_raw_file_are_read() -> None:
    data = raw_tiff({**image(4640, 3472), 700: (BYTE, XMP), 34675: (7, icc("Gray"))}, magic=b"IIRO")

    properties = read(data)

    assert properties.camera_make == "Lightbox"
    assert properties.icc_profile == "Gray"


def test_circular_subdirectories_are_read_once() -> None:
    pointer = struct.pack("<HHI", SUB_IFDS, LONG, 1)
    data = raw_tiff({**camera("NIKON"), **preview()}, subdirectories=[sensor(600, 400)])
    circular = data.replace(
        pointer + struct.pack("<I", data.index(struct.pack("<HHI", SUBFILE_TYPE, LONG, 1), 20) - 2),
        pointer + struct.pack("<I", 8),
    )

    assert circular != data
    assert read(data).format == "NEF"
    assert read(circular).format == "TIFF"


def test_number_of_directories_is_limited() -> None:
    data = raw_tiff({**camera("NIKON"), **preview()}, pages=[preview()] * 40 + [sensor(600, 400)])

    assert read(data).format == "TIFF"


@pytest.mark.parametrize("name", sorted(raw_files()))
def test_raw_file_of_80_megabytes_is_read_in_at_most_three_requests(name: str) -> None:
    source = SparseSource(80_000_000, {0: raw_files()[name]})

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert len(source.ranges) <= 3
    assert source.fetched <= 320 * 1024


def test_phase_one_directory_after_the_pixels_takes_one_more_request() -> None:
    data = bytearray(iiq({}))
    struct.pack_into("<I", data, 16, 60_000_000 - 8)
    table = struct.pack("<II", 2, 0) + struct.pack("<8I", 0x10C, 4, 4, 7320, 0x10D, 4, 4, 5484)
    source = SparseSource(60_001_000, {0: bytes(data), 60_000_000: table})

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert (properties.width, properties.height) == (7320, 5484)
    assert len(source.ranges) == 2


class UnusedReader:
    """A fallback that must not be called."""

    version = 1

    def read(self, content: ByteSource) -> Unreadable:
        pytest.fail(f"{content.size} bytes were passed to the fallback")


@pytest.mark.parametrize("name", sorted(raw_files()))
def test_raw_file_is_never_read_by_the_fallback(name: str) -> None:
    reader = HeaderPropertyReader(UnusedReader())

    assert isinstance(reader.read(BytesSource(raw_files()[name])), ImageProperties)
    assert isinstance(reader.read(BytesSource(raw_files()[name][:20])), Unreadable)


def test_reason_for_a_truncated_raw_file_names_its_format() -> None:
    result = HeaderPropertyReader().read(BytesSource(cr2()[:20]))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("a CR2 ")


def test_exif_block_with_a_dng_version_does_not_change_a_jpeg() -> None:
    block = tiff({**CAMERA, DNG_VERSION: (BYTE, [1, 4, 0, 0])})

    assert read(jpeg(app1_exif(block))).format == "JPEG"
