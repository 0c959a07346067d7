"""The slices of an audit find together what one comparison of the whole bucket finds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.memory import InMemoryHintQueue
from imgmeta.core.audit import DRIFT, drift_of
from imgmeta.core.audit_requests import encode_audit, parse_audit
from imgmeta.core.drift import Difference
from imgmeta.core.hints import AuditRequest
from imgmeta.core.objects import ListedObject
from imgmeta.core.ordering import IfRevision
from imgmeta.core.targets import Target
from imgmeta.service.audit import AuditLimits, AuditProgress, audit
from imgmeta.testing.strategies.events import buckets, keys
from imgmeta.testing.strategies.record_examples import image_record
from imgmeta.testing.strategies.records import moved
from support.convergence.bucket import BUCKET
from support.convergence.indexer_harness import IndexerHarness

names = st.builds(
    "".join,
    st.tuples(
        st.text("ab/\uffff\U00010000é", max_size=3), st.sampled_from([".jpg", ".jpg", ".txt"])
    ),
)


@dataclass
class Audited:
    """A bucket and an index that differ, and an audit of them in slices."""

    indexing: IndexerHarness = field(default_factory=IndexerHarness)
    queue: InMemoryHintQueue = field(default_factory=InMemoryHintQueue)

    def follow(
        self, target: Target, limits: AuditLimits, max_slices: int
    ) -> Iterator[AuditProgress]:
        """Yield the progress of each slice until the audit is finished."""
        request = AuditRequest(target.bucket)
        for _ in range(max_slices):
            progress = audit(self.indexing.indexer, self.queue, request, target, limits)
            yield progress
            if progress.is_finished:
                assert self.queue.receive() == []
                return
            (delivery,) = self.queue.receive()
            (request,) = delivery.parsed.audits
            self.queue.settle([delivery])
        raise AssertionError("the audit does not end")


@st.composite
def audits(draw: st.DrawFn) -> Audited:
    """Draw a bucket and an index with any differences."""
    audited = Audited()
    indexing = audited.indexing
    indexed = draw(st.dictionaries(names, st.integers(0, 3), max_size=8))
    for key, content in indexed.items():
        indexing.bucket.put(key, content)
    indexing.suffixes = {"jpg", "txt"}
    indexing.sync()
    indexing.suffixes = {"jpg"}
    for key, content in draw(st.dictionaries(names, st.integers(0, 3), max_size=8)).items():
        indexing.bucket.put(key, content)
    for key in draw(st.sets(names, max_size=4)) | set(draw(st.permutations(sorted(indexed)))[:2]):
        indexing.bucket.delete(key)
    for key in draw(st.sets(names, max_size=3)):
        record = moved(image_record(), BUCKET, key)
        indexing.repository.put(record, IfRevision(None))
    indexing.reader.version = draw(st.integers(1, 2))
    return audited


def locations(indexing: IndexerHarness, prefix: str) -> set[str]:
    """Return the keys of the bucket and of the index."""
    listed = indexing.bucket.list(BUCKET, prefix)
    entries = indexing.repository.entries(BUCKET, prefix)
    return {each.key for each in listed if isinstance(each, ListedObject)} | {
        each.object_key for each in entries
    }


@given(
    audits(),
    st.sampled_from(["", "a", "\uffff"]),
    st.integers(1, 6),
    st.integers(1, 4),
    st.lists(st.booleans(), min_size=1, max_size=9),
)
def test_slices_find_what_one_comparison_finds(
    audited: Audited, prefix: str, slice_keys: int, slice_differences: int, times: list[bool]
) -> None:
    target = Target(BUCKET, prefix)
    indexing = audited.indexing
    expected = [
        each
        for each in indexing.indexer.verify(target)
        if each.difference not in {Difference.SAME, Difference.UNKNOWN}
    ]
    all_keys = locations(indexing, prefix)
    endless = cycle(times)
    limits = AuditLimits(10**6, slice_keys, slice_differences, lambda: next(endless))

    slices = list(audited.follow(target, limits, max_slices=len(all_keys) + 1))

    assert sum(each.slice_keys for each in slices) == slices[-1].keys == len(all_keys)
    drift = [each for each in expected if each.difference in DRIFT]
    assert sum(each.slice_drift for each in slices) == slices[-1].drift == len(drift)
    assert all(each.slice_keys <= slice_keys + 1 for each in slices)
    assert slices[-1].is_complete
    audited.queue.expire_delay()
    found = []
    while deliveries := audited.queue.receive():
        found += [each for one in deliveries for each in one.parsed.hints]
    assert [each.location.key for each in found] == [each.key for each in expected]
    outcomes = indexing.process(*found)
    repaired = drift_of(found, outcomes)
    assert [(each.location.key, each.difference) for each in repaired] == [
        (each.key, each.difference) for each in drift
    ]
    assert drift_of(found, indexing.process(*found)) == []
    assert set(indexing.verify(target).values()) <= {Difference.SAME}


@given(
    st.builds(
        AuditRequest,
        buckets,
        after=st.none() | keys.filter(bool),
        keys=st.integers(0, 10**15 - 1),
        drift=st.integers(0, 10**15 - 1),
        message_id=st.text(),
    )
    | st.builds(AuditRequest, message_id=st.text())
)
def test_request_survives_its_message(request: AuditRequest) -> None:
    message = encode_audit(request)
    assert message.isascii()
    assert parse_audit(json.loads(message), request.message_id) == request
