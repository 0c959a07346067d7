"""Errors, the map, the GPS policy, the cost of DynamoDB and the OpenAPI document of the service."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Self

import pytest

pytest.importorskip("fastapi", reason="needs the dependency group examples")

from fastapi import FastAPI

from imgmeta import (
    ConfigurationError,
    GpsPolicy,
    InvalidRecordError,
    PermanentError,
    TransientError,
    record_schema,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.config import Settings, SQLiteFile
from imgmeta.core.filter_values import FILTER_NAMES
from imgmeta.core.records import ImageRecord
from imgmeta.core.table_size import TableSize
from imgmeta.ports import OnUnreadable
from imgmeta_service import app as app_module
from imgmeta_service import create_app
from imgmeta_service import index as index_module
from integration.service.conftest import RECORDS
from support.http.asgi_client import Client, running

PRIVATE = "/private/index.db"


class FailingRepository(InMemoryImageRepository):
    """A repository whose answers fail after some records."""

    def __init__(self, error: Exception, after: int = 0) -> None:
        super().__init__(RECORDS)
        self.error = error
        self.after = after

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get(self, image_id: str) -> ImageRecord | None:
        del image_id
        raise self.error

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        for number, record in enumerate(super().scan(include_deleted=include_deleted)):
            if number == self.after:
                break
            yield record
        if isinstance(self.error, InvalidRecordError):
            assert on_unreadable is not None
            on_unreadable(self.error)
        else:
            raise self.error


Failing = Callable[..., FastAPI]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """Return a function that returns a service whose index fails."""

    def app_of(error: Exception, after: int = 0) -> FastAPI:
        repository = FailingRepository(error, after)
        monkeypatch.setattr(app_module, "open_repository", lambda *_, **__: repository)
        return create_app(Settings())

    return app_of


@pytest.mark.parametrize("path", ["/images", f"/images/{'0' * 32}", "/map.geojson", "/health"])
def test_failed_index_is_reported_without_its_path(
    failing: Failing, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with running(failing(TransientError(f"{PRIVATE} is locked"))) as client:
        response = client.get(path)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert response.json() == {"detail": "the index cannot respond now: try again later"}
    with running(failing(PermanentError(f"{PRIVATE} is damaged"))) as client:
        response = client.get(path)
        assert response.status_code == 500
        assert response.json() == {"detail": "the index cannot be read: see the log of the service"}
    assert [each.message for each in caplog.records if each.levelno >= logging.WARNING] == [
        f"{PRIVATE} is locked",
        f"{PRIVATE} is damaged",
    ]


def test_unreadable_record_is_logged_and_skipped(
    failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    with running(failing(InvalidRecordError("damaged"), after=2)) as client:
        assert len(client.get("/images").json()["images"]) == 2
        assert len(client.get("/map.geojson").json()["features"]) == 1
        assert client.get(f"/images/{'0' * 32}").status_code == 500
    assert [each.message for each in caplog.records if each.name == "imgmeta_service"] == [
        *("skipped: damaged", "skipped: damaged", "damaged")
    ]


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"near": "1,2"}, "near needs a distance: add, for example, within 5km"),
        ({"min_size": "x"}, "invalid min_size 'x': use bytes, 500kB, 2MB or 1.5MiB"),
        ({"taken_since": "\x1b"}, r"invalid time '\x1b': use 2026-11-01, 2026-11,"),
        ({"min_iso": "2", "max_iso": "1"}, "min_iso must not be greater than max_iso"),
        ({"sort": "beauty"}, "invalid sort 'beauty': use key, status,"),
        ({"after": "x"}, "invalid cursor: use one that an earlier query returned"),
        ({"prefix": "/etc/passwd"}, "invalid prefix '/etc/passwd': use a URI, such as s3://"),
        ({"not": "x"}, "invalid not 'x': use the name and value of a filter"),
        ({"limit": 501}, "invalid limit: must be at most 500"),
        ({"limit": "many"}, "invalid limit: must be a whole number"),
        ({"with": ["date"] * 21}, "invalid with: must not have more values than 20"),
        ({"camra": "canon"}, "unknown parameter camra: see /docs"),
        ({"within": "5km"}, "within needs a position: add, for example, near 48.137,11.575"),
    ],
)
def test_invalid_parameter_is_one_sentence(
    client: Client, parameters: dict[str, Any], detail: str
) -> None:
    response = client.get("/images", **parameters)
    assert response.status_code == 422
    assert response.json().keys() == {"detail"}
    assert response.json()["detail"].startswith(detail)
    if parameters.keys() & {"near", "camra", "not"}:
        assert client.get("/map.geojson", **parameters).json() == response.json()


def test_map_is_a_feature_collection(client: Client) -> None:
    response = client.get("/map.geojson")
    assert response.headers["Content-Type"] == "application/geo+json"
    collection = response.json()
    assert collection.keys() == {"type", "features"}
    assert collection["type"] == "FeatureCollection"
    features = {each["id"]: each for each in collection["features"]}
    assert len(features) == 2
    first = RECORDS[0]
    assert features[first.image_id]["type"] == "Feature"
    assert features[first.image_id]["geometry"] == {
        "type": "Point",
        "coordinates": [11.575555, 48.137222, 519.0],
    }
    assert features[first.image_id]["properties"]["Uri"] == first.uri
    assert features[RECORDS[2].image_id]["geometry"]["coordinates"] == [179.9, -17.7]


def test_map_takes_the_filters_and_may_be_empty(client: Client) -> None:
    across = client.get("/map.geojson", bbox="-20,179,-10,-179").json()["features"]
    assert [each["id"] for each in across] == [RECORDS[2].image_id]
    assert client.get("/map.geojson", camera="leica").json() == {
        "type": "FeatureCollection",
        "features": [],
    }


def test_rounded_positions_are_shown_and_found_by_the_rounded_position(settings: Settings) -> None:
    first = RECORDS[0]
    with running(create_app(replace(settings, gps_policy=GpsPolicy.ROUND))) as client:
        image = client.get(f"/images/{first.image_id}").json()
        assert (image["Latitude"], image["Longitude"]) == (48.14, 11.58)
        assert "Altitude" not in image
        features = client.get("/map.geojson", camera="canon").json()["features"]
        assert [each["geometry"]["coordinates"] for each in features] == [[11.58, 48.14]]
        exact = client.get("/images", near=f"{first.latitude},{first.longitude}", within="100m")
        assert exact.json()["images"] == []


def test_dropped_positions_are_neither_shown_nor_found(settings: Settings) -> None:
    with running(create_app(replace(settings, gps_policy=GpsPolicy.DROP))) as client:
        images = client.get("/images").json()["images"]
        assert len(images) == 5
        assert not any("Latitude" in each or "Altitude" in each for each in images)
        assert client.get("/map.geojson").json()["features"] == []
        for parameters in ({"with": "location"}, {"bbox": "-90,-180,90,180"}):
            assert client.get("/images", **parameters).json()["images"] == []
        for order in ("latitude", "-longitude", "distance"):
            response = client.get("/images", sort=order, near="48,11", within="5km")
            assert response.status_code == 422
            assert response.json() == {"detail": "positions are not exact here: use another order"}


@pytest.mark.parametrize("size", [TableSize(1, 10**9), None])
def test_large_table_is_not_read_as_a_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, size: TableSize | None
) -> None:
    monkeypatch.setattr(index_module, "table_size", lambda *_: size)
    is_table = "DynamoDB" in type(settings.store).__name__
    with running(create_app(settings)) as client:
        for path in ("/images", "/map.geojson"):
            response = client.get(path, camera="canon")
            assert response.status_code == (422 if is_table else 200)
            if is_table:
                assert response.json() == {
                    "detail": "this request may read the whole index: add a longer prefix, or since"
                }
            assert client.get(path, camera="canon", since="2026").status_code == 200
            assert client.get(path, prefix="s3://holiday/2026/").status_code == 200


def _with_floats(value: object) -> object:
    # FastAPI writes the limits of integers as floating-point numbers.
    return json.loads(json.dumps(value), parse_int=float)


def test_openapi_document_has_the_filters_and_the_schema_of_a_record(client: Client) -> None:
    document = client.get("/openapi.json").json()
    names = {each["name"] for each in document["paths"]["/map.geojson"]["get"]["parameters"]}
    assert names == {each.replace("-", "_") for each in FILTER_NAMES} | {"within", "not"}
    search = {each["name"] for each in document["paths"]["/images"]["get"]["parameters"]}
    assert search - names == {"sort", "limit", "after"}
    schema, expected = document["components"]["schemas"]["Image"], record_schema()
    assert _with_floats(schema["properties"]) == _with_floats(expected["properties"])
    assert schema["required"] == expected["required"]
    drawn = document["paths"]["/map.geojson"]["get"]["responses"]["200"]
    assert drawn["content"].keys() == {"application/geo+json"}
    problem = {"$ref": "#/components/schemas/Problem"}
    for path in ("/images", "/images/{image_id}", "/map.geojson", "/health"):
        responses = document["paths"][path]["get"]["responses"]
        assert {"200", "422", "500", "503"} <= responses.keys()
        assert responses["422"]["content"]["application/json"]["schema"] == problem


def test_missing_index_stops_the_start(tmp_path_factory: pytest.TempPathFactory) -> None:
    missing = Settings(SQLiteFile(str(tmp_path_factory.mktemp("empty") / "index.db")))
    with (
        pytest.raises(ConfigurationError, match="there is no index at"),
        running(create_app(missing)),
    ):
        pass
