"""Identification of raw formats that are TIFF files by their content.

These files begin like any TIFF. The maker's compression method identifies them, or else the maker's
name in a file with sensor data: a scan or a converted photo of the same maker stays a TIFF.
"""

from imgmeta.formats.metadata.ifd import Directory, TiffReader
from imgmeta.formats.raw.directories import (
    COMPRESSION,
    DNG_VERSION,
    MAKE,
    MODEL,
    OLD_JPEG,
    REDUCED_SIZE,
    SUBFILE_TYPE,
    RawImage,
    number,
)

__all__ = ["has_raw_maker", "identify_raw"]

_MAKERS = {
    "NIKON": "NEF",
    "SONY": "ARW",
    "PENTAX": "PEF",
    "RICOH": "PEF",
    "ASAHI": "PEF",
    "SAMSUNG": "SRW",
    "HASSELBLAD": "3FR",
}
_COMPRESSIONS = {32_767: "ARW", 32_770: "SRW", 32_772: "SRW", 34_713: "NEF", 65_535: "PEF"}


def has_raw_maker(tiff: TiffReader, first: Directory) -> bool:
    """Return whether a file with this first directory can be a raw file, before its others."""
    return DNG_VERSION in first.entries or _format_of_maker(tiff, first) is not None


def identify_raw(tiff: TiffReader, first: Directory, images: list[RawImage]) -> str | None:
    """Return the name of the raw format of a file with these images; None for other TIFF files."""
    if DNG_VERSION in first.entries:
        return "DNG"
    by_compression = (
        _COMPRESSIONS[image.compression] for image in images if image.compression in _COMPRESSIONS
    )
    name = next(by_compression, None)
    if name is None and (
        any(image.is_sensor_data for image in images) or _is_early_arw(tiff, first)
    ):
        name = _format_of_maker(tiff, first)
    if name == "NEF" and _is_nrw(tiff, first):
        return "NRW"
    return "SR2" if name == "ARW" and _is_sr2(tiff, first) else name


def _format_of_maker(tiff: TiffReader, first: Directory) -> str | None:
    make = _text(tiff, first, MAKE)
    return next((name for maker, name in _MAKERS.items() if make.startswith(maker)), None)


def _text(tiff: TiffReader, first: Directory, tag: int) -> str:
    return (tiff.text(first.entries.get(tag), 64) or "").strip().upper()


def _is_early_arw(tiff: TiffReader, first: Directory) -> bool:
    """Return whether this is a file of the DSLR-A100: it has no directory for its sensor data."""
    return (
        _text(tiff, first, MAKE).startswith("SONY")
        and number(tiff, first.entries.get(SUBFILE_TYPE)) == REDUCED_SIZE
        and number(tiff, first.entries.get(COMPRESSION)) == OLD_JPEG
    )


def _is_nrw(tiff: TiffReader, first: Directory) -> bool:
    """Return whether the first image is a JPEG, or the camera a Coolpix; not so in a NEF."""
    return number(tiff, first.entries.get(COMPRESSION)) == OLD_JPEG or _text(
        tiff, first, MODEL
    ).startswith("COOLPIX")


def _is_sr2(tiff: TiffReader, first: Directory) -> bool:
    """Return whether the camera is the DSC-R1, the only one with this format."""
    return _text(tiff, first, MODEL) == "DSC-R1"
