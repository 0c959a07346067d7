"""GeoJSON (RFC 7946) of records."""

from collections.abc import Iterable, Iterator

from imgmeta.core.json_lines import escape_json
from imgmeta.core.records import ImageRecord

__all__ = ["geojson_chunks"]


def geojson_chunks(records: Iterable[ImageRecord]) -> Iterator[bytes]:
    """Yield a `FeatureCollection` with one feature per line, in chunks.

    The ID of a feature is the record's `ImageId`. Its properties are all columns, also those
    without a value, so that programs find the same columns in each file. Its geometry is a point,
    with the altitude if that is known, or null without a position (section 3.2).
    """
    yield b'{"type":"FeatureCollection","features":['
    separator = "\n"
    for record in records:
        yield f"{separator}{_feature(record)}".encode()
        separator = ",\n"
    yield b"\n]}\n"


def _feature(record: ImageRecord) -> str:
    properties = record.model_dump_json(by_alias=True)
    return escape_json(
        f'{{"type":"Feature","id":"{record.image_id}","geometry":{_geometry(record)},'
        f'"properties":{{"Uri":"{record.uri}",{properties[1:]}}}'
    )


def _geometry(record: ImageRecord) -> str:
    if record.latitude is None or record.longitude is None:
        return "null"
    altitude = "" if record.altitude is None else f",{record.altitude!r}"
    # Longitude first: section 3.1.1.
    return f'{{"type":"Point","coordinates":[{record.longitude!r},{record.latitude!r}{altitude}]}}'
