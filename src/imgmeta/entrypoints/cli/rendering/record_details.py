"""All fields of a record, or of the properties of an image, as labeled lines."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from imgmeta.core.properties import ImageProperties
from imgmeta.core.records import ImageRecord
from imgmeta.core.status import Status
from imgmeta.entrypoints.cli.rendering.formatting import decimal, display_name, file_size, pixels
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = ["property_lines", "record_lines"]

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

_RecordFields = tuple[tuple[str, Callable[[ImageRecord], object]], ...]
_PropertyFields = tuple[tuple[str, Callable[[ImageProperties], object]], ...]
"""Labels, and functions that return the value of one line; None leaves the line out."""


def record_lines(record: ImageRecord, working_directory: str = "") -> Iterator[list[Span]]:
    """Yield the lines in groups with headings; fields without a value are left out."""
    yield [Span(display_name(record.location, working_directory), Style.STRONG)]
    if record.error:
        yield [Span(f"failed: {record.error}", Style.BAD)]
    yield from _warnings(record)
    if record.content_error and record.content_error != record.error:
        yield [Span(f"not readable now: {record.content_error}", Style.BAD)]
    yield from _group("File", ((label, value(record)) for label, value in _FILE))
    yield from _property_groups(record)
    yield from _group("Index", ((label, value(record)) for label, value in _INDEX))


def property_lines(name: str, properties: ImageProperties) -> Iterator[list[Span]]:
    """Yield the lines of an image that has no record, as `record_lines` does.

    Args:
        name: the path or URL of the image.
        properties: its properties.
    """
    yield [Span(name, Style.STRONG)]
    yield from _warnings(properties)
    yield from _property_groups(properties)


def _warnings(properties: ImageProperties) -> Iterator[list[Span]]:
    if properties.complete is False:
        yield [Span("incomplete: the file is cut short", Style.BAD)]
    if properties.partial_metadata:
        yield [Span("partial metadata: a part of it was not read", Style.CHANGED)]


def _property_groups(properties: ImageProperties) -> Iterator[list[Span]]:
    for heading, fields in _PROPERTIES.items():
        yield from _group(heading, ((label, value(properties)) for label, value in fields))


def _group(heading: str, fields: Iterable[tuple[str, object]]) -> Iterator[list[Span]]:
    values = [(label, value) for label, value in fields if value is not None]
    if values:
        yield []
        yield [Span(heading, Style.STRONG)]
    for label, value in values:
        yield [Span("  "), Span(label, Style.FAINT, _LABEL_WIDTH), Span(str(value))]


def _time(time: datetime | None) -> str | None:
    return None if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _size(record: ImageRecord) -> str | None:
    if record.file_size is None:
        return None
    size = file_size(record.file_size)
    return size if size.endswith((" byte", " bytes")) else f"{size} ({record.file_size:,} bytes)"


def _stored_size(properties: ImageProperties) -> str | None:
    stored = (properties.width, properties.height)
    if None in stored or stored == (properties.display_width, properties.display_height):
        return None
    return f"{properties.width}×{properties.height}"  # noqa: RUF001 - the multiplication sign is intended


def _yes_or_no(value: bool | None) -> str | None:  # noqa: FBT001 - a value, not an option
    return None if value is None else "yes" if value else "no"


def _exposure(properties: ImageProperties) -> str | None:
    time = properties.exposure_time
    if time is None:
        return None
    # Cameras show times up to about a third of a second as fractions.
    return f"1/{decimal(round(1 / time, 1))} s" if time < 0.3 else f"{decimal(time)} s"  # noqa: PLR2004 - see the comment above


def _degrees(value: float | None, positive: str, negative: str) -> str | None:
    if value is None:
        return None
    return f"{abs(value):.6f}° {positive if value >= 0 else negative}"


def _taken(properties: ImageProperties) -> str | None:
    if properties.taken_at is None:
        return None
    return (
        f"{properties.taken_at:%Y-%m-%d %H:%M:%S} {properties.taken_at_offset or '(no time zone)'}"
    )


def _with_unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{decimal(value)} {unit}"


def _expiration(record: ImageRecord) -> str | None:
    if record.status is not Status.DELETED or record.expires_at is None:
        return None
    try:
        return _time(datetime.fromtimestamp(record.expires_at, UTC))
    except (OSError, OverflowError, ValueError):
        return "after the year 9999"


_FILE: _RecordFields = (
    ("Bucket", lambda r: r.bucket_name),
    ("Key", lambda r: r.object_key),
    ("URI", lambda r: r.uri),
    ("Size", _size),
    ("S3 content type", lambda r: r.content_type),
    ("Last modified", lambda r: _time(r.last_modified or r.upload_date)),
    ("ETag", lambda r: r.etag),
    ("Version", lambda r: r.version_id),
    ("Storage class", lambda r: r.storage_class),
    ("Content hash", lambda r: r.content_hash),
    ("Thumbnail hash", lambda r: r.thumbnail_hash),
)

_PROPERTIES: dict[str, _PropertyFields] = {
    "Image": (
        ("Format", lambda p: p.format),
        ("Media type", lambda p: p.mime_type),
        ("Dimensions", lambda p: pixels(p) or None),
        ("Stored as", _stored_size),
        ("Orientation", lambda p: p.orientation and _ORIENTATIONS[p.orientation]),
        ("Color", lambda p: p.color_mode),
        ("Bit depth", lambda p: p.bit_depth),
        ("Has alpha", lambda p: _yes_or_no(p.has_alpha)),
        ("Frames", lambda p: p.frame_count),
        ("Color profile", lambda p: p.icc_profile),
        ("Complete", lambda p: _yes_or_no(p.complete)),
    ),
    "Camera": (
        ("Make", lambda p: p.camera_make),
        ("Model", lambda p: p.camera_model),
        ("Lens", lambda p: p.lens_model),
        ("Exposure", _exposure),
        ("Aperture", lambda p: p.f_number and f"f/{decimal(p.f_number)}"),
        ("ISO", lambda p: p.iso),
        ("Focal length", lambda p: _with_unit(p.focal_length, "mm")),
    ),
    "Location and time": (
        ("Taken", _taken),
        ("Taken in UTC", lambda p: _time(p.taken_at_utc)),
        ("Time source", lambda p: p.taken_at_source),
        ("Latitude", lambda p: _degrees(p.latitude, "north", "south")),
        ("Longitude", lambda p: _degrees(p.longitude, "east", "west")),
        ("Altitude", lambda p: _with_unit(p.altitude, "m")),
    ),
}

_INDEX: _RecordFields = (
    ("Image ID", lambda r: r.image_id),
    ("Status", lambda r: r.status.value),
    ("Processed", lambda r: _time(r.processed_at)),
    ("Revision", lambda r: r.revision),
    ("Sequencer", lambda r: r.sequencer),
    ("Reader version", lambda r: r.reader_version),
    ("Schema version", lambda r: r.schema_version),
    ("Expires", _expiration),
)
