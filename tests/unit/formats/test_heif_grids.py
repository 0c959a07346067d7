"""Images that are derived from other images of the same file, such as a grid of tiles."""

import struct
from collections.abc import Mapping, Sequence

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import ALPHA, AV1_10_BIT, HEVC_8_BIT, box, full_box, icc, ispe

SIZE, TILE_SIZE = ispe(80, 60), ispe(40, 30)
ICC = box(b"colr", b"prof", icc("Display P3"))
OTHER_ICC = box(b"colr", b"prof", icc("A Gain Map"))
NCLX = box(b"colr", b"nclx", struct.pack(">HHHB", 1, 13, 6, 0x80))
PIXI_10_BIT = full_box(b"pixi", b"\3\x0a\x0a\x0a")
AV1_GRAY = box(b"av1C", b"\x81\x00\x10\x00")


def image_file(
    items: Mapping[int, bytes],
    properties: Mapping[int, Sequence[bytes]],
    references: Sequence[tuple[bytes, int, Sequence[int]]],
    *,
    brands: Sequence[bytes] = (b"mif1", b"heic"),
) -> bytes:
    """Return a file of these items, their properties and references; item 1 is the primary one."""
    shared = [data for values in properties.values() for data in values]
    associations, number = b"", 1
    for item, values in properties.items():
        numbers = range(number, number + len(values))
        associations += struct.pack(">HB", item, len(values)) + bytes(numbers)
        number += len(values)
    return box(b"ftyp", brands[0], bytes(4), *brands) + full_box(
        b"meta",
        full_box(b"pitm", struct.pack(">H", 1)),
        full_box(
            b"iinf",
            struct.pack(">H", len(items)),
            *(
                full_box(b"infe", struct.pack(">HH", item, 0), kind, b"\0", version=2)
                for item, kind in items.items()
            ),
        ),
        full_box(
            b"iref",
            *(
                box(kind, struct.pack(f">HH{len(to)}H", source, len(to), *to))
                for kind, source, to in references
            ),
        ),
        box(
            b"iprp",
            box(b"ipco", *shared),
            full_box(b"ipma", struct.pack(">I", len(properties)), associations),
        ),
    )


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


def grid(
    *tiles: Sequence[bytes],
    own: Sequence[bytes] = (),
    kind: bytes = b"hvc1",
    brands: Sequence[bytes] = (b"mif1", b"heic"),
) -> bytes:
    """Return a grid with these properties and tiles with these."""
    numbers = range(2, 2 + len(tiles))
    return image_file(
        {1: b"grid", **dict.fromkeys(numbers, kind)},
        {1: [SIZE, *own]} | {n: [TILE_SIZE, *tile] for n, tile in zip(numbers, tiles, strict=True)},
        [(b"dimg", 1, numbers)],
        brands=brands,
    )


def test_icc_profile_of_the_tiles_is_that_of_the_grid() -> None:
    properties = read(grid([HEVC_8_BIT, ICC], [HEVC_8_BIT, ICC]))

    assert properties.icc_profile == "Display P3"
    assert (properties.width, properties.height) == (80, 60)


def test_first_tile_with_an_icc_profile_counts() -> None:
    properties = read(grid([HEVC_8_BIT, NCLX], [HEVC_8_BIT, ICC], [HEVC_8_BIT, OTHER_ICC]))

    assert properties.icc_profile == "Display P3"


def test_icc_profile_of_the_grid_takes_precedence_over_those_of_its_tiles() -> None:
    assert read(grid([HEVC_8_BIT, OTHER_ICC], own=[ICC])).icc_profile == "Display P3"


def test_icc_profile_of_an_unrelated_image_does_not_count() -> None:
    data = image_file(
        {1: b"hvc1", 2: b"hvc1"},
        {1: [SIZE, HEVC_8_BIT], 2: [TILE_SIZE, HEVC_8_BIT, ICC]},
        [(b"thmb", 2, [1])],
    )

    assert read(data).icc_profile is None


def test_properties_are_found_through_several_derivations() -> None:
    data = image_file(
        {1: b"iden", 2: b"grid", 3: b"av01"},
        {1: [SIZE], 2: [SIZE], 3: [TILE_SIZE, AV1_10_BIT, ICC]},
        [(b"dimg", 1, [2]), (b"dimg", 2, [3, 3])],
        brands=[b"mif1"],
    )

    properties = read(data)

    assert (properties.format, properties.bit_depth) == ("AVIF", 10)
    assert properties.icc_profile == "Display P3"


def test_gain_map_does_not_describe_a_tone_mapped_image() -> None:
    data = image_file(
        {1: b"tmap", 2: b"hvc1", 3: b"hvc1"},
        {1: [SIZE], 2: [SIZE, HEVC_8_BIT], 3: [TILE_SIZE, HEVC_8_BIT, OTHER_ICC]},
        [(b"dimg", 1, [2, 3])],
    )

    properties = read(data)

    assert (properties.bit_depth, properties.icc_profile) == (8, None)


def test_image_that_is_derived_from_itself_is_readable() -> None:
    data = image_file(
        {1: b"grid", 2: b"grid"},
        {1: [SIZE, ICC], 2: [TILE_SIZE]},
        [(b"dimg", 1, [2, 1]), (b"dimg", 2, [1, 2])],
    )

    assert read(data).icc_profile == "Display P3"


@pytest.mark.parametrize(
    ("own", "tile", "bits"),
    [
        ([PIXI_10_BIT], [HEVC_8_BIT], 10),
        ([], [AV1_10_BIT], 10),
        ([], [PIXI_10_BIT], 10),
        ([], [], None),
    ],
    ids=["grid", "tile-coding", "tile-pixi", "unknown"],
)
def test_bit_depth_of_the_tiles_is_that_of_a_grid_without_one(
    own: list[bytes], tile: list[bytes], bits: int | None
) -> None:
    assert read(grid(tile, own=own)).bit_depth == bits


def test_color_mode_is_that_of_the_first_tile_with_a_decoder_configuration() -> None:
    assert read(grid([], [AV1_GRAY])).color_mode == "L"


@pytest.mark.parametrize(
    ("targets", "alpha"), [([1], True), ([2], True), ([3], True), ([5], False)], ids=repr
)
def test_alpha_image_of_the_grid_or_of_a_tile_means_alpha(targets: list[int], alpha: bool) -> None:  # noqa: FBT001 - a test parameter
    data = image_file(
        {1: b"grid", 2: b"av01", 3: b"av01", 4: b"av01", 5: b"av01"},
        {1: [SIZE], 2: [AV1_10_BIT], 3: [AV1_10_BIT], 4: [AV1_10_BIT, ALPHA], 5: [AV1_10_BIT]},
        [(b"dimg", 1, [2, 3]), (b"auxl", 4, targets), (b"thmb", 5, [1])],
    )

    properties = read(data)

    assert properties.has_alpha is alpha
    assert properties.color_mode == ("RGBA" if alpha else "RGB")


@pytest.mark.parametrize(
    ("kind", "brands", "expected"),
    [
        (b"av01", [b"mif1", b"miaf"], "AVIF"),
        (b"av01", [b"miaf"], "AVIF"),
        (b"av01", [b"mif1", b"avif"], "AVIF"),
        (b"av01", [b"mif1", b"heic"], "HEIC"),
        (b"hvc1", [b"mif1", b"miaf"], "HEIC"),
        (b"hvc1", [b"mif1", b"avif"], "AVIF"),
    ],
)
def test_tiles_determine_the_format_of_a_grid_if_no_brand_does(
    kind: bytes, brands: list[bytes], expected: str
) -> None:
    properties = read(grid([], kind=kind, brands=brands))

    assert properties.format == expected
    assert properties.mime_type == f"image/{expected.lower()}"
