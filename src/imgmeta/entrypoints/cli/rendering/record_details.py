"""All fields of a record, as labeled lines."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord, Status
from imgmeta.entrypoints.cli.rendering.formatting import decimal, display_name, file_size, pixels
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = ["record_lines"]

_LABEL_WIDTH = 16

_ORIENTATIONS = {
    1: "upright",
    2: "mirror horizontally",
    3: "rotate 180°",
    4: "mirror vertically",
    5: "mirror horizontally and rotate 270° clockwise",
    6: "rotate 90° clockwise",
    7: "mirror horizontally and rotate 90° clockwise",
    8: "rotate 270° clockwise",
}
"""Transformation that makes the stored image upright (EXIF 2.3, tag 0x0112)."""

_Value = Callable[[ImageRecord], object]
"""Returns the value of one line; None leaves the line out."""


def record_lines(record: ImageRecord, working_directory: str = "") -> Iterator[list[Span]]:
    """Yield the lines in groups with headings; fields without a value are left out."""
    location = ObjectLocation(record.bucket_name, record.object_key)
    yield [Span(display_name(location, working_directory), Style.STRONG)]
    if record.error:
        yield [Span(f"failed: {record.error}", Style.BAD)]
    if record.complete is False:
        yield [Span("incomplete: the file is cut short", Style.BAD)]
    if record.partial_metadata:
        yield [Span("partial metadata: a part of it was not read", Style.CHANGED)]
    if record.content_error and record.content_error != record.error:
        yield [Span(f"not readable now: {record.content_error}", Style.BAD)]
    for heading, fields in _GROUPS.items():
        values = [(label, text) for label, value in fields if (text := value(record)) is not None]
        if values:
            yield []
            yield [Span(heading, Style.STRONG)]
        for label, text in values:
            yield [Span("  "), Span(label, Style.FAINT, _LABEL_WIDTH), Span(str(text))]


def _time(time: datetime | None) -> str | None:
    return None if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _size(record: ImageRecord) -> str | None:
    if record.file_size is None:
        return None
    size = file_size(record.file_size)
    return size if size.endswith((" byte", " bytes")) else f"{size} ({record.file_size:,} bytes)"


def _stored_size(record: ImageRecord) -> str | None:
    stored = (record.width, record.height)
    if None in stored or stored == (record.display_width, record.display_height):
        return None
    return f"{record.width}×{record.height}"  # noqa: RUF001 - the multiplication sign is intended


def _yes_or_no(value: bool | None) -> str | None:  # noqa: FBT001 - a value, not an option
    return None if value is None else "yes" if value else "no"


def _exposure(record: ImageRecord) -> str | None:
    time = record.exposure_time
    if time is None:
        return None
    # Cameras show times up to about a third of a second as fractions.
    return f"1/{decimal(round(1 / time, 1))} s" if time < 0.3 else f"{decimal(time)} s"  # noqa: PLR2004 - see the comment above


def _degrees(value: float | None, positive: str, negative: str) -> str | None:
    if value is None:
        return None
    return f"{abs(value):.6f}° {positive if value >= 0 else negative}"


def _taken(record: ImageRecord) -> str | None:
    if record.taken_at is None:
        return None
    return f"{record.taken_at:%Y-%m-%d %H:%M:%S} {record.taken_at_offset or '(no time zone)'}"


def _with_unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{decimal(value)} {unit}"


def _expiration(record: ImageRecord) -> str | None:
    if record.status is not Status.DELETED or record.expires_at is None:
        return None
    try:
        return _time(datetime.fromtimestamp(record.expires_at, UTC))
    except (OSError, OverflowError, ValueError):
        return "after the year 9999"


_GROUPS: dict[str, tuple[tuple[str, _Value], ...]] = {
    "File": (
        ("Bucket", lambda r: r.bucket_name),
        ("Key", lambda r: r.object_key),
        ("URI", lambda r: r.uri),
        ("Size", _size),
        ("S3 content type", lambda r: r.content_type),
        ("Last modified", lambda r: _time(r.last_modified or r.upload_date)),
        ("ETag", lambda r: r.etag),
        ("Version", lambda r: r.version_id),
        ("Storage class", lambda r: r.storage_class),
    ),
    "Image": (
        ("Format", lambda r: r.format),
        ("Media type", lambda r: r.mime_type),
        ("Dimensions", lambda r: pixels(r) or None),
        ("Stored as", _stored_size),
        ("Orientation", lambda r: r.orientation and _ORIENTATIONS[r.orientation]),
        ("Color", lambda r: r.color_mode),
        ("Bit depth", lambda r: r.bit_depth),
        ("Has alpha", lambda r: _yes_or_no(r.has_alpha)),
        ("Frames", lambda r: r.frame_count),
        ("Color profile", lambda r: r.icc_profile),
        ("Complete", lambda r: _yes_or_no(r.complete)),
    ),
    "Camera": (
        ("Make", lambda r: r.camera_make),
        ("Model", lambda r: r.camera_model),
        ("Lens", lambda r: r.lens_model),
        ("Exposure", _exposure),
        ("Aperture", lambda r: r.f_number and f"f/{decimal(r.f_number)}"),
        ("ISO", lambda r: r.iso),
        ("Focal length", lambda r: _with_unit(r.focal_length, "mm")),
    ),
    "Location and time": (
        ("Taken", _taken),
        ("Taken in UTC", lambda r: _time(r.taken_at_utc)),
        ("Time source", lambda r: r.taken_at_source),
        ("Latitude", lambda r: _degrees(r.latitude, "north", "south")),
        ("Longitude", lambda r: _degrees(r.longitude, "east", "west")),
        ("Altitude", lambda r: _with_unit(r.altitude, "m")),
    ),
    "Index": (
        ("Image ID", lambda r: r.image_id),
        ("Status", lambda r: r.status.value),
        ("Processed", lambda r: _time(r.processed_at)),
        ("Revision", lambda r: r.revision),
        ("Sequencer", lambda r: r.sequencer),
        ("Reader version", lambda r: r.reader_version),
        ("Schema version", lambda r: r.schema_version),
        ("Expires", _expiration),
    ),
}
