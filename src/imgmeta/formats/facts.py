"""From what a container says, and what the metadata in it say, to the image's properties."""

from dataclasses import dataclass, field

from imgmeta.core.properties import ImageProperties, display_size
from imgmeta.formats.metadata.exif import read_exif
from imgmeta.formats.metadata.fields import CameraFields, merged
from imgmeta.formats.metadata.icc import profile_description
from imgmeta.formats.metadata.xmp import read_xmp

__all__ = ["Facts", "image_properties"]

_MAX_PIXELS = 2**32 - 1
_MAX_BITS = 64
_MAX_EXIF_BLOCKS = 16


@dataclass(slots=True)
class Facts:
    """What a container has said so far; a parser fills it in as it goes.

    Attributes:
        format: `JPEG`, `PNG` and so on.
        mime_type: the media type of that format.
        width: pixels a row, as stored; 0 until it is known.
        height: rows, as stored; 0 until it is known.
        shown: width and height of the part that is shown, before it is turned; None for all.
        orientation: what the container's own turning amounts to, 1 to 8; None where it has none.
            The image is shown so, whatever EXIF says.
        color_mode: as in `ImageProperties`.
        bit_depth: as in `ImageProperties`.
        has_alpha: as in `ImageProperties`.
        frame_count: as in `ImageProperties`.
        icc_profile: the beginning of a colour profile, or empty.
        camera: what EXIF says.
        ciff: what Canon's CIFF block says; it counts after EXIF.
        xmp: an XMP packet, or empty; it counts after both.
        picture_info: what the text in an APP12 segment says; it counts last.
        iptc: what IPTC data say.
        exif_blocks: how many EXIF blocks there were; those beyond a few are not read.
    """

    format: str
    mime_type: str
    width: int = 0
    height: int = 0
    shown: tuple[int, int] | None = None
    orientation: int | None = None
    color_mode: str | None = None
    bit_depth: int | None = None
    has_alpha: bool | None = None
    frame_count: int | None = None
    icc_profile: bytes = b""
    camera: CameraFields = field(default_factory=CameraFields)
    ciff: CameraFields = field(default_factory=CameraFields)
    xmp: bytes = b""
    picture_info: CameraFields = field(default_factory=CameraFields)
    iptc: CameraFields = field(default_factory=CameraFields)
    exif_blocks: int = 0

    def add_exif(self, block: bytes) -> None:
        """Take what an EXIF block says; it counts before the blocks that stood before it.

        Only the first orientation counts: this is how other readers take two blocks.
        """
        self.exif_blocks += 1
        if self.exif_blocks > _MAX_EXIF_BLOCKS:
            return
        earlier = self.camera
        self.camera = merged(read_exif(block), earlier)
        if "orientation" in earlier:
            self.camera["orientation"] = earlier["orientation"]

    @property
    def has_size(self) -> bool:
        """Whether width and height are known, and can be."""
        return 0 < self.width <= _MAX_PIXELS and 0 < self.height <= _MAX_PIXELS


def image_properties(facts: Facts) -> ImageProperties:
    """Return the properties of an image that has a size. What cannot be is left out."""
    camera = facts.camera
    if facts.orientation is not None and facts.orientation != 1:
        # Not to be turned is what every image is that says nothing: no value of its own.
        camera = {"orientation": facts.orientation} | camera
    if facts.ciff:
        camera = merged(camera, facts.ciff)
    if facts.xmp:
        camera = merged(camera, read_xmp(facts.xmp, camera.keys()))
    if facts.picture_info:
        camera = merged(camera, facts.picture_info)
    if facts.iptc:
        camera = merged(camera, facts.iptc)
    turned = facts.orientation or camera.get("orientation")
    shown = facts.shown or (facts.width, facts.height)
    display_width, display_height = display_size(
        *shown, turned if isinstance(turned, int) else None
    )
    bits, frames = facts.bit_depth or 0, facts.frame_count or 0
    return ImageProperties.model_validate(
        {
            **camera,
            "format": facts.format,
            "mime_type": facts.mime_type,
            "width": facts.width,
            "height": facts.height,
            "display_width": display_width,
            "display_height": display_height,
            "color_mode": facts.color_mode,
            "bit_depth": bits if 0 < bits <= _MAX_BITS else None,
            "has_alpha": facts.has_alpha,
            "frame_count": frames if 0 < frames <= _MAX_PIXELS else None,
            "icc_profile": profile_description(facts.icc_profile) if facts.icc_profile else None,
        }
    )
