"""Tests of opening S3 Inventory reports."""

import json
from collections.abc import Iterator

import pytest

from imgmeta import ConfigurationError, ObjectLocation
from imgmeta.bootstrap import AWSConnection, open_inventory
from imgmeta.config import Settings
from imgmeta.core.objects import ListedObject
from imgmeta.core.targets import Target
from support.aws.inventories import LOCATION, UPLOADED, Version, csv_file, report
from support.aws.moto import HAS_AWS, REGION, s3_in_memory

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

REPORT = report(csv_file([Version("2026/b.jpg"), Version("a.jpg"), Version("2026/a.txt")]))
SETTINGS = Settings(region=REGION)


@pytest.fixture(autouse=True)
def _bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with s3_in_memory(monkeypatch) as client:
        client.create_bucket(Bucket="reports")
        manifest = json.dumps(REPORT.document).encode()
        for key, content in {LOCATION.key: manifest, **REPORT.contents}.items():
            client.put_object(Bucket="reports", Key=key, Body=content)
        yield


def test_inventory_lists_its_bucket() -> None:
    inventory = open_inventory(SETTINGS, AWSConnection(SETTINGS), str(LOCATION))
    images = inventory.list(Target("holiday", "2026/"), wanted=lambda key: key.endswith(".jpg"))
    assert list(images) == [ListedObject("2026/b.jpg", 3, "e1", UPLOADED)]


@pytest.mark.parametrize(
    ("target", "after", "keys"),
    [
        (Target("holiday"), None, ["2026/a.txt", "2026/b.jpg", "a.jpg"]),
        (Target("holiday"), "2026/a.txt", ["2026/b.jpg", "a.jpg"]),
        (Target("holiday", "2026/"), "2026/b.jp", ["2026/b.jpg"]),
        (Target("holiday", "a", exact=True), None, []),
        (Target("holiday", "a.jpg", exact=True), None, ["a.jpg"]),
    ],
)
def test_listing_has_the_keys_of_the_target_after_a_key(
    target: Target, after: str | None, keys: list[str]
) -> None:
    inventory = open_inventory(SETTINGS, AWSConnection(SETTINGS), str(LOCATION))
    assert [each.key for each in inventory.list(target, after=after)] == keys


def test_description_identifies_the_content_of_the_manifest() -> None:
    inventory = open_inventory(SETTINGS, AWSConnection(SETTINGS), str(LOCATION))
    uri, digest = inventory.description.split(" ")
    assert uri == str(LOCATION)
    assert len(digest) == 32


def test_target_in_another_bucket_is_refused() -> None:
    inventory = open_inventory(SETTINGS, AWSConnection(SETTINGS), str(LOCATION))
    with pytest.raises(ConfigurationError, match="the inventory is of the bucket holiday, not of"):
        inventory.list(Target("other"))


@pytest.mark.parametrize(
    "uri", ["manifest.json", "s3://reports/", "s3://reports/a.csv", "", "s3://reports"]
)
def test_other_uri_is_refused(uri: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_inventory(SETTINGS, AWSConnection(SETTINGS), uri)
    assert str(caught.value) == (f"invalid inventory '{uri}': use s3://bucket/prefix/manifest.json")


def test_missing_manifest_is_reported() -> None:
    location = ObjectLocation("reports", "gone/manifest.json")
    with pytest.raises(
        ConfigurationError, match=r"s3://reports/gone/manifest\.json does not exist"
    ):
        open_inventory(SETTINGS, AWSConnection(SETTINGS), str(location))
