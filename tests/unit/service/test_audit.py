from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from imgmeta.adapters.memory import InMemoryHintQueue
from imgmeta.core.hints import AuditRequest, Hint
from imgmeta.core.targets import Target
from imgmeta.errors import ConfigurationError, TransientError
from imgmeta.service.audit import AuditLimits, AuditProgress, audit, start_audits
from support.convergence.bucket import BUCKET
from support.convergence.indexer_harness import IndexerHarness

LIMITS = AuditLimits(max_keys=100, slice_keys=10, slice_differences=10, is_time_left=lambda: True)


class Fixture:
    """Five images in a bucket, of which the index has three and one that is gone."""

    def __init__(self) -> None:
        self.queue = InMemoryHintQueue()
        self.indexing = IndexerHarness()
        for number in (1, 2, 3, 9):
            self.indexing.bucket.put(f"{number}.jpg", 5)
        self.indexing.sync()
        self.indexing.bucket.delete("9.jpg")
        self.indexing.bucket.put("4.jpg", 5)
        self.indexing.bucket.put("5.jpg", 5)

    def audit(self, *, prefix: str = "", request: Any = None, **limits: Any) -> AuditProgress:  # noqa: ANN401 - any limit
        return audit(
            self.indexing.indexer,
            self.queue,
            request or AuditRequest(BUCKET),
            Target(BUCKET, prefix),
            replace(LIMITS, **limits),
        )

    def requests(self) -> list[AuditRequest]:
        audits = [each for one in self.queue.receive() for each in one.parsed.audits]
        return [replace(each, message_id="") for each in audits]

    def hints(self) -> list[tuple[str, bool]]:
        self.queue.expire_delay()
        hints = [each for one in self.queue.receive() for each in one.parsed.hints]
        return [(each.location.key, each.audit) for each in hints]


@pytest.fixture
def fixture() -> Fixture:
    return Fixture()


def test_differences_become_hints_of_the_audit(fixture: Fixture) -> None:
    assert fixture.audit() == AuditProgress(BUCKET, 6, 3, 6, 3, is_finished=True, is_complete=True)
    assert fixture.hints() == [("4.jpg", True), ("5.jpg", True), ("9.jpg", True)]


def test_unfinished_audit_asks_for_the_next_slice_with_the_counts_so_far(
    fixture: Fixture,
) -> None:
    request = AuditRequest(BUCKET, after="1.jpg", keys=1, drift=1)
    assert fixture.audit(request=request, slice_keys=3) == AuditProgress(
        BUCKET, 3, 1, 4, 2, is_finished=False, is_complete=False
    )
    assert fixture.requests() == [AuditRequest(BUCKET, "4.jpg", 4, 2)]
    assert fixture.hints() == [("4.jpg", True)]


def test_slice_ends_when_time_is_up(fixture: Fixture) -> None:
    times = iter([True] * 3)
    fixture.audit(is_time_left=lambda: next(times, False))
    (request,) = fixture.requests()
    assert (request.after, request.keys) == ("2.jpg", 2)


def test_audit_of_a_larger_bucket_ends_incomplete(fixture: Fixture) -> None:
    progress = fixture.audit(request=AuditRequest(BUCKET, "1.jpg", keys=1), max_keys=3)
    assert (progress.keys, progress.is_finished, progress.is_complete) == (3, True, False)
    assert fixture.requests() == []


def test_audit_of_a_bucket_with_the_largest_number_of_keys_is_complete(fixture: Fixture) -> None:
    assert fixture.audit(max_keys=6, slice_keys=100).is_complete is False
    assert fixture.audit(max_keys=7, slice_keys=100).is_complete is True


def test_only_keys_below_the_prefix_are_compared(fixture: Fixture) -> None:
    assert (fixture.audit(prefix="4").keys, fixture.hints()) == (1, [("4.jpg", True)])


class FailingQueue(InMemoryHintQueue):
    """A queue that rejects hints, requests or nothing."""

    def __init__(self, rejected: str) -> None:
        super().__init__()
        self.rejected = rejected

    def send_later(self, hints: Iterable[Hint]) -> None:
        if self.rejected == "hints":
            raise TransientError("slow down")
        super().send_later(hints)

    def send_audits(self, requests: Iterable[AuditRequest]) -> None:
        if self.rejected == "requests":
            raise TransientError("slow down")
        super().send_audits(requests)


@pytest.mark.parametrize("rejected", ["hints", "requests"])
def test_slice_whose_messages_are_rejected_can_be_repeated(fixture: Fixture, rejected: str) -> None:
    queue = fixture.queue = FailingQueue(rejected)
    with pytest.raises(TransientError, match="slow down"):
        fixture.audit(slice_keys=4)
    assert fixture.requests() == []
    queue.rejected = "nothing"
    fixture.audit(slice_keys=4)
    assert fixture.requests() == [AuditRequest(BUCKET, "4.jpg", 4, 1)]
    assert set(fixture.hints()) == {("4.jpg", True)}


def test_each_bucket_is_audited_by_a_request_of_its_own() -> None:
    fixture = Fixture()
    start_audits(fixture.queue, ("holiday", "archive"))
    assert fixture.requests() == [AuditRequest("holiday"), AuditRequest("archive")]


def test_audit_without_a_bucket_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match="set IMAGE_BUCKET"):
        start_audits(InMemoryHintQueue(), ())
