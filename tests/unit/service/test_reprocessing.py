"""Images are selected by target or by record, and read again here or through a queue."""

from collections.abc import Iterator
from threading import current_thread

import pytest

from imgmeta import (
    HasStatus,
    Hint,
    ImageRecord,
    Indexer,
    InvalidRecordError,
    ItemOutcome,
    ObjectLocation,
    Outcome,
    Query,
    ReaderBefore,
    Status,
    Target,
    TransientError,
    UnlistedObject,
)
from imgmeta.adapters.memory import InMemoryHintQueue, InMemoryImageRepository
from imgmeta.ports import OnUnreadable
from imgmeta.service import process_selected, select_images, select_records, send_hints
from support.convergence.bucket import BUCKET
from support.convergence.indexer_harness import ALL, IndexerHarness


@pytest.fixture
def harness() -> IndexerHarness:
    """Return an indexer whose bucket differs from its index at two of four keys."""
    harness = IndexerHarness()
    for key in ("a/gone.jpg", "a/same.jpg", "b/same.jpg"):
        harness.bucket.put(key, 5)
    harness.sync()
    harness.bucket.delete("a/gone.jpg")
    harness.bucket.put("a/new.jpg", 6)
    return harness


def forced(*keys: str) -> list[Hint]:
    return [Hint(ObjectLocation(BUCKET, key), force=True) for key in keys]


def fail(error: InvalidRecordError) -> None:
    raise error


class Unreadable(InMemoryImageRepository):
    """A repository whose records are all damaged."""

    def get(self, image_id: str) -> ImageRecord | None:
        raise InvalidRecordError(image_id)

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        del bucket, prefix, after
        return self.scan(include_deleted=include_deleted, on_unreadable=on_unreadable)

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        del include_deleted
        assert on_unreadable is not None
        on_unreadable(InvalidRecordError("damaged"))
        return iter([])


def test_target_selects_listed_images_and_records(harness: IndexerHarness) -> None:
    selected = list(select_images(harness.indexer, Target(BUCKET, "a/")))
    assert selected == forced("a/gone.jpg", "a/new.jpg", "a/same.jpg")


def test_exact_target_selects_its_image_whether_or_not_it_exists(harness: IndexerHarness) -> None:
    target = Target(BUCKET, "none.jpg", exact=True)
    assert list(select_images(harness.indexer, target)) == forced("none.jpg")


def test_selected_images_are_processed_although_they_are_unchanged(
    harness: IndexerHarness,
) -> None:
    selected = select_images(harness.indexer, ALL)
    outcomes = [
        (each.location.key, each.outcome) for each in process_selected(harness.indexer, selected)
    ]
    assert outcomes == [
        ("a/gone.jpg", Outcome.DELETED),
        ("a/new.jpg", Outcome.PROCESSED),
        ("a/same.jpg", Outcome.PROCESSED),
        ("b/same.jpg", Outcome.PROCESSED),
    ]
    assert set(harness.verify().values()) == {"same"}


def test_object_that_cannot_be_listed_is_an_error_with_the_reason(harness: IndexerHarness) -> None:
    harness.bucket.unlisted.append(UnlistedObject("c.jpg", "permission denied"))
    *others, last = process_selected(harness.indexer, select_images(harness.indexer, ALL))
    assert len(others) == 4
    location = ObjectLocation(BUCKET, "c.jpg")
    assert last == ItemOutcome(location, Outcome.ERROR, reason="permission denied", retryable=True)


def test_images_are_processed_concurrently_in_order(harness: IndexerHarness) -> None:
    for number in range(100):
        harness.bucket.put(f"c/{number:03}.jpg", 5)
    selected = select_images(harness.indexer, Target(BUCKET, "c/"))
    outcomes = list(process_selected(harness.indexer, selected, concurrency=lambda _: 8))
    assert [each.location.key for each in outcomes] == [
        f"c/{number:03}.jpg" for number in range(100)
    ]
    assert {each.outcome for each in outcomes} == {Outcome.PROCESSED}


def test_each_bucket_has_its_own_concurrency(
    harness: IndexerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, in_caller = current_thread(), dict[str, bool]()

    def process(_: Indexer, hint: Hint) -> ItemOutcome:
        in_caller[hint.location.key] = current_thread() is caller
        return ItemOutcome(hint.location, Outcome.PROCESSED)

    monkeypatch.setattr(Indexer, "process", process)
    names = [("local", "a"), ("remote", "b"), ("remote", "c"), ("local", "d")]
    hints = [Hint(ObjectLocation(*name)) for name in names]
    outcomes = process_selected(
        harness.indexer, hints, concurrency={"local": 1, "remote": 2}.__getitem__
    )
    assert [each.location for each in outcomes] == [hint.location for hint in hints]
    assert in_caller == {"a": True, "b": False, "c": False, "d": True}


@pytest.mark.parametrize(
    ("target", "keys"),
    [
        (None, ["a/gone.jpg", "a/same.jpg", "b/same.jpg"]),
        (ALL, ["a/gone.jpg", "a/same.jpg", "b/same.jpg"]),
        (Target(BUCKET, "a/"), ["a/gone.jpg", "a/same.jpg"]),
        (Target(BUCKET, "a/same.jpg", exact=True), ["a/same.jpg"]),
        (Target(BUCKET, "a/new.jpg", exact=True), []),
        (Target("another"), []),
    ],
)
def test_query_selects_records_of_the_target(
    harness: IndexerHarness, target: Target | None, keys: list[str]
) -> None:
    def select(query: Query) -> list[Hint]:
        hints = select_records(harness.repository, query, target, on_unreadable=fail)
        return sorted(hints, key=lambda hint: hint.location.key)

    assert select(Query((HasStatus(Status.PROCESSED),))) == forced(*keys)
    assert select(Query((ReaderBefore(100),))) == forced(*keys)
    assert select(Query((HasStatus(Status.FAILED),))) == []


def test_tombstone_is_selected_by_its_status_only(harness: IndexerHarness) -> None:
    harness.sync()
    target = Target(BUCKET, "a/gone.jpg", exact=True)
    for query, keys in [(Query(), []), (Query((HasStatus(Status.DELETED),)), ["a/gone.jpg"])]:
        for each in (target, ALL):
            hints = select_records(harness.repository, query, each, on_unreadable=fail)
            assert [hint.location.key for hint in hints if "gone" in hint.location.key] == keys


def test_unreadable_record_of_an_exact_target_is_reported() -> None:
    errors: list[InvalidRecordError] = []
    target = Target(BUCKET, "a.jpg", exact=True)
    hints = select_records(Unreadable(), Query(), target, on_unreadable=errors.append)
    assert list(hints) == []
    assert [error.message for error in errors] == [target.location.image_id]


@pytest.mark.parametrize("target", [None, ALL])
def test_unreadable_record_of_a_query_is_reported(target: Target | None) -> None:
    errors: list[InvalidRecordError] = []
    hints = select_records(Unreadable(), Query(), target, on_unreadable=errors.append)
    assert list(hints) == []
    assert [error.message for error in errors] == ["damaged"]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_hints_are_sent_in_batches_of_ten(concurrency: int) -> None:
    queue = InMemoryHintQueue()
    hints = forced(*(f"{number}.jpg" for number in range(25)))
    assert list(send_hints(queue, hints, concurrency=concurrency)) == [10, 10, 5]
    received = {
        hint.location.key: hint.force
        for _ in range(3)
        for delivery in queue.receive()
        for hint in delivery.parsed.hints
    }
    assert received == {hint.location.key: True for hint in hints}


def test_hints_are_consumed_while_they_are_sent() -> None:
    consumed = 0

    def hints() -> Iterator[Hint]:
        nonlocal consumed
        while True:
            consumed += 1
            yield from forced(f"{consumed}.jpg")

    sent = send_hints(InMemoryHintQueue(), hints(), concurrency=2)
    assert [next(sent), next(sent)] == [10, 10]
    assert consumed <= 200


def test_failure_of_the_queue_is_raised_after_the_batches_before_it() -> None:
    class Failing(InMemoryHintQueue):
        def put(self, body: str) -> None:
            if "17.jpg" in body:
                raise TransientError("the queue is unavailable")
            super().put(body)

    sent = send_hints(Failing(), forced(*(f"{number}.jpg" for number in range(25))))
    assert next(sent) == 10
    with pytest.raises(TransientError, match="the queue is unavailable"):
        next(sent)
