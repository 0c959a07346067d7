from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from weakref import WeakSet

import pytest

from imgmeta.adapters.memory import InMemoryImageRepository, InMemoryObjectStore
from imgmeta.core.digest import Digest
from imgmeta.core.notifications import MAX_FAILURES, Failure
from imgmeta.core.objects import Listing, ObjectLocation
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.targets import Target, suffix_filter
from imgmeta.core.unindexed import UnindexedCount
from imgmeta.errors import InvalidRecordError, TransientError
from imgmeta.ports import OnUnreadable
from imgmeta.service import add_unindexed, digest
from imgmeta.testing.strategies.record_examples import image_record

SINCE = datetime(2026, 11, 22, 6, tzinfo=UTC)
UNTIL = datetime(2026, 11, 23, 6, 0, 0, 500_000, tzinfo=UTC)
EMPTY = Digest("prod", SINCE, UNTIL)
HOLIDAY = [Target("holiday")]
MIXED = Digest(
    environment="prod",
    since=SINCE,
    until=UNTIL,
    processed=1_234,
    failed=2,
    file_size=5_678_901,
    failures=(Failure("a.jpg", "not an image"), Failure("b\n- c.jpg: forged", "cut short")),
)


def failed(key: str, **changes: object) -> ImageRecord:
    return image_record(key, status=Status.FAILED, **changes)


def digest_of(*records: ImageRecord) -> Digest:
    return Digest.of(records, since=SINCE, until=UNTIL, environment="prod")


def test_digest_counts_images_failures_and_bytes() -> None:
    failures = (Failure("b", "cut short", "holiday"), Failure("e", "", "holiday"))
    assert digest_of(
        image_record("a", file_size=3),
        failed("b", file_size=40, error="cut short"),
        image_record("c", file_size=500),
        image_record("d", file_size=None),
        failed("e"),
    ) == Digest("prod", SINCE, UNTIL, 3, 2, 546, failures)


def test_digest_leaves_out_tombstones() -> None:
    assert digest_of(image_record("a", status=Status.DELETED, file_size=3)) == EMPTY


def test_digest_keeps_the_first_failures_and_counts_all() -> None:
    many = digest_of(*(failed(str(number)) for number in range(MAX_FAILURES + 5)))
    assert many.failed == MAX_FAILURES + 5
    assert [failure.key for failure in many.failures] == [str(each) for each in range(MAX_FAILURES)]


def test_digest_consumes_records_one_by_one() -> None:
    alive: WeakSet[ImageRecord] = WeakSet()

    def records() -> Iterator[ImageRecord]:
        for number in range(100):
            record = failed(str(number), error="cut short")
            alive.add(record)
            yield record
            del record
            assert len(alive) <= 1

    assert Digest.of(records(), since=SINCE, until=UNTIL).failed == 100


def test_text_lists_period_counts_and_failures() -> None:
    assert MIXED.text() == (
        "Image digest\n"
        "Environment: prod\n"
        "Since:       2026-11-22 06:00:00 UTC\n"
        "Until:       2026-11-23 06:00:00.500000 UTC\n"
        "Processed:   1,234\n"
        "Failed:      2\n"
        "Bytes:       5,678,901\n"
        "\n"
        "Failed:\n"
        "- a.jpg: not an image\n"
        "- b\\n- c.jpg: forged: cut short\n"
    )


INCOMPLETE = Digest("prod", SINCE, UNTIL, 5, incomplete=2, incomplete_keys=("a.jpg", "b\n.jpg"))


def test_digest_names_images_that_are_cut_short() -> None:
    assert digest_of(
        image_record("a", file_size=1, complete=False),
        image_record("b", file_size=1, complete=True),
        image_record("c", file_size=1),
    ) == Digest("prod", SINCE, UNTIL, 3, 0, 3, incomplete=1, incomplete_keys=("a",))
    assert INCOMPLETE.text() == (
        "Image digest\n"
        "Environment: prod\n"
        "Since:       2026-11-22 06:00:00 UTC\n"
        "Until:       2026-11-23 06:00:00.500000 UTC\n"
        "Processed:   5\n"
        "Failed:      0\n"
        "Incomplete:  2\n"
        "Bytes:       0\n"
        "\n"
        "Incomplete:\n"
        "- a.jpg\n"
        "- b\\n.jpg\n"
    )


def test_digest_keeps_the_first_incomplete_images_and_counts_all() -> None:
    records = [image_record(str(number), complete=False) for number in range(MAX_FAILURES + 5)]
    many = digest_of(*records)
    assert (many.incomplete, len(many.incomplete_keys)) == (MAX_FAILURES + 5, MAX_FAILURES)
    assert many.text().endswith("- 999\n... and 5 more\n")


@pytest.mark.parametrize("limit", range(1_024, 1_124))
def test_failures_leave_room_for_the_number_of_incomplete_images(limit: int) -> None:
    failures = tuple(Failure(str(number), "") for number in range(MAX_FAILURES))
    many = replace(INCOMPLETE, failed=MAX_FAILURES, failures=failures, incomplete=2**63)
    text = many.text(limit=limit)
    assert len(text.encode()) <= limit
    assert "\nIncomplete:\n" in text


def test_text_without_failures_has_no_list() -> None:
    assert "Failed:\n" not in EMPTY.text()


@pytest.mark.parametrize(
    ("digest", "subject"),
    [
        (MIXED, "imgmeta digest: 1,234 processed, 2 failed (prod)"),
        (INCOMPLETE, "imgmeta digest: 5 processed, no failures, 2 incomplete (prod)"),
        (EMPTY, "imgmeta digest: 0 processed, no failures (prod)"),
        (Digest("", SINCE, UNTIL), "imgmeta digest: 0 processed, no failures"),
    ],
)
def test_subject_contains_the_number_of_failures(digest: Digest, subject: str) -> None:
    assert digest.subject() == subject


def uploaded(key: str, moment: datetime, **changes: object) -> ImageRecord:
    return image_record(key, upload_timestamp=int(moment.timestamp()), file_size=1, **changes)


def test_digest_covers_uploads_within_the_period() -> None:
    second = timedelta(seconds=1)
    repository = InMemoryImageRepository(
        [
            uploaded("before", SINCE - second),
            uploaded("first", SINCE),
            uploaded("bad", SINCE + second, status=Status.FAILED, error="no image"),
            uploaded("last", UNTIL),
            uploaded("after", UNTIL + second),
            uploaded("gone", SINCE, status=Status.DELETED),
        ]
    )
    result = digest(repository, since=SINCE, until=UNTIL, environment="prod")
    assert result == Digest("prod", SINCE, UNTIL, 2, 1, 3, (Failure("bad", "no image", "holiday"),))


@pytest.mark.parametrize(("count", "text"), [(1, "1 record"), (1_200, "1,200 records")])
def test_digest_passes_over_unreadable_records_and_counts_them(count: int, text: str) -> None:
    class Damaged(InMemoryImageRepository):
        def uploaded_between(
            self, *_: object, on_unreadable: OnUnreadable | None = None, **__: object
        ) -> Iterator[ImageRecord]:
            for _number in range(count):
                assert on_unreadable is not None
                on_unreadable(InvalidRecordError("the record is unreadable"))
            yield image_record(file_size=3)

    result = digest(Damaged(), since=SINCE, until=UNTIL, environment="prod")
    assert result == replace(EMPTY, processed=1, file_size=3, unreadable=count)
    assert f"\nUnreadable:  {text}: run `imgmeta sync` on the bucket\n" in result.text()
    assert "Unreadable" not in EMPTY.text()


def objects_at(uploads: dict[str, datetime]) -> InMemoryObjectStore:
    """Return an object store with objects of the bucket `holiday`, by key."""
    objects = InMemoryObjectStore()
    for key, moment in uploads.items():
        objects.put(ObjectLocation("holiday", key), b"x", last_modified=moment)
    return objects


def test_digest_counts_uploads_that_are_not_indexed() -> None:
    second = timedelta(seconds=1)
    objects = objects_at(
        {
            "a.jpg": SINCE,
            "b.mp4": SINCE,
            "c.MP4": UNTIL - second,
            "d.xyz": SINCE,
            "late.mp4": UNTIL,
            "old.mp4": SINCE - second,
        }
    )
    objects.fail_prefix("holiday", "secret/", "access denied")
    is_indexed = suffix_filter(["jpg"])
    complete = add_unindexed(
        EMPTY, objects, HOLIDAY, is_indexed=is_indexed, is_time_left=lambda: True
    )
    assert complete.unindexed == UnindexedCount({"video": 2, ".xyz": 1})
    assert "Not indexed: 3 (2 video, 1 .xyz)\n" in complete.text()
    partial = add_unindexed(
        EMPTY, objects, HOLIDAY, is_indexed=is_indexed, is_time_left=iter([True, False]).__next__
    )
    assert "Not indexed: at least 1 (1 video)\n" in partial.text()
    assert "Not indexed" not in EMPTY.text()


def test_digest_counts_the_unindexed_objects_of_all_buckets_below_the_prefix() -> None:
    objects = InMemoryObjectStore()
    for bucket, key in [("a", "x/1.mp4"), ("a", "y/2.mp4"), ("b", "x/3.mp4"), ("c", "x/4.mp4")]:
        objects.put(ObjectLocation(bucket, key), b"", last_modified=SINCE)
    result = add_unindexed(
        EMPTY,
        objects,
        [Target("a", "x/"), Target("b", "x/")],
        is_indexed=suffix_filter(["jpg"]),
        is_time_left=lambda: True,
    )
    assert result.unindexed == UnindexedCount({"video": 2})


def test_digest_without_a_listing_has_the_reason() -> None:
    class Unavailable(InMemoryObjectStore):
        def list(self, *_: object, **__: object) -> Iterator[Listing]:
            raise TransientError("AWS throttled the request")

    result = add_unindexed(
        EMPTY, Unavailable(), HOLIDAY, is_indexed=bool, is_time_left=lambda: True
    )
    assert "Not indexed: not counted: AWS throttled the request\n" in result.text()


class UnavailableRepository(InMemoryImageRepository):
    def uploaded_between(self, *_: object, **__: object) -> Iterator[ImageRecord]:
        yield image_record()
        raise TransientError("the store is unavailable")


def test_error_of_the_repository_is_raised() -> None:
    with pytest.raises(TransientError):
        digest(UnavailableRepository(), since=SINCE, until=UNTIL)


def test_values_are_those_of_the_text() -> None:
    assert MIXED.values() == {
        "Kind": "digest",
        "Environment": "prod",
        "Since": "2026-11-22T06:00:00+00:00",
        "Until": "2026-11-23T06:00:00.500000+00:00",
        "Processed": 1_234,
        "Failed": 2,
        "Incomplete": 0,
        "Unreadable": 0,
        "Bytes": 5_678_901,
        "Failures": [
            {"BucketName": "", "ObjectKey": "a.jpg", "Error": "not an image"},
            {"BucketName": "", "ObjectKey": "b\n- c.jpg: forged", "Error": "cut short"},
        ],
    }
