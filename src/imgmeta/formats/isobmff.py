"""AVIF and HEIC: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (HEIF), the AV1 Image File Format."""

import struct
from collections.abc import Iterable

from imgmeta.formats.boxes import Box, child_boxes, exif_block, top_level_boxes, track_size
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.heif_items import HeifItems
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.signatures import HEVC_BRANDS, brands_of
from imgmeta.formats.window import Window

__all__ = ["read_isobmff"]

_SEQUENCE_BRANDS = frozenset({b"avis", b"msf1", b"hevc", b"hevx", b"hevm", b"hevs"})
_CODINGS = frozenset({b"av1C", b"hvcC"})
_PROFILES = frozenset({b"prof", b"rICC"})
_Properties = list[tuple[bytes, bytes]]
_MAX_HEADER = 1024 * 1024
_MAX_PROFILE = 256 * 1024
_MAX_EXIF = 1024 * 1024
_CLOCKWISE = {0: 1, 1: 8, 2: 3, 3: 6}
_MIRRORED = {
    (0, 0): 4, (1, 0): 5, (2, 0): 2, (3, 0): 7,
    (0, 1): 2, (1, 1): 7, (2, 1): 4, (3, 1): 5,
}  # fmt: skip


def read_isobmff(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the primary image's properties; image data is skipped.

    Raises:
        DamagedError: the window's budget is spent.
        TransientError: from the source.
    """
    brands: frozenset[bytes] = frozenset()
    parsed: set[bytes] = set()
    is_sequence = complete = False
    for kind, start, length in top_level_boxes(window):
        complete = start + length <= window.size
        if kind == b"ftyp":
            brands = brands_of(window.read(start, min(length, 256)))
            is_sequence = not brands.isdisjoint(_SEQUENCE_BRANDS)
        elif kind == b"meta" and kind not in parsed:
            parsed.add(kind)
            header.partial_metadata = length > _MAX_HEADER
            if not is_sequence and b"moov" not in parsed:
                header.frame_count = 1
            items = HeifItems(window.read(start, min(length, _MAX_HEADER)))
            if _is_av1(items, brands):
                header.format, header.mime_type = "AVIF", "image/avif"
            _parse_still(window, items, header)
        elif kind == b"moov" and kind not in parsed:
            parsed.add(kind)
            _parse_sequence(window.read(start, min(length, _MAX_HEADER)), header, window.size)
        if b"meta" in parsed and not is_sequence:
            return
    if not complete:
        # Frames are missing, or the box that describes them.
        header.frame_count = None


def _is_av1(items: HeifItems, brands: frozenset[bytes]) -> bool:
    """Return whether the primary image is coded in AV1, or derived from such images.

    The codec of a derived image's sources counts only if no brand of the file names HEVC.
    """
    if items.kind(items.primary) == b"av01":
        return True
    kinds = (items.kind(source) for source in items.sources(items.primary))
    coded = next((kind for kind in kinds if kind in {b"av01", b"hvc1"}), b"")
    return coded == b"av01" and brands.isdisjoint(HEVC_BRANDS)


def _parse_still(window: Window, items: HeifItems, header: ImageHeader) -> None:
    properties = items.properties(items.primary)
    # Some cameras describe only the tiles of a grid, all of them alike.
    inherited = [*properties, *items.source_properties(items.primary)]
    for kind, data in properties:
        if kind == b"ispe" and len(data) >= 12:
            header.width = int.from_bytes(data[4:8], "big")
            header.height = int.from_bytes(data[8:12], "big")
    header.icc_profile = _profile(inherited)
    coding = next((item for item in inherited if item[0] in _CODINGS), None)
    header.bit_depth = (
        _bits_per_channel(properties) or _coded_bits(coding) or _bits_per_channel(inherited)
    )
    header.has_alpha = items.has_alpha(items.primary)
    header.color_mode = _color_mode(coding, alpha=header.has_alpha)
    header.cropped_size = _clean_aperture(properties, header)
    exif = items.find_metadata(b"Exif")
    if exif is not None:
        header.partial_metadata |= items.exceeds(exif, _MAX_EXIF)
        header.add_exif(exif_block(items.content(window, exif, _MAX_EXIF)))
    header.orientation = _orientation(properties)
    xmp = items.find_metadata(b"mime")
    if xmp is not None:
        header.partial_metadata |= items.exceeds(xmp, MAX_PACKET)
        header.xmp = items.content(window, xmp, MAX_PACKET)


def _clean_aperture(properties: _Properties, header: ImageHeader) -> tuple[int, int] | None:
    """Return the size that the image is cropped to (ISO/IEC 14496-12, 12.1.4)."""
    for kind, data in properties:
        if kind == b"clap" and len(data) >= 16:
            width, width_divisor, height, height_divisor = struct.unpack_from(">4I", data)
            if width_divisor and height_divisor:
                size = width // width_divisor, height // height_divisor
                if 0 < size[0] <= header.width and 0 < size[1] <= header.height:
                    return size
    return None


def _orientation(properties: _Properties) -> int | None:
    """Return the EXIF orientation that `irot` and `imir` add up to, applied in their order.

    `irot` rotates counterclockwise in quarter turns; `imir` 0 exchanges top and bottom, 1 left and
    right. Mirroring and then rotating equals rotating the other way and then mirroring.
    """
    turns: int | None = None
    axis: int | None = None
    for kind, data in properties:
        if kind == b"irot" and data:
            turns = data[0] & 3 if axis is None else -(data[0] & 3) & 3
        elif kind == b"imir" and data:
            axis = data[0] & 1
    if axis is None:
        return None if turns is None else _CLOCKWISE[turns]
    return _MIRRORED[turns or 0, axis]


def _profile(properties: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the beginning of the first ICC profile."""
    for kind, data in properties:
        if kind == b"colr" and data[:4] in _PROFILES:
            return data[4 : 4 + _MAX_PROFILE]
    return b""


def _bits_per_channel(properties: Iterable[tuple[bytes, bytes]]) -> int | None:
    for kind, data in properties:
        if kind == b"pixi" and len(data) > 5 and data[4]:
            return data[5]
    return None


def _coded_bits(coding: tuple[bytes, bytes] | None) -> int | None:
    if coding is None:
        return None
    kind, data = coding
    if kind == b"av1C" and len(data) > 2:
        return 8 if not data[2] & 0x40 else 12 if data[2] & 0x20 else 10
    if kind == b"hvcC" and len(data) > 17:
        return 8 + (data[17] & 7)
    return None


def _color_mode(coding: tuple[bytes, bytes] | None, *, alpha: bool) -> str:
    gray = False
    if coding is not None:
        kind, data = coding
        if kind == b"av1C":
            gray = len(data) > 2 and bool(data[2] & 0x10)
        else:
            gray = len(data) > 17 and not data[16] & 3
    return ("LA" if alpha else "L") if gray else "RGBA" if alpha else "RGB"


def _parse_sequence(moov: bytes, header: ImageHeader, file_size: int) -> None:
    """Count the images of the longest picture track; use its size if there is no still image."""
    longest, unknown = 0, False
    for track in child_boxes(moov, b"trak"):
        media = track.child(b"mdia")
        handler = media.child(b"hdlr") if media else None
        if media is None or handler is None or handler.data[8:12] not in {b"pict", b"vide"}:
            continue
        count = _sample_count(media.descendant(b"minf", b"stbl", b"stsz"), file_size)
        unknown = unknown or count is None
        if longest and (count or 0) <= longest:
            continue
        longest = count or longest
        if not header.has_size:
            header.width, header.height = track_size(track) or (0, 0)
    if longest or unknown:
        header.frame_count = None if unknown else longest


def _sample_count(sizes: Box | None, file_size: int) -> int | None:
    """Return the number of samples in a track; None if the file cannot contain that many."""
    if sizes is None or len(sizes.data) < 12:
        return None
    size, count = struct.unpack_from(">II", sizes.data, 4)
    fits = count * size <= file_size if size else 12 + 4 * count <= len(sizes.data)
    return count if fits else None
