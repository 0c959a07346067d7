import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import MAX_FETCHED, MAX_REQUESTS
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import (
    APP12_TEXT,
    CAMERA,
    RECONYX,
    SCAN,
    UNDEFINED,
    XMP,
    app1_exif,
    app1_xmp,
    canon_ciff,
    exif,
    frame,
    icc,
    jpeg,
    segment,
    tiff,
)


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize("marker", sorted(set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}))
def test_size_is_read_from_every_kind_of_frame_header(marker: int) -> None:
    properties = read(jpeg(end=frame(300, 200, marker=marker) + SCAN))

    assert (properties.width, properties.height) == (300, 200)


@pytest.mark.parametrize("marker", [0xC4, 0xC8, 0xCC])
def test_tables_are_not_read_as_frame_headers(marker: int) -> None:
    assert read(jpeg(frame(9, 9, marker=marker))).width == 40


def test_first_of_two_frame_headers_is_used() -> None:
    assert read(jpeg(end=frame(40, 30) + frame(4, 3) + SCAN)).width == 40


@pytest.mark.parametrize(("components", "mode"), [(1, "L"), (3, "RGB"), (4, "CMYK"), (2, None)])
def test_color_mode_depends_on_the_number_of_components(components: int, mode: str | None) -> None:
    assert read(jpeg(end=frame(components=components) + SCAN)).color_mode == mode


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\xff\xff",
        b"\0",
        b"junk",
        b"\xff\0",
        b"\xff\xd0\xff\x01",
        bytes(10_000),
        b"\xff\xe1\0\0",
    ],
    ids=["fill", "nul", "text", "stuffed", "standalone", "long", "no-length"],
)
def test_garbage_between_segments_is_skipped(garbage: bytes) -> None:
    properties = read(jpeg(garbage, app1_exif(exif()), garbage))

    assert properties.width == 40
    assert properties.camera_model == "Model One"


def test_segments_between_frame_header_and_scan_are_read() -> None:
    assert read(jpeg(end=frame() + app1_exif(exif()) + SCAN)).camera_model == "Model One"


def test_file_that_ends_after_its_frame_header_is_readable() -> None:
    assert read(jpeg(app1_exif(exif()), end=frame())).camera_model == "Model One"


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8\xff\xd9", jpeg(end=SCAN), jpeg(end=frame(0, 5)), jpeg(end=frame()[:8])],
    ids=["empty", "no-frame", "no-width", "half-a-frame"],
)
def test_file_without_an_image_size_is_unreadable(data: bytes) -> None:
    result = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("a JPEG without a frame header")


def test_reason_contains_the_length_of_a_truncated_file() -> None:
    data = jpeg(app1_exif(exif()))[:200]

    result = HeaderPropertyReader().read(BytesSource(data))

    assert result == Unreadable(reason="a JPEG without a frame header (cut short after 200 bytes)")


def test_xmp_supplies_only_values_missing_from_exif() -> None:
    block = tiff({0x010F: CAMERA[0x010F]})

    properties = read(jpeg(app1_xmp(XMP), app1_exif(block)))

    assert properties.camera_make == "Acme Corporation"
    assert properties.latitude == pytest.approx(39 + 3.08 / 60)
    assert properties.taken_at_source == "XMP:exif:DateTimeOriginal"


JFIF = segment(0xE0, b"JFIF\0\1\2\1\0\x48\0\x48\0\0")
CIFF = segment(0xE0, canon_ciff())
APP12 = segment(0xEC, APP12_TEXT)


def test_ciff_block_is_read() -> None:
    properties = read(jpeg(JFIF, CIFF))

    assert (properties.camera_make, properties.camera_model) == ("Canon", "Canon PowerShot A5")
    assert properties.taken_at_source == "CIFF:TimeStamp"
    assert properties.taken_at_utc is None


def test_app12_text_is_read() -> None:
    properties = read(jpeg(JFIF, segment(0xEC, b"Ducky\0\1\0\4FNumber=F9"), APP12))

    assert properties.taken_at_source == "APP12:TimeDate"
    assert properties.f_number == 2.8


def test_reconyx_maker_note_takes_precedence_over_xmp() -> None:
    note = app1_exif(tiff({}, exif={0x927C: (UNDEFINED, RECONYX)}))

    properties = read(jpeg(note, app1_xmp(XMP)))

    assert properties.taken_at_source == "MakerNotes:DateTimeOriginal"
    assert properties.taken_at_offset is None
    assert properties.camera_make == "Lightbox"


@pytest.mark.parametrize("last", [0, 1, 2, 3])
def test_exif_takes_precedence_over_ciff_xmp_and_app12_in_any_order(last: int) -> None:
    segments = [app1_exif(exif()), CIFF, app1_xmp(XMP), APP12]

    merged = read(jpeg(*segments[last:], *segments[:last]))

    assert merged == read(jpeg(app1_exif(exif()), app1_xmp(XMP)))
    assert merged.taken_at_source == "EXIF:DateTimeOriginal"


@pytest.mark.parametrize("last", [0, 1, 2])
def test_ciff_takes_precedence_over_xmp_and_xmp_over_app12(last: int) -> None:
    segments = [CIFF, app1_xmp(XMP), APP12]

    merged = read(jpeg(*segments[last:], *segments[:last]))
    without_ciff = read(jpeg(*segments[1:]))

    assert (merged.camera_make, merged.camera_model) == ("Canon", "Canon PowerShot A5")
    assert (merged.taken_at_source, merged.taken_at_offset) == ("CIFF:TimeStamp", None)
    assert (without_ciff.camera_make, without_ciff.camera_model) == ("Lightbox", "D-320L")
    assert without_ciff.taken_at_source == "XMP:exif:DateTimeOriginal"
    assert merged.f_number == without_ciff.f_number == 2.8


def test_second_exif_block_takes_precedence_except_for_the_orientation() -> None:
    first = tiff({0x010F: (2, b"First\0"), 0x0110: (2, b"Only\0"), 0x0112: (3, [3])})
    second = tiff({0x010F: (2, b"Second\0"), 0x0112: (3, [6])})

    properties = read(jpeg(app1_exif(first), app1_exif(second)))

    assert properties.camera_make == "Second"
    assert properties.camera_model == "Only"
    assert properties.orientation == 3


def test_exif_block_continues_in_the_next_segment() -> None:
    block = exif()

    properties = read(jpeg(app1_exif(block[:60]), app1_exif(block[60:])))

    assert properties.camera_model == "Model One"
    assert properties.iso == 400


@pytest.mark.parametrize("prefix", [b"Exif\0\xff", b"EXIF\0\0", b"\0\0Exif\0\0"])
def test_variants_of_the_exif_identifier_are_recognized(prefix: bytes) -> None:
    assert read(jpeg(segment(0xE1, prefix + exif()))).camera_model == "Model One"


def test_parts_of_an_icc_profile_are_joined_by_their_numbers() -> None:
    profile = icc("A Profile in Parts")
    parts = [
        segment(0xE2, b"ICC_PROFILE\0\x02\x02" + profile[150:]),
        segment(0xE2, b"ICC_PROFILE\0\x01\x02" + profile[:150]),
        segment(0xE2, b"MPF\0" + bytes(20)),
    ]

    assert read(jpeg(*parts)).icc_profile == "A Profile in Parts"


def test_segments_after_the_first_fetched_block_are_read() -> None:
    padding = segment(0xED, bytes(65_000))

    properties = read(jpeg(*[padding] * 6, app1_exif(exif())))

    assert properties.camera_model == "Model One"
    assert properties.width == 40


@pytest.mark.parametrize("count", [5000, 90_000])
def test_small_segments_before_the_metadata_are_skipped(count: int) -> None:
    source = BytesSource(jpeg(segment(0xEF, bytes(60)) * count, app1_exif(exif())))

    result = HeaderPropertyReader().read(source)

    assert isinstance(result, ImageProperties)
    assert (result.width, result.camera_model) == (40, "Model One")
    assert source.fetched <= MAX_FETCHED
    assert len(source.ranges) <= min(MAX_REQUESTS, 2 + len(source.data) // 100_000)


def test_number_of_segments_is_limited() -> None:
    result = HeaderPropertyReader().read(BytesSource(jpeg(segment(0xEF, b"") * 1_000_000)))

    assert isinstance(result, Unreadable)


def test_exif_segments_are_joined_a_limited_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lengths: list[int] = []
    monkeypatch.setattr(ImageHeader, "add_exif", lambda _, block: lengths.append(len(block)))
    parts = [app1_exif(bytes(65_000))] * 15 + [app1_exif(bytes(2))] * 50_000

    read(jpeg(*parts))

    assert sum(lengths) < MAX_FETCHED


def test_icc_profile_is_read_from_a_file_that_ends_before_the_scan() -> None:
    profile = segment(0xE2, b"ICC_PROFILE\0\x01\x01" + icc())

    assert read(jpeg(profile, end=frame())).icc_profile == "A Profile"
