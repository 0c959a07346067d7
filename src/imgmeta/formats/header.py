"""The parsed header of an image, and the image properties that follow from it."""

from dataclasses import dataclass, field

from imgmeta.core.properties import ImageProperties, display_size
from imgmeta.formats.metadata.exif import ExifBlock
from imgmeta.formats.metadata.fields import (
    CameraFields,
    has_original_time,
    merge,
    without_contradicted_time,
)
from imgmeta.formats.metadata.icc import profile_description
from imgmeta.formats.metadata.thumbnail import ByteRange

__all__ = ["ImageHeader", "image_properties"]

_ALL_BITS_SET = 2**32 - 1
_MAX_BITS = 64
_MAX_EXIF_BLOCKS = 16


def _no_fields() -> CameraFields:
    return {}


@dataclass(slots=True)
class ImageHeader:
    """The values of an image's header, which a parser fills in.

    Metadata blocks take precedence in this order: EXIF, CIFF, XMP, APP12, IPTC. For the capture
    time, the order of its sources counts: see `merge`.

    Attributes:
        format: as in `ImageProperties`.
        mime_type: the media type of that format.
        width: pixels per row, as stored; 0 if unknown.
        height: rows, as stored; 0 if unknown.
        cropped_size: width and height of the visible part, before rotation; None: all.
        orientation: the container's own rotation and mirroring as an EXIF orientation, 1 to 8, or
            None. It determines the display size, whatever EXIF says.
        color_mode: as in `ImageProperties`.
        bit_depth: as in `ImageProperties`.
        has_alpha: as in `ImageProperties`.
        frame_count: as in `ImageProperties`.
        icc_profile: the beginning of an ICC profile, or empty.
        exif: values from EXIF blocks.
        ciff: values from Canon's CIFF block.
        xmp: an XMP packet, or empty.
        app12: values from the text in an APP12 segment.
        iptc: values from IPTC data.
        text_time: the capture time in a text chunk of a PNG.
        thumbnail: the thumbnail in the first EXIF block that has one, as a JPEG, or empty.
        thumbnail_range: the range of a thumbnail in a TIFF file, which was not read.
        exif_block_count: number of EXIF blocks; only the first few are parsed.
        scan_offset: the offset of a JPEG's first scan; None if it was not reached.
        multi_picture: the range of the index that lists all images of a JPEG (CIPA DC-007).
        ended: whether the parser reached the end marker of a GIF; None if it stopped before.
        complete: as in `ImageProperties`.
        partial_metadata: whether metadata was left out, or may have been.
    """

    format: str
    mime_type: str
    width: int = 0
    height: int = 0
    cropped_size: tuple[int, int] | None = None
    orientation: int | None = None
    color_mode: str | None = None
    bit_depth: int | None = None
    has_alpha: bool | None = None
    frame_count: int | None = None
    icc_profile: bytes = b""
    exif: CameraFields = field(default_factory=_no_fields)
    ciff: CameraFields = field(default_factory=_no_fields)
    xmp: bytes = b""
    app12: CameraFields = field(default_factory=_no_fields)
    iptc: CameraFields = field(default_factory=_no_fields)
    text_time: CameraFields = field(default_factory=_no_fields)
    thumbnail: bytes = b""
    thumbnail_range: ByteRange | None = None
    exif_block_count: int = 0
    scan_offset: int | None = None
    multi_picture: tuple[int, int] | None = None
    ended: bool | None = None
    complete: bool | None = None
    partial_metadata: bool = False

    def add_exif(self, block: bytes) -> None:
        """Parse an EXIF block; its values override those of earlier blocks.

        Only the first orientation is used, as in other readers of files with two blocks.
        """
        self.exif_block_count += 1
        if self.exif_block_count > _MAX_EXIF_BLOCKS:
            self.partial_metadata = True
            return
        exif = ExifBlock(block)
        self.thumbnail = self.thumbnail or exif.thumbnail()
        earlier = self.exif
        self.exif = merge(exif.fields(), earlier) if earlier else exif.fields()
        if "orientation" in earlier:
            self.exif["orientation"] = earlier["orientation"]

    @property
    def has_size(self) -> bool:
        """Whether width and height are known and valid."""
        return 0 < self.width < _ALL_BITS_SET and 0 < self.height < _ALL_BITS_SET


def _settled(fields: CameraFields) -> set[str]:
    """Return the names of the values that XMP cannot replace."""
    settled = has_original_time(fields)
    return {name for name in fields if settled or not name.startswith("taken_at")}


def image_properties(header: ImageHeader) -> ImageProperties:
    """Return the properties of an image whose size is known, without invalid values."""
    fields = header.exif
    if header.orientation is not None and header.orientation != 1:
        # 1 is the default: it is only recorded if EXIF or XMP states it.
        fields = {"orientation": header.orientation} | fields
    if header.ciff:
        fields = merge(fields, header.ciff)
    if header.xmp:
        # Imported here, because many folders have no image with a packet.
        from imgmeta.formats.metadata.xmp import read_xmp  # noqa: PLC0415 - as above

        fields = merge(fields, read_xmp(header.xmp, _settled(fields)))
    if header.app12:
        fields = merge(fields, header.app12)
    if header.iptc:
        # The digest says which of the two last changed: XMP or the IPTC data.
        edited = "iptc_edited" in header.iptc
        fields = merge(header.iptc, fields) if edited else merge(fields, header.iptc)
    if header.text_time:
        fields = merge(fields, header.text_time)
    fields = without_contradicted_time(fields)
    orientation = header.orientation or fields.get("orientation")
    visible_size = header.cropped_size or (header.width, header.height)
    display_width, display_height = display_size(
        *visible_size, orientation if isinstance(orientation, int) else None
    )
    bits, frames = header.bit_depth or 0, header.frame_count or 0
    return ImageProperties.model_validate(
        {
            **fields,
            "format": header.format,
            "mime_type": header.mime_type,
            "width": header.width,
            "height": header.height,
            "display_width": display_width,
            "display_height": display_height,
            "color_mode": header.color_mode,
            "bit_depth": bits if 0 < bits <= _MAX_BITS else None,
            "has_alpha": header.has_alpha,
            "frame_count": frames if 0 < frames < _ALL_BITS_SET else None,
            "icc_profile": profile_description(header.icc_profile) if header.icc_profile else None,
            "complete": header.complete,
            "partial_metadata": header.partial_metadata or None,
            "has_thumbnail": bool(header.thumbnail or header.thumbnail_range) or None,
        },
        by_alias=False,
        by_name=True,
    )
