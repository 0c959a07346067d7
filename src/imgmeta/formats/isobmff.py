"""AVIF and HEIC: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (HEIF), the AV1 Image File Format."""

import struct

from imgmeta.formats.boxes import children, top_level
from imgmeta.formats.facts import Facts
from imgmeta.formats.heif import Items
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.window import DamagedError, Window

__all__ = ["AVIF_BRANDS", "HEIC_BRANDS", "STRUCTURAL_BRANDS", "brands", "read_isobmff"]

AVIF_BRANDS = frozenset({b"avif", b"avis"})
"""Brands of files whose images are coded as AV1."""

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
"""Brands of files whose images are coded as HEVC."""

STRUCTURAL_BRANDS = frozenset({b"mif1", b"mif2", b"msf1"})
"""Brands of image files that do not say how their images are coded."""

_SEQUENCE_BRANDS = frozenset({b"avis", b"msf1", b"hevc", b"hevx", b"hevm", b"hevs"})
_MAX_HEADER = 1024 * 1024
_MAX_PROFILE = 256 * 1024
_MAX_EXIF = 1024 * 1024
_CLOCKWISE = {0: 1, 1: 8, 2: 3, 3: 6}
_MIRRORED = {
    (0, 0): 4, (1, 0): 5, (2, 0): 2, (3, 0): 7,
    (0, 1): 2, (1, 1): 7, (2, 1): 4, (3, 1): 5,
}  # fmt: skip


def brands(file_type: bytes) -> frozenset[bytes]:
    """Return the brands in the body of a file type box, the major one among them."""
    return frozenset({file_type[:4], *(file_type[i : i + 4] for i in range(8, len(file_type), 4))})


def read_isobmff(window: Window, facts: Facts) -> None:
    """Fill in `facts` from the primary image's properties; coded images are passed over.

    Raises:
        DamagedError: there is no image with a size.
        TransientError: from the source.
    """
    names: frozenset[bytes] = frozenset()
    found: set[bytes] = set()
    for kind, start, length in top_level(window):
        if kind == b"ftyp":
            names = brands(window.read(start, min(length, 256)))
        elif kind == b"meta" and kind not in found:
            found.add(kind)
            facts.frame_count = 1
            _still(window, window.read(start, min(length, _MAX_HEADER)), facts)
        elif kind == b"moov" and kind not in found:
            found.add(kind)
            _sequence(window.read(start, min(length, _MAX_HEADER)), facts)
        if b"meta" in found and (b"moov" in found or names.isdisjoint(_SEQUENCE_BRANDS)):
            break
    if not facts.has_size:
        msg = "without an image size"
        raise DamagedError(msg)


def _still(window: Window, meta: bytes, facts: Facts) -> None:
    items = Items(meta)
    properties = items.properties(items.primary)
    if items.kind(items.primary) == b"av01":
        facts.format, facts.mime_type = "AVIF", "image/avif"
    for kind, data in properties:
        if kind == b"ispe" and len(data) >= 12:
            facts.width = int.from_bytes(data[4:8], "big")
            facts.height = int.from_bytes(data[8:12], "big")
        elif kind == b"colr" and data[:4] in {b"prof", b"rICC"}:
            facts.icc_profile = data[4 : 4 + _MAX_PROFILE]
    coding = items.coding(items.primary)
    facts.bit_depth = _bit_depth(properties, coding)
    facts.has_alpha = items.has_alpha(items.primary)
    facts.color_mode = _color_mode(coding, alpha=facts.has_alpha)
    facts.shown = _clean_aperture(properties, facts)
    exif = items.metadata(b"Exif")
    if exif is not None:
        _add_exif(items.content(window, exif, _MAX_EXIF), facts)
    facts.orientation = _orientation(properties)
    xmp = items.metadata(b"mime")
    if xmp is not None:
        facts.xmp = items.content(window, xmp, MAX_PACKET)


def _clean_aperture(properties: list[tuple[bytes, bytes]], facts: Facts) -> tuple[int, int] | None:
    """Return the size that the image is cropped to (ISO/IEC 14496-12, 12.1.4)."""
    for kind, data in properties:
        if kind == b"clap" and len(data) >= 16:
            width, width_below, height, height_below = struct.unpack_from(">4I", data)
            if width_below and height_below:
                shown = width // width_below, height // height_below
                if 0 < shown[0] <= facts.width and 0 < shown[1] <= facts.height:
                    return shown
    return None


def _orientation(properties: list[tuple[bytes, bytes]]) -> int | None:
    """Return the EXIF orientation that the transformative properties amount to, in their order.

    `irot` turns anti-clockwise by quarters; `imir` 0 exchanges top and bottom, 1 left and right.
    To mirror before turning is to turn the other way before mirroring.
    """
    turns, axis, present = 0, None, False
    for kind, data in properties:
        if kind == b"irot" and data:
            present = True
            turns = data[0] & 3 if axis is None else -(data[0] & 3) & 3
        elif kind == b"imir" and data:
            present, axis = True, data[0] & 1
    if not present:
        return None
    return _CLOCKWISE[turns] if axis is None else _MIRRORED[turns, axis]


def _bit_depth(
    properties: list[tuple[bytes, bytes]], coding: tuple[bytes, bytes] | None
) -> int | None:
    for kind, data in properties:
        if kind == b"pixi" and len(data) > 5 and data[4]:
            return data[5]
    if coding is None:
        return None
    kind, data = coding
    if kind == b"av1C" and len(data) > 2:
        return 8 if not data[2] & 0x40 else 12 if data[2] & 0x20 else 10
    if kind == b"hvcC" and len(data) > 17:
        return 8 + (data[17] & 7)
    return None


def _color_mode(coding: tuple[bytes, bytes] | None, *, alpha: bool) -> str:
    grey = False
    if coding is not None:
        kind, data = coding
        if kind == b"av1C":
            grey = len(data) > 2 and bool(data[2] & 0x10)
        else:
            grey = len(data) > 17 and not data[16] & 3
    return ("LA" if alpha else "L") if grey else "RGBA" if alpha else "RGB"


def _add_exif(content: bytes, facts: Facts) -> None:
    """Take an EXIF item: the place of the TIFF header, and the block (ISO/IEC 23008-12, A.2.1)."""
    skip = 4 + int.from_bytes(content[:4], "big")
    if content[skip : skip + 2] in {b"II", b"MM"}:
        facts.add_exif(content[skip:])
    else:
        facts.add_exif(content[4:] if content[4:8] == b"Exif" else content)


def _sequence(moov: bytes, facts: Facts) -> None:
    """Count the images of the longest picture track."""
    longest = 0
    for track in children(moov, b"trak"):
        header, media = track.child(b"tkhd"), track.child(b"mdia")
        handler = media.child(b"hdlr") if media else None
        if media is None or handler is None or handler.data[8:12] not in {b"pict", b"vide"}:
            continue
        sizes = media.descendant(b"minf", b"stbl", b"stsz")
        count = int.from_bytes(sizes.data[8:12], "big") if sizes else 0
        if count <= longest:
            continue
        longest = count
        if not facts.has_size and header is not None and len(header.data) >= 84:
            facts.width = int.from_bytes(header.data[-8:-4], "big") >> 16
            facts.height = int.from_bytes(header.data[-4:], "big") >> 16
    if longest:
        facts.frame_count = longest
