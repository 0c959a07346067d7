"""The event with the highest sequencer remains if events are duplicated or reordered.

Amazon S3 User Guide, "Amazon S3 Event Notifications": events are delivered at least once, in any
order.
"""

from collections.abc import Callable

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from imgmeta.core import ordering
from imgmeta.core.ordering import (
    IfNewer,
    StoredState,
    WriteCondition,
    WriteResult,
    normalize_sequencer,
)


def delivery(number: int, form: str, width: int) -> tuple[int, str]:
    return number, form.format(number).zfill(width)


deliveries = st.lists(
    st.builds(
        delivery,
        st.integers(0, 40) | st.integers(0, 16**18),
        st.sampled_from(["{:x}", "{:X}"]),
        st.sampled_from([0, 16, 18]),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    database=None,
    max_examples=300,  # with 20, a wrong rule sometimes passes
)
@given(deliveries)
def check_newest_event_remains(delivered: list[tuple[int, str]]) -> None:
    stored: StoredState | None = None
    newest = -1
    for number, sequencer in delivered:
        incoming = StoredState(ordering.normalize_sequencer(sequencer), sequencer)
        result = ordering.decide(stored, incoming, IfNewer())
        assert (result is WriteResult.STORED) == (number > newest)
        assert (result is WriteResult.DUPLICATE) == (number == newest)
        if result is WriteResult.STORED:
            stored = incoming
        newest = max(newest, number)
    assert stored is not None
    assert stored.sequencer is not None
    assert int(stored.sequencer, 16) == newest


def test_newest_event_remains() -> None:
    check_newest_event_remains()


def not_normalized(sequencer: str) -> str:
    return sequencer


def not_older(
    stored: StoredState | None, incoming: StoredState, _condition: WriteCondition
) -> WriteResult:
    if stored is None or (stored.sequencer or "") <= (incoming.sequencer or ""):
        return WriteResult.STORED
    return WriteResult.STALE


def unconditional(
    _stored: StoredState | None, _incoming: StoredState, _condition: WriteCondition
) -> WriteResult:
    return WriteResult.STORED


@pytest.mark.parametrize(
    ("name", "mutant"),
    [
        pytest.param("normalize_sequencer", not_normalized, id="sequencers are not normalized"),
        pytest.param("decide", not_older, id="a repeated event is written again"),
        pytest.param("decide", unconditional, id="every event is written"),
    ],
)
def test_wrong_ordering_rule_is_detected(
    monkeypatch: pytest.MonkeyPatch, name: str, mutant: Callable[..., object]
) -> None:
    monkeypatch.setattr(ordering, name, mutant)
    with pytest.raises(AssertionError):
        check_newest_event_remains()


@given(st.lists(st.integers(0, 16**18).map("{:x}".format), min_size=3, max_size=3))
def test_sequencers_of_a_key_are_totally_ordered(sequencers: list[str]) -> None:
    a, b, c = (StoredState(normalize_sequencer(text), text) for text in sequencers)

    def before(one: StoredState, other: StoredState) -> bool:
        return ordering.decide(one, other, IfNewer()) is WriteResult.STORED

    def same(one: StoredState, other: StoredState) -> bool:
        return ordering.decide(one, other, IfNewer()) is WriteResult.DUPLICATE

    assert before(a, b) + before(b, a) + same(a, b) == 1
    assert same(a, b) == same(b, a)
    assert not (before(a, b) and before(b, c)) or before(a, c)
