"""Image properties: the attributes that an image file contains."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, NaiveDatetime
from pydantic.alias_generators import to_pascal

from imgmeta.core.text import MAX_TEXT

__all__ = [
    "Coordinate",
    "ImageProperties",
    "StoredModel",
    "Text",
    "Unreadable",
    "Utc",
    "display_size",
]


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = "the UTC offset moves the time out of the supported years"
        raise ValueError(msg) from error


Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Pixels = Annotated[int, Field(ge=1, le=2**32 - 1)]
Positive = Annotated[float, Field(gt=0)]
Coordinate = Annotated[float, Field(ge=-180, le=180)]
Utc = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class StoredModel(BaseModel):
    """A frozen model stored under PascalCase attribute names."""

    model_config = ConfigDict(
        alias_generator=to_pascal,
        allow_inf_nan=False,
        defer_build=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        strict=True,
    )


class ImageProperties(StoredModel):
    """Properties of an image file. An unknown property is None, never empty, zero or NaN.

    Attributes:
        format: `JPEG`, `PNG`, `GIF`, `WEBP`, `TIFF`, `BMP`, `AVIF`, `HEIC`, `JXL`, a raw format
            such as `NEF`, or another name.
        mime_type: the media type of the format.
        width: pixels per row, as stored.
        height: rows of pixels, as stored.
        display_width: pixels per row, as displayed: rotated as the container requires (`irot` and
            `imir` of ISO/IEC 23008-12, which are normative), otherwise by `orientation`.
        display_height: rows of pixels, as displayed.
        orientation: EXIF tag 0x0112, from 1 to 8, regardless of the container; without that tag,
            the orientation that equals the container's rotation.
        color_mode: `L`, `LA`, `RGB`, `RGBA`, `P`, `CMYK`, `YCbCr`, `Lab` or similar.
        bit_depth: bits per channel.
        has_alpha: whether pixels can be transparent.
        frame_count: number of images in the file: frames of an animation, pages of a TIFF.
        icc_profile: the description of the color profile in the file.
        camera_make: the manufacturer of the camera; EXIF tag 0x010F.
        camera_model: the model of the camera; EXIF tag 0x0110.
        lens_model: the model of the lens; EXIF tag 0xA434.
        exposure_time: the exposure time in seconds; EXIF tag 0x829A.
        f_number: the f-number; EXIF tag 0x829D.
        iso: the ISO sensitivity; EXIF tag 0x8827.
        focal_length: the focal length in millimeters; EXIF tag 0x920A.
        latitude: degrees, north positive.
        longitude: degrees, east positive.
        altitude: meters above sea level.
        taken_at: the local time when the image was taken or, if unknown, digitized, without a time
            zone.
        taken_at_offset: the UTC offset that the file has with `taken_at`, such as `+02:00`.
        taken_at_utc: the moment of `taken_at` in UTC, only if an offset or a GPS time is known.
        taken_at_source: the tag that `taken_at` comes from, such as `EXIF:DateTimeOriginal`.
        complete: whether the file has all bytes of its image; False if it is cut short.
        partial_metadata: whether metadata is, or may be, in a part of the file that was not read;
            None if not.
        has_thumbnail: whether the file has an embedded thumbnail, which `duplicates --similar`
            compares; None if not.
    """

    format: Text | None = None
    mime_type: Text | None = None
    width: Pixels | None = None
    height: Pixels | None = None
    display_width: Pixels | None = None
    display_height: Pixels | None = None
    orientation: Annotated[int, Field(ge=1, le=8)] | None = None
    color_mode: Text | None = None
    bit_depth: Annotated[int, Field(ge=1, le=64)] | None = None
    has_alpha: bool | None = None
    frame_count: Annotated[int, Field(ge=1, le=2**32 - 1)] | None = None
    icc_profile: Text | None = None
    camera_make: Text | None = None
    camera_model: Text | None = None
    lens_model: Text | None = None
    exposure_time: Positive | None = None
    f_number: Positive | None = None
    iso: Annotated[int, Field(ge=1, le=2**32 - 1)] | None = None
    focal_length: Positive | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Coordinate | None = None
    altitude: Annotated[float, Field(ge=-100_000, le=1_000_000)] | None = None
    taken_at: NaiveDatetime | None = None
    taken_at_offset: Annotated[str, Field(pattern="^[+-][0-9]{2}:[0-9]{2}$")] | None = None
    taken_at_utc: Utc | None = None
    taken_at_source: Text | None = None
    complete: bool | None = None
    partial_metadata: bool | None = None
    has_thumbnail: bool | None = None


class Unreadable(StoredModel):
    """The result of a property reader for an unreadable image."""

    reason: Text


def display_size(width: int, height: int, orientation: int | None) -> tuple[int, int]:
    """Return width and height as displayed: EXIF orientations 5 to 8 swap them."""
    return (height, width) if orientation is not None and orientation >= 5 else (width, height)  # noqa: PLR2004 - EXIF 2.3, tag 0x0112
