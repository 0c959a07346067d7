"""Of an object, only the newest hint has something to say, and all are told what became of it."""

from collections.abc import Iterable

from imgmeta.core.deduplication import deduplicate
from imgmeta.core.hints import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import ItemOutcome, Outcome
from support.convergence.indexer_world import PLACE, sequencer

OTHER = ObjectLocation("photos", "b.jpg")
OLD = Hint(PLACE, sequencer(1), "m-old")
NEW = Hint(PLACE, sequencer(2), "m-new")
UNORDERED = Hint(PLACE, message_id="m-any")
FORCED = Hint(PLACE, message_id="m-forced", force=True)


def needed(*hints: Hint) -> tuple[Hint, ...]:
    [group] = deduplicate(hints)
    return group.needed


def outcomes(hints: Iterable[Hint], **became: Outcome) -> list[tuple[str, Outcome]]:
    [group] = deduplicate(hints)
    looked = {
        hint: ItemOutcome(hint.location, became[name], hint.message_id, reason=name)
        for hint, name in zip(group.needed, became, strict=True)
    }
    return [(item.message_id, item.outcome) for item in group.outcomes(looked)]


def test_nothing_collapses_to_nothing() -> None:
    assert deduplicate([]) == []


def test_the_newest_event_is_looked_into_wherever_it_stands() -> None:
    assert needed(OLD, NEW) == needed(NEW, OLD) == (NEW,)


def test_one_of_the_hints_that_are_not_ordered_is_looked_into_after_the_newest_event() -> None:
    assert needed(UNORDERED, OLD, Hint(PLACE, message_id="m-other"), NEW) == (NEW, UNORDERED)


def test_a_hint_that_wants_the_object_read_again_stands_for_those_that_do_not() -> None:
    assert needed(UNORDERED, FORCED) == (FORCED,)


def test_two_objects_are_two_looks_in_the_order_of_their_first_naming() -> None:
    beside = Hint(OTHER, sequencer(1))
    assert [group.needed for group in deduplicate([OLD, beside, NEW])] == [(NEW,), (beside,)]


def test_a_key_with_another_decoding_is_looked_into_for_itself() -> None:
    both = Hint(PLACE, alternate_key="b.jpg")
    assert [group.hints for group in deduplicate([UNORDERED, both])] == [(UNORDERED,), (both,)]


def test_an_older_event_is_stale_and_the_same_one_again_says_nothing_new() -> None:
    again = Hint(PLACE, sequencer(2), "m-again")
    assert outcomes([OLD, again, NEW], look=Outcome.PROCESSED) == [
        ("m-old", Outcome.STALE),
        ("m-again", Outcome.UNCHANGED),
        ("m-new", Outcome.PROCESSED),
    ]


def test_a_hint_that_comes_twice_is_processed_once() -> None:
    assert outcomes([NEW, NEW], look=Outcome.PROCESSED) == [
        ("m-new", Outcome.PROCESSED),
        ("m-new", Outcome.UNCHANGED),
    ]


def test_what_a_look_stood_for_fails_with_it_and_each_message_is_told() -> None:
    [group] = deduplicate([OLD, NEW])
    error = ItemOutcome(PLACE, Outcome.ERROR, "m-new", reason="slow down", retryable=True)
    assert group.outcomes({NEW: error}) == [
        ItemOutcome(PLACE, Outcome.ERROR, "m-old", reason="slow down", retryable=True),
        error,
    ]


def test_an_event_does_not_fail_because_a_hint_that_is_not_ordered_did() -> None:
    other = Hint(PLACE, message_id="m-other")
    became = {"event": Outcome.PROCESSED, "unordered": Outcome.ERROR}
    assert outcomes([OLD, UNORDERED, NEW, other], **became) == [
        ("m-old", Outcome.STALE),
        ("m-any", Outcome.ERROR),
        ("m-new", Outcome.PROCESSED),
        ("m-other", Outcome.ERROR),
    ]


def test_what_is_not_ours_is_ignored_however_often_it_is_named() -> None:
    assert outcomes([OLD, NEW], look=Outcome.IGNORED) == [
        ("m-old", Outcome.IGNORED),
        ("m-new", Outcome.IGNORED),
    ]
