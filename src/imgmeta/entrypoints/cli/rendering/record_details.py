"""All that a record says, as a list that people read."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord, Status
from imgmeta.entrypoints.cli.rendering.formatting import display_name, file_size, number, pixels
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = ["details"]

_LABEL_WIDTH = 16

_ORIENTATIONS = {
    1: "upright",
    2: "mirrored left to right",
    3: "upside down",
    4: "mirrored top to bottom",
    5: "on its side, mirrored (transposed)",
    6: "on its side, to be turned right",
    7: "on its side, mirrored (transversed)",
    8: "on its side, to be turned left",
}
"""EXIF 2.3, tag 0x0112, in plain words."""

Say = Callable[[ImageRecord], object]
"""What a record says on one point; None if nothing."""


def details(record: ImageRecord, working_folder: str = "") -> Iterator[list[Span]]:
    """Yield the lines, in groups under headings; what the record does not say is left out."""
    location = ObjectLocation(record.bucket_name, record.object_key)
    yield [Span(display_name(location, working_folder), Style.STRONG)]
    if record.error:
        yield [Span(f"failed: {record.error}", Style.BAD)]
    for heading, points in _GROUPS.items():
        said = [(label, text) for label, say in points if (text := say(record)) is not None]
        if said:
            yield []
            yield [Span(heading, Style.STRONG)]
        for label, text in said:
            yield [Span("  "), Span(label, Style.FAINT, _LABEL_WIDTH), Span(str(text))]


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _size(record: ImageRecord) -> str | None:
    if record.file_size is None:
        return None
    size = file_size(record.file_size)
    return size if size.endswith(" bytes") else f"{size} ({record.file_size:,} bytes)"


def _stored_size(record: ImageRecord) -> str | None:
    stored = (record.width, record.height)
    if None in stored or stored == (record.display_width, record.display_height):
        return None
    return f"{record.width}×{record.height}"  # noqa: RUF001 - the sign is meant


def _exposure(record: ImageRecord) -> str | None:
    time = record.exposure_time
    if time is None:
        return None
    # Cameras count in whole fractions up to about a third of a second.
    return f"1/{number(round(1 / time, 1))} s" if time < 0.3 else f"{number(time)} s"  # noqa: PLR2004 - as above


def _degrees(value: float | None, positive: str, negative: str) -> str | None:
    if value is None:
        return None
    return f"{abs(value):.6f}° {positive if value >= 0 else negative}"


def _taken(record: ImageRecord) -> str | None:
    if record.taken_at is None:
        return None
    return f"{record.taken_at:%Y-%m-%d %H:%M:%S} {record.taken_at_offset or '(no zone)'}"


def _with_unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{number(value)} {unit}"


def _forgotten(record: ImageRecord) -> str | None:
    if record.status is not Status.DELETED or record.expires_at is None:
        return None
    try:
        return _moment(datetime.fromtimestamp(record.expires_at, UTC))
    except (OSError, OverflowError, ValueError):
        return "the end of all years"


_GROUPS: dict[str, tuple[tuple[str, Say], ...]] = {
    "File": (
        ("Bucket", lambda r: r.bucket_name),
        ("Key", lambda r: r.object_key),
        ("Size", _size),
        ("Content type", lambda r: r.content_type),
        ("Uploaded", lambda r: _moment(r.last_modified or r.upload_date)),
        ("ETag", lambda r: r.etag),
        ("Version", lambda r: r.version_id),
    ),
    "Image": (
        ("Format", lambda r: r.format),
        ("Media type", lambda r: r.mime_type),
        ("Pixels", lambda r: pixels(r) or None),
        ("Stored as", _stored_size),
        ("Orientation", lambda r: r.orientation and _ORIENTATIONS[r.orientation]),
        ("Colour", lambda r: r.color_mode),
        ("Bits a channel", lambda r: r.bit_depth),
        ("Transparency", lambda r: None if r.has_alpha is None else "yes" if r.has_alpha else "no"),
        ("Frames", lambda r: r.frame_count),
        ("Colour profile", lambda r: r.icc_profile),
    ),
    "Camera": (
        ("Make", lambda r: r.camera_make),
        ("Model", lambda r: r.camera_model),
        ("Lens", lambda r: r.lens_model),
        ("Exposure", _exposure),
        ("Aperture", lambda r: r.f_number and f"f/{number(r.f_number)}"),
        ("ISO", lambda r: r.iso),
        ("Focal length", lambda r: _with_unit(r.focal_length, "mm")),
    ),
    "Place and time": (
        ("Taken", _taken),
        ("Taken in UTC", lambda r: _moment(r.taken_at_utc)),
        ("Time from", lambda r: r.taken_at_source),
        ("Latitude", lambda r: _degrees(r.latitude, "north", "south")),
        ("Longitude", lambda r: _degrees(r.longitude, "east", "west")),
        ("Altitude", lambda r: _with_unit(r.altitude, "m")),
    ),
    "Index": (
        ("Image id", lambda r: r.image_id),
        ("Status", lambda r: r.status.value),
        ("Processed", lambda r: _moment(r.processed_at)),
        ("Revision", lambda r: r.revision),
        ("Sequencer", lambda r: r.sequencer),
        ("Reader version", lambda r: r.reader_version),
        ("Schema version", lambda r: r.schema_version),
        ("Forgotten after", _forgotten),
    ),
}
