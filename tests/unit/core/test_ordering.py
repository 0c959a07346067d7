import pytest

from imgmeta.core.ordering import (
    IfNewer,
    IfRevision,
    StoredState,
    WriteCondition,
    WriteResult,
    decide,
    normalize_sequencer,
)

LOW, HIGH = "1".zfill(32), "2".zfill(32)


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


def test_if_newer_requires_a_sequencer() -> None:
    with pytest.raises(ValueError, match="needs a sequencer"):
        decide(None, StoredState(None, "new"), IfNewer())
