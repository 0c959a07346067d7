import pytest

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.jxl_codestream import read_codestream
from imgmeta.formats.window import DamagedError
from support.images.jxl_files import ALPHA_CHANNEL, Bits, codestream, metadata_fields, size_fields

RATIO_FIELDS = [
    (1, (1200, 1200)),
    (2, (1440, 1200)),
    (3, (1600, 1200)),
    (4, (1800, 1200)),
    (5, (2133, 1200)),
    (6, (1500, 1200)),
    (7, (2400, 1200)),
]
GRAY: tuple[Bits, ...] = ((0, 1), (0, 1), (1, 2))
RGB_WITH_PROFILE: tuple[Bits, ...] = ((0, 1), (1, 1), (0, 2))


def parse(data: bytes) -> ImageHeader:
    header = ImageHeader("JXL", "image/jxl")
    read_codestream(data, header)
    return header


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        (((1, 1), (3, 5), (0, 3), (31, 5)), (256, 32)),
        (((1, 1), (0, 5), (1, 3)), (8, 8)),
        (((0, 1), (0, 2), (129, 9), (0, 3), (0, 2), (199, 9)), (200, 130)),
        (((0, 1), (1, 2), (0, 13), (0, 3), (2, 2), (70_000, 18)), (70_001, 1)),
        (((0, 1), (3, 2), (2**30 - 1, 30), (0, 3), (3, 2), (0, 30)), (1, 2**30)),
    ],
    ids=["blocks", "square-block", "9-bits", "18-bits", "30-bits"],
)
def test_size_is_read_from_fields_of_any_length(
    fields: tuple[Bits, ...], size: tuple[int, int]
) -> None:
    header = parse(codestream(size=fields))

    assert (header.width, header.height) == size


@pytest.mark.parametrize(("ratio", "size"), RATIO_FIELDS)
def test_width_follows_from_the_height_and_a_ratio(ratio: int, size: tuple[int, int]) -> None:
    header = parse(codestream(size=((0, 1), (1, 2), (1199, 13), (ratio, 3))))

    assert (header.width, header.height) == size


def test_default_metadata_means_8_bit_rgb() -> None:
    header = parse(codestream())

    assert (header.color_mode, header.bit_depth, header.has_alpha) == ("RGB", 8, False)
    assert (header.orientation, header.frame_count) == (1, 1)


@pytest.mark.parametrize(
    ("depth", "bits"),
    [
        (((0, 1), (0, 2)), 8),
        (((0, 1), (1, 2)), 10),
        (((0, 1), (2, 2)), 12),
        (((0, 1), (3, 2), (15, 6)), 16),
        (((1, 1), (0, 2), (7, 4)), 32),
        (((1, 1), (1, 2), (4, 4)), 16),
    ],
)
def test_bit_depth_may_be_of_integers_or_floats(depth: tuple[Bits, ...], bits: int) -> None:
    assert parse(codestream(*metadata_fields(depth=depth))).bit_depth == bits


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_read_after_optional_sizes(orientation: int) -> None:
    without = ((1, 1), (orientation - 1, 3), (0, 1), (0, 1), (0, 1))
    preview_in_blocks = ((1, 1), (2, 2), (4, 5), (0, 3), (0, 2))
    preview = ((0, 1), (1, 2), (9, 8), (1, 3))
    both = [
        ((1, 1), (orientation - 1, 3), (1, 1), *size_fields(9, 9), (1, 1), *sizes, (0, 1))
        for sizes in (preview_in_blocks, preview)
    ]
    for extra in (without, *both):
        header = parse(codestream(*metadata_fields(extra=extra, color=GRAY)))

        assert header.orientation == orientation
        assert header.color_mode == "L"


def test_frame_count_of_an_animation_is_unknown() -> None:
    timing = ((0, 2), (3, 2), (9, 10), (1, 2), (0, 3), (0, 1))
    extra = ((1, 1), (0, 3), (0, 1), (0, 1), (1, 1), *timing)

    header = parse(codestream(*metadata_fields(extra=extra, color=GRAY)))

    assert header.frame_count is None
    assert header.color_mode == "L"


@pytest.mark.parametrize(
    ("channels", "color", "mode"),
    [
        (((0, 2),), ((1, 1),), "RGB"),
        (((0, 2),), RGB_WITH_PROFILE, "RGB"),
        (((0, 2),), GRAY, "L"),
        (((1, 2), *ALPHA_CHANNEL), ((1, 1),), "RGBA"),
        (((1, 2), *ALPHA_CHANNEL), GRAY, "LA"),
        (((1, 2), (0, 1), (0, 2), (0, 1), (0, 2), (0, 2), (0, 2), (1, 1)), GRAY, "LA"),
        (((1, 2), (0, 1), (1, 2), (0, 1), (0, 2), (3, 2), (2, 3), (0, 2)), GRAY, "L"),
        (
            ((1, 2), (0, 1), (2, 2), (0, 4), (0, 1), (0, 2), (0, 2), (0, 2), (0, 64)),
            GRAY,
            "L",
        ),
        (
            ((1, 2), (0, 1), (2, 2), (2, 4), (0, 1), (0, 2), (0, 2), (1, 2), (2, 4), (0, 16)),
            RGB_WITH_PROFILE,
            "CMYK",
        ),
        (
            ((1, 2), (0, 1), (2, 2), (3, 4), (0, 1), (0, 2), (0, 2), (0, 2), (2, 2), (5, 4)),
            GRAY,
            "L",
        ),
        (((2, 2), (0, 4), *ALPHA_CHANNEL, *ALPHA_CHANNEL), GRAY, "LA"),
    ],
    ids=[
        "rgb",
        "profile",
        "gray",
        "alpha",
        "gray-alpha",
        "premultiplied-alpha",
        "depth",
        "spot-color",
        "named-black",
        "cfa",
        "two-channels",
    ],
)
def test_color_mode_depends_on_the_color_space_and_extra_channels(
    channels: tuple[Bits, ...], color: tuple[Bits, ...], mode: str
) -> None:
    header = parse(codestream(*metadata_fields(channels=channels, color=color)))

    assert header.color_mode == mode
    assert header.has_alpha is mode.endswith("A")


def test_size_is_kept_when_the_metadata_is_incomplete() -> None:
    data = codestream(*metadata_fields(channels=((3, 2), (4095, 12))))
    header = ImageHeader("JXL", "image/jxl")

    with pytest.raises(DamagedError, match="incomplete header"):
        read_codestream(data, header)

    assert (header.width, header.height) == (40, 30)
    assert header.has_alpha is None
