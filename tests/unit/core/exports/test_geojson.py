import json
from typing import Any

import pytest

from imgmeta.core.exports import COLUMNS, geojson_chunks
from imgmeta.core.records import ImageRecord
from imgmeta.testing.strategies.record_examples import image_record


def collection(*records: ImageRecord) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(b"".join(geojson_chunks(records)))
    return value


def test_collection_without_records_is_valid() -> None:
    assert collection() == {"type": "FeatureCollection", "features": []}


def test_feature_has_all_columns_in_their_order() -> None:
    record = image_record("a b.jpg", camera_make="Canon")
    (feature,) = collection(record)["features"]
    assert (feature["type"], feature["id"]) == ("Feature", record.image_id)
    properties = feature["properties"]
    assert [*properties] == [column.name for column in COLUMNS]
    values = {name: value for name, value in properties.items() if value is not None}
    assert values == record.to_item() | {"Uri": record.uri}


@pytest.mark.parametrize(
    ("position", "coordinates"),
    [
        ({"latitude": -38.5, "longitude": 9.25}, [9.25, -38.5]),
        ({"latitude": 38.5, "longitude": -9.25, "altitude": -3.0}, [-9.25, 38.5, -3.0]),
        ({"latitude": 1e-07, "longitude": 0.0}, [0.0, 1e-07]),
    ],
)
def test_geometry_has_longitude_latitude_and_any_altitude(
    position: dict[str, float], coordinates: list[float]
) -> None:
    (feature,) = collection(image_record("a.jpg", **position))["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": coordinates}


@pytest.mark.parametrize("position", [{}, {"latitude": 1.0}, {"longitude": 1.0}, {"altitude": 1.0}])
def test_geometry_without_a_position_is_null(position: dict[str, float]) -> None:
    (feature,) = collection(image_record("a.jpg", **position))["features"]
    assert feature["geometry"] is None


def test_each_feature_is_on_its_own_line_of_printable_characters() -> None:
    text = b"".join(geojson_chunks([image_record("a\n\x1b[31m\0"), image_record("b")])).decode()
    lines = text.splitlines()
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
    assert json.loads(text)["features"][0]["properties"]["ObjectKey"] == "a\n\x1b[31m\0"
