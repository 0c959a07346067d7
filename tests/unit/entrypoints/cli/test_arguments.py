from datetime import UTC, datetime

import pytest

from imgmeta.adapters.filesystem import names
from imgmeta.adapters.filesystem.flavors import WINDOWS
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.arguments import (
    check_suffix,
    exact_location,
    image_or_prefix,
    literal_location,
    parse_image_id,
    single_image,
)
from imgmeta.errors import ConfigurationError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FOLDER = Target("file://", "photos/")
IMAGE = Target("file://", "photos/a.jpg", exact=True)


def _parse(text: str) -> Target:
    return {"photos": FOLDER, "photos/a.jpg": IMAGE}[text]


def test_file_with_another_suffix_is_rejected_with_the_known_suffixes() -> None:
    with pytest.raises(ConfigurationError, match=r"notes\.txt.* one of the suffixes jpg, png"):
        check_suffix(Target("file://", "notes.txt", exact=True), "notes.txt", ["png", "jpg"])


def test_images_folders_and_prefixes_pass_the_suffix_check() -> None:
    prefix = Target("holiday", "notes.txt")
    assert check_suffix(prefix, "a", ["jpg"]) is prefix
    assert check_suffix(IMAGE, "a", ["jpg"]) is IMAGE
    assert check_suffix(FOLDER, "a", ["jpg"]) is FOLDER


def test_folder_is_rejected_where_one_image_is_needed() -> None:
    assert single_image(IMAGE, "photos/a.jpg") == IMAGE
    with pytest.raises(ConfigurationError, match="photos is a folder: pass one image"):
        single_image(FOLDER, "photos")


def test_prefix_in_a_bucket_is_a_whole_key_where_one_image_is_needed() -> None:
    prefix = Target("holiday", "2026/a b.jpg")
    assert single_image(prefix, "") == Target("holiday", "2026/a b.jpg", exact=True)
    assert parse_image_id("s3://...", lambda _: prefix) == prefix.location.image_id


@pytest.mark.parametrize("prefix", ["", "2026", "2026/", "2026/IMG_", "v1.2/", "v1.2/2026"])
def test_uri_without_a_suffix_is_a_prefix_where_images_or_prefixes_are_taken(prefix: str) -> None:
    target = Target("holiday", prefix)
    assert image_or_prefix(target, f"s3://holiday/{prefix}", ["jpg"]) == target
    assert image_or_prefix(FOLDER, "photos", ["jpg"]) == FOLDER
    assert image_or_prefix(IMAGE, "photos/a.jpg", ["jpg"]) == IMAGE


@pytest.mark.parametrize("key", ["a.jpg", "2026/a.JPG", "v1.2/a.jpg"])
def test_uri_with_the_suffix_of_an_image_is_a_key(key: str) -> None:
    target = image_or_prefix(Target("holiday", key), f"s3://holiday/{key}", ["jpg"])
    assert target == Target("holiday", key, exact=True)
    with pytest.raises(ConfigurationError, match=r"pass an image with one of the suffixes png"):
        image_or_prefix(Target("holiday", key), f"s3://holiday/{key}", ["png"])


@pytest.mark.parametrize("prefix", ["", "2026/", "/"])
def test_bucket_or_folder_prefix_is_rejected_where_one_image_is_needed(prefix: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"is not an image: pass a key, such as s3://holiday/key.jpg"
    ):
        single_image(Target("holiday", prefix), f"s3://holiday/{prefix}\x1b")


def test_image_id_comes_from_an_id_or_a_path() -> None:
    assert parse_image_id("0123456789abcdef" * 2, _parse) == "0123456789abcdef" * 2
    assert parse_image_id("photos/a.jpg", _parse) == IMAGE.location.image_id


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("file:///srv/a%20b.jpg", "srv/a b.jpg"),
        ("FILE://localhost/srv/a%FF.jpg", "srv/a\uefff.jpg"),
        ("file:///srv/100%.jpg", "srv/100%.jpg"),
        ("/srv/a%20b.jpg", "srv/a%20b.jpg"),
        ("./a.jpg", "home/me/a.jpg"),
        ("photos/a\udcff.jpg", "home/me/photos/a\uefff.jpg"),
    ],
)
def test_exact_location_is_the_key_that_was_printed(text: str, key: str) -> None:
    assert exact_location(text, "home/me/") == ObjectLocation("file://", key)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (r"photos\a.jpg", "C:/Users/me/photos/a.jpg"),
        ("file:///C:/a%20b.jpg", "C:/a b.jpg"),
        ("file:///C:/a b.jpg", "C:/a b.jpg"),
        ("file://nas/photos/a b.jpg", "//nas/photos/a b.jpg"),
    ],
)
def test_exact_location_on_windows_is_the_key_that_was_printed(
    monkeypatch: pytest.MonkeyPatch, text: str, key: str
) -> None:
    monkeypatch.setattr(names, "FLAVOR", WINDOWS)

    assert exact_location(text, "C:/Users/me/") == ObjectLocation("file://", key)


def test_object_in_s3_has_no_other_exact_location() -> None:
    assert exact_location("s3://holiday/a.jpg", "home/me/") is None


@pytest.mark.parametrize(
    ("text", "bucket", "key"),
    [
        ("s3://holiday/a%20b.jpg", "holiday", "a%20b.jpg"),
        ("file:///srv/a%20b.jpg", "file://", "srv/a%20b.jpg"),
        ("GS://holiday/a%20b.jpg", "gs://holiday", "a%20b.jpg"),
    ],
)
def test_literal_location_is_not_decoded(text: str, bucket: str, key: str) -> None:
    assert literal_location(text) == ObjectLocation(bucket, key)


@pytest.mark.parametrize(
    "text", ["s3://holiday/a.jpg", "s3://holiday/a b%20.jpg", "a%20b.jpg", "gs://holiday/a.jpg"]
)
def test_literal_location_needs_an_encoded_uri(text: str) -> None:
    assert literal_location(text) is None
