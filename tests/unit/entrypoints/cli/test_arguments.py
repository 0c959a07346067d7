from datetime import UTC, datetime, timedelta

import pytest

from imgmeta.core.queries import Query
from imgmeta.core.records import Status
from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.arguments import (
    Wanted,
    check_suffix,
    identified,
    moment,
    one_image,
)
from imgmeta.errors import ConfigurationError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FOLDER = Target("file://", "photos/")
IMAGE = Target("file://", "photos/a.jpg", exact=True)


@pytest.mark.parametrize(
    ("text", "meant"),
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
def test_a_time_is_understood_in_utc_unless_it_says_otherwise(text: str, meant: datetime) -> None:
    assert moment(text, NOW) == meant


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
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write one like 2026-11-01") as refused:
        moment(text, NOW)
    assert str(refused.value).isprintable()


def _locate(text: str) -> Target:
    return {"photos": FOLDER, "photos/a.jpg": IMAGE}[text]


def test_options_that_are_not_given_do_not_narrow() -> None:
    assert Wanted().query(_locate, NOW) == Query()


def test_options_make_a_query() -> None:
    wanted = Wanted("photos", "2d", "2026-11-22", Status.FAILED)
    assert wanted.query(_locate, NOW) == Query(
        "file://",
        "photos/",
        NOW - timedelta(days=2),
        datetime(2026, 11, 22, tzinfo=UTC),
        Status.FAILED,
    )


def test_a_time_that_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="before that of --until"):
        Wanted(since="2026-02-01", until="2026-02-01").query(_locate, NOW)


def test_one_file_that_is_not_indexed_is_refused_with_the_suffixes() -> None:
    with pytest.raises(ConfigurationError, match=r"notes\.txt.* one of jpg, png"):
        check_suffix(Target("file://", "notes.txt", exact=True), "notes.txt", ["png", "jpg"])


def test_images_and_folders_are_taken() -> None:
    prefix = Target("holiday", "notes.txt")
    assert check_suffix(prefix, "a", ["jpg"]) is prefix
    assert check_suffix(IMAGE, "a", ["jpg"]) is IMAGE
    assert check_suffix(FOLDER, "a", ["jpg"]) is FOLDER


def test_a_folder_is_not_one_image() -> None:
    assert one_image(IMAGE, "photos/a.jpg") == IMAGE
    with pytest.raises(ConfigurationError, match="photos is a folder"):
        one_image(FOLDER, "photos")


def test_what_is_a_prefix_of_a_bucket_elsewhere_is_a_key_where_one_image_is_meant() -> None:
    prefix = Target("holiday", "2026/a b.jpg")
    assert one_image(prefix, "") == Target("holiday", "2026/a b.jpg", exact=True)
    assert identified("s3://...", lambda _: prefix) == prefix.location.image_id


@pytest.mark.parametrize("prefix", ["", "2026/", "/"])
def test_a_bucket_and_a_part_of_one_are_not_one_image(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is no image: give one, as s3://holiday/key.jpg"):
        one_image(Target("holiday", prefix), f"s3://holiday/{prefix}\x1b")


def test_an_image_is_identified_by_its_id_or_its_place() -> None:
    assert identified("0123456789abcdef" * 2, _locate) == "0123456789abcdef" * 2
    assert identified("photos/a.jpg", _locate) == IMAGE.location.image_id
