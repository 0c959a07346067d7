import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from support.images.byte_sources import Bytes
from support.images.samples import (
    CAMERA,
    PICTURE_INFO,
    RECONYX,
    SCAN,
    UNDEFINED,
    XMP,
    app1_exif,
    app1_xmp,
    canon,
    exif,
    frame,
    icc,
    jpeg,
    segment,
    tiff,
)


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(Bytes(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize("marker", sorted(set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}))
def test_the_size_is_in_any_kind_of_frame_header(marker: int) -> None:
    properties = read(jpeg(end=frame(300, 200, marker=marker) + SCAN))

    assert (properties.width, properties.height) == (300, 200)


@pytest.mark.parametrize("marker", [0xC4, 0xC8, 0xCC])
def test_tables_are_no_frame_headers(marker: int) -> None:
    assert read(jpeg(frame(9, 9, marker=marker))).width == 40


def test_the_first_of_two_frame_headers_counts() -> None:
    assert read(jpeg(end=frame(40, 30) + frame(4, 3) + SCAN)).width == 40


@pytest.mark.parametrize(("components", "mode"), [(1, "L"), (3, "RGB"), (4, "CMYK"), (2, None)])
def test_the_color_mode_follows_from_the_components(components: int, mode: str | None) -> None:
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
def test_garbage_between_segments_is_passed_over(garbage: bytes) -> None:
    properties = read(jpeg(garbage, app1_exif(exif()), garbage))

    assert properties.width == 40
    assert properties.camera_model == "Model One"


def test_segments_between_the_frame_header_and_the_scan_are_read() -> None:
    assert read(jpeg(end=frame() + app1_exif(exif()) + SCAN)).camera_model == "Model One"


def test_a_file_that_ends_behind_its_frame_header_is_an_image() -> None:
    assert read(jpeg(app1_exif(exif()), end=frame())).camera_model == "Model One"


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8\xff\xd9", jpeg(end=SCAN), jpeg(end=frame(0, 5)), jpeg(end=frame()[:8])],
    ids=["empty", "no-frame", "no-width", "half-a-frame"],
)
def test_without_a_size_it_is_unreadable(data: bytes) -> None:
    result = HeaderPropertyReader().read(Bytes(data))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("a JPEG without a frame header")


def test_the_reason_says_where_a_file_is_cut_short() -> None:
    data = jpeg(app1_exif(exif()))[:200]

    result = HeaderPropertyReader().read(Bytes(data))

    assert result == Unreadable(reason="a JPEG without a frame header (cut short after 200 bytes)")


def test_exif_counts_before_xmp_which_fills_in_what_it_does_not_say() -> None:
    block = tiff({0x010F: CAMERA[0x010F]})

    properties = read(jpeg(app1_xmp(XMP), app1_exif(block)))

    assert properties.camera_make == "Acme Corporation"
    assert properties.latitude == pytest.approx(39 + 3.08 / 60)
    assert properties.taken_at_source == "XMP:exif:DateTimeOriginal"


JFIF = segment(0xE0, b"JFIF\0\1\2\1\0\x48\0\x48\0\0")
CIFF = segment(0xE0, canon())
TEXT = segment(0xEC, PICTURE_INFO)


def test_canon_s_block_from_before_exif_says_what_the_camera_was() -> None:
    properties = read(jpeg(JFIF, CIFF))

    assert (properties.camera_make, properties.camera_model) == ("Canon", "Canon PowerShot A5")
    assert properties.taken_at_source == "CIFF:TimeStamp"
    assert properties.taken_at_utc is None


def test_the_text_of_an_app12_segment_says_when() -> None:
    properties = read(jpeg(JFIF, segment(0xEC, b"Ducky\0\1\0\4FNumber=F9"), TEXT))

    assert properties.taken_at_source == "APP12:TimeDate"
    assert properties.f_number == 2.8


def test_a_trail_camera_s_note_counts_before_xmp() -> None:
    note = app1_exif(tiff({}, exif={0x927C: (UNDEFINED, RECONYX)}))

    properties = read(jpeg(note, app1_xmp(XMP)))

    assert properties.taken_at_source == "MakerNotes:DateTimeOriginal"
    assert properties.taken_at_offset is None
    assert properties.camera_make == "Lightbox"


@pytest.mark.parametrize("last", [0, 1, 2, 3])
def test_exif_counts_before_ciff_xmp_and_text_wherever_they_stand(last: int) -> None:
    segments = [app1_exif(exif()), CIFF, app1_xmp(XMP), TEXT]

    everything = read(jpeg(*segments[last:], *segments[:last]))

    assert everything == read(jpeg(app1_exif(exif()), app1_xmp(XMP)))
    assert everything.taken_at_source == "EXIF:DateTimeOriginal"


@pytest.mark.parametrize("last", [0, 1, 2])
def test_ciff_counts_before_xmp_and_xmp_before_text(last: int) -> None:
    segments = [CIFF, app1_xmp(XMP), TEXT]

    everything = read(jpeg(*segments[last:], *segments[:last]))
    without_ciff = read(jpeg(*segments[1:]))

    assert (everything.camera_make, everything.camera_model) == ("Canon", "Canon PowerShot A5")
    assert (everything.taken_at_source, everything.taken_at_offset) == ("CIFF:TimeStamp", None)
    assert (without_ciff.camera_make, without_ciff.camera_model) == ("Lightbox", "D-320L")
    assert without_ciff.taken_at_source == "XMP:exif:DateTimeOriginal"
    assert everything.f_number == without_ciff.f_number == 2.8


def test_of_two_exif_blocks_the_later_counts_but_for_the_orientation() -> None:
    first = tiff({0x010F: (2, b"First\0"), 0x0110: (2, b"Only\0"), 0x0112: (3, [3])})
    second = tiff({0x010F: (2, b"Second\0"), 0x0112: (3, [6])})

    properties = read(jpeg(app1_exif(first), app1_exif(second)))

    assert properties.camera_make == "Second"
    assert properties.camera_model == "Only"
    assert properties.orientation == 3


def test_an_exif_block_goes_on_in_the_next_segment() -> None:
    block = exif()

    properties = read(jpeg(app1_exif(block[:60]), app1_exif(block[60:])))

    assert properties.camera_model == "Model One"
    assert properties.iso == 400


@pytest.mark.parametrize("prefix", [b"Exif\0\xff", b"EXIF\0\0", b"\0\0Exif\0\0"])
def test_exif_is_known_by_its_name_however_it_is_written(prefix: bytes) -> None:
    assert read(jpeg(segment(0xE1, prefix + exif()))).camera_model == "Model One"


def test_a_color_profile_in_parts_is_put_together_in_their_order() -> None:
    profile = icc("A Profile in Parts")
    parts = [
        segment(0xE2, b"ICC_PROFILE\0\x02\x02" + profile[150:]),
        segment(0xE2, b"ICC_PROFILE\0\x01\x02" + profile[:150]),
        segment(0xE2, b"MPF\0" + bytes(20)),
    ]

    assert read(jpeg(*parts)).icc_profile == "A Profile in Parts"


def test_segments_beyond_the_first_block_are_read() -> None:
    padding = segment(0xED, bytes(65_000))

    properties = read(jpeg(*[padding] * 6, app1_exif(exif())))

    assert properties.camera_model == "Model One"
    assert properties.width == 40
