from datetime import UTC, datetime, timedelta

import pytest

from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.arguments import (
    check_suffix,
    image_or_prefix,
    parse_image_id,
    parse_time,
    single_image,
)
from imgmeta.errors import ConfigurationError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FOLDER = Target("file://", "photos/")
IMAGE = Target("file://", "photos/a.jpg", exact=True)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T12:00", datetime(2026, 11, 1, 12, tzinfo=UTC)),
        ("2026-11-01 12:00:01", datetime(2026, 11, 1, 12, 0, 1, tzinfo=UTC)),
        ("2026-11-01T12:00Z", datetime(2026, 11, 1, 12, tzinfo=UTC)),
        ("2026-11-01T12:00+02:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ("7d", NOW - timedelta(days=7)),
        ("24h", NOW - timedelta(days=1)),
    ],
)
def test_time_is_utc_unless_it_has_an_offset(text: str, time: datetime) -> None:
    assert parse_time(text, NOW) == time


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01",
        "7w",
        "999999d",
        "9999999999d",
        "٣d",
        "0001-01-01T00:00+14:00",
        "\x1b[2J",
    ],
)
def test_invalid_time_is_reported_with_an_example(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"invalid time .*: use 2026-11-01") as caught:
        parse_time(text, NOW)
    assert str(caught.value).isprintable()


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
