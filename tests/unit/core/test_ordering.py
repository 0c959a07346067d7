from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from imgmeta.core.ordering import (
    IfNewer,
    IfRevision,
    ObjectState,
    StoredState,
    WriteCondition,
    WriteResult,
    decide,
    normalize_sequencer,
)

CONFLICT = WriteResult.CONFLICT
LOW, HIGH = "1".zfill(32), "2".zfill(32)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(microseconds=1)
STATE = ObjectState("e1", 3, NOON, "v1", content_error=False)


def test_sequencer_is_the_same_from_every_transport() -> None:
    over_sqs, over_eventbridge = "00617F08299329D189", "617f08299329d189"
    assert normalize_sequencer(over_sqs) == normalize_sequencer(over_eventbridge)


@pytest.mark.parametrize("text", ["", "xyz", "0x1f", " 1", "1\n", "-1", "٣", "1" * 33])
def test_invalid_or_oversized_sequencer_is_none(text: str) -> None:
    assert normalize_sequencer(text) is None


def test_leading_zeros_do_not_count_toward_the_size() -> None:
    assert normalize_sequencer("0" * 40 + "f") == "F".zfill(32)


@pytest.mark.parametrize(
    ("stored", "incoming", "condition", "result"),
    [
        (None, LOW, IfNewer(), WriteResult.STORED),
        (StoredState(None, "a"), LOW, IfNewer(), WriteResult.STORED),
        (StoredState(LOW, "a"), HIGH, IfNewer(), WriteResult.STORED),
        (StoredState(LOW, "a"), LOW, IfNewer(), WriteResult.DUPLICATE),
        (StoredState(HIGH, "a"), LOW, IfNewer(), WriteResult.STALE),
        (None, None, IfRevision(None), WriteResult.STORED),
        (StoredState(LOW, "a"), None, IfRevision(None), WriteResult.CONFLICT),
        (StoredState(None, None), None, IfRevision(None), WriteResult.STORED),
        (StoredState(None, None), LOW, IfNewer(), WriteResult.STORED),
        (StoredState(None, None), None, IfRevision("a"), WriteResult.CONFLICT),
        (None, None, IfRevision("a"), WriteResult.CONFLICT),
        (StoredState(LOW, "a"), LOW, IfRevision("a"), WriteResult.STORED),
        (StoredState(HIGH, "a"), LOW, IfRevision("a"), WriteResult.STORED),
        (StoredState(LOW, "b"), HIGH, IfRevision("a"), WriteResult.CONFLICT),
    ],
)
def test_condition_decides_the_result_of_a_write(
    stored: StoredState | None,
    incoming: str | None,
    condition: WriteCondition,
    result: WriteResult,
) -> None:
    assert decide(stored, StoredState(incoming, "new"), condition) is result


@pytest.mark.parametrize("condition", [IfNewer(), IfRevision(None)])
def test_write_requires_a_revision(condition: WriteCondition) -> None:
    with pytest.raises(ValueError, match="needs a revision"):
        decide(None, StoredState(HIGH, None), condition)


@pytest.mark.parametrize("sequencer", [LOW, HIGH])
@pytest.mark.parametrize(
    "state",
    [
        None,
        STATE._replace(etag="e2"),
        STATE._replace(file_size=4),
        STATE._replace(last_modified=LATER),
        STATE._replace(version_id="v2"),
        STATE._replace(content_error=True),
    ],
)
def test_refused_write_of_another_state_conflicts(
    state: ObjectState | None, sequencer: str
) -> None:
    stored = StoredState(HIGH, "a", NOON, STATE)
    assert decide(stored, StoredState(sequencer, "new", NOON, state), IfNewer()) is CONFLICT
    same = decide(stored, StoredState(LOW, "new", NOON, STATE), IfNewer())
    assert same is WriteResult.STALE


def test_record_processed_before_an_event_of_a_lower_sequencer_conflicts() -> None:
    stored, incoming = StoredState(HIGH, "a", NOON), StoredState(LOW, "new", LATER)
    assert decide(stored, incoming, IfNewer(occurred_at=LATER)) is CONFLICT
    assert decide(stored, incoming, IfNewer(occurred_at=NOON)) is WriteResult.STALE


def test_record_processed_after_an_observation_began_conflicts() -> None:
    stored, incoming = StoredState(LOW, "a", LATER), StoredState(HIGH, "new", LATER)
    assert decide(stored, incoming, IfNewer(observed_after=NOON)) is CONFLICT
    assert decide(stored, incoming, IfNewer(observed_after=LATER)) is WriteResult.STORED


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({}, CONFLICT),
        ({"content_hash": "h1"}, WriteResult.STORED),
        ({"content_hash": "h2"}, CONFLICT),
        ({"object_state": STATE._replace(etag="e2")}, WriteResult.STORED),
        ({"object_state": STATE._replace(file_size=4)}, WriteResult.STORED),
        ({"object_state": STATE._replace(last_modified=LATER, version_id="v2")}, CONFLICT),
        ({"object_state": None}, WriteResult.STORED),
    ],
)
def test_newer_event_conflicts_with_a_record_of_the_same_content_that_has_more_hashes(
    change: dict[str, Any], result: WriteResult
) -> None:
    stored = StoredState(LOW, "a", NOON, STATE, content_hash="h1")
    incoming = replace(StoredState(HIGH, "new", NOON, STATE), **change)
    assert decide(stored, incoming, IfNewer()) is result


def test_newer_event_conflicts_with_a_record_that_has_a_thumbnail_hash() -> None:
    stored = StoredState(LOW, "a", NOON, STATE, thumbnail_hash="t1")
    incoming = StoredState(HIGH, "new", NOON, STATE)
    assert decide(stored, incoming, IfNewer()) is CONFLICT
    assert decide(incoming, replace(stored, sequencer=HIGH), IfNewer()) is WriteResult.DUPLICATE


def test_newer_event_replaces_the_hashes_of_an_object_without_etag() -> None:
    state = STATE._replace(etag=None)
    stored = StoredState(LOW, "a", NOON, state, content_hash="h1")
    incoming = StoredState(HIGH, "new", NOON, state)
    assert decide(stored, incoming, IfNewer()) is WriteResult.STORED


def test_if_newer_requires_a_sequencer() -> None:
    with pytest.raises(ValueError, match="needs a sequencer"):
        decide(None, StoredState(None, "new"), IfNewer())
