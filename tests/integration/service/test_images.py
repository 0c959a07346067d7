"""Searches and records of the example service, in SQLite and DynamoDB."""

from typing import Any

import pytest

pytest.importorskip("fastapi", reason="needs the dependency group examples")

from imgmeta import ImageRecord, image_id, record_schema
from integration.service.conftest import RECORDS
from support.http.asgi_client import Client
from support.records.schema_validator import record_validator


def names(client: Client, **parameters: str | int | list[str]) -> str:
    response = client.get("/images", **parameters)
    assert response.status_code == 200, response.text
    return " ".join(each["ObjectKey"].rpartition("/")[2][0] for each in response.json()["images"])


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, "a b c d e"),
        ({"camera": "canon"}, "a"),
        ({"format": "jpg"}, "a"),
        ({"taken_since": "2026-06", "taken_until": "2026-07"}, "a"),
        ({"since": "2026-06-01", "sort": "-uploaded"}, "c a"),
        ({"near": "48.1,11.6", "within": "10km"}, "a"),
        ({"bbox": "-20,179,-10,-179"}, "c"),
        ({"with": "location", "without": ["camera", "date"]}, "c"),
        ({"min_size": "5MB", "sort": "-size"}, "c a"),
        ({"not": ["format=gif", "format=nef"], "with": "camera"}, "a"),
        ({"incomplete": "true"}, "e"),
        ({"status": "failed", "error": "TRUNC"}, "d"),
        ({"status": "deleted"}, "g"),
        ({"prefix": "s3://holiday/2026/", "glob": "*.jpg"}, "a"),
        ({"prefix": "s3://holiday/2026/c%20%F0%9F%98%80"}, "c"),
    ],
)
def test_search_takes_the_filters_of_the_command(
    client: Client, parameters: dict[str, Any], found: str
) -> None:
    assert names(client, **parameters) == found


def test_pages_follow_each_other_until_there_is_no_cursor(client: Client) -> None:
    seen, parameters = list[str](), dict[str, Any](sort="-size", limit=2)
    while True:
        page = client.get("/images", **parameters).json()
        seen += [each["ObjectKey"] for each in page["images"]]
        if "next" not in page:
            break
        parameters["after"] = page["next"]
    assert seen == ["2026/c \N{GRINNING FACE}.nef", "2026/a.jpg", "2026/b.gif", "e.jpg", "d.jpg"]


def test_record_is_that_of_the_index_with_its_uri(client: Client) -> None:
    for record in RECORDS[:-1]:
        response = client.get(f"/images/{record.image_id}")
        assert response.status_code == 200
        assert response.json() == record.to_item() | {"Uri": record.uri}
        assert ImageRecord.from_json(response.content) == record
        record_validator(record_schema()).validate(response.json())


def test_unknown_image_is_not_found(client: Client) -> None:
    unknown = image_id("holiday", "other.jpg")
    for each in (unknown, "x", "\N{GRINNING FACE}", "%00"):
        response = client.get(f"/images/{each}")
        assert response.status_code == 404
        assert response.json() == {"detail": "there is no image with this ID"}


def test_id_that_no_store_accepts_is_invalid(client: Client) -> None:
    response = client.get(f"/images/{'x' * 3_000}")  # more than a key of DynamoDB may have
    assert response.status_code == 422
    assert response.json() == {"detail": "invalid image_id: must have at most 32 characters"}


def test_deleted_image_is_gone(client: Client) -> None:
    response = client.get(f"/images/{RECORDS[-1].image_id}")
    assert response.status_code == 410
    assert response.json() == {"detail": "the image was deleted"}


def test_health_is_ok_if_the_index_responds(client: Client) -> None:
    response = client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
