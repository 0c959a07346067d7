"""Deduplication processes the newest hint of an object and gives every hint an outcome."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from imgmeta.core.deduplication import deduplicate
from imgmeta.core.hints import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import ItemOutcome, Outcome
from support.convergence.bucket import EPOCH
from support.convergence.indexer_harness import LOCATION, sequencer

OTHER = ObjectLocation("photos", "b.jpg")
OLD = Hint(LOCATION, sequencer(1), "m-old")
NEW = Hint(LOCATION, sequencer(2), "m-new")
UNORDERED = Hint(LOCATION, message_id="m-any")
FORCED = Hint(LOCATION, message_id="m-forced", force=True)


def needed(*hints: Hint) -> tuple[Hint, ...]:
    [group] = deduplicate(hints)
    return group.needed


def outcomes(hints: Iterable[Hint], **expected: Outcome) -> list[tuple[str, Outcome]]:
    [group] = deduplicate(hints)
    processed = {
        hint: ItemOutcome(hint.location, expected[name], hint.message_id, reason=name)
        for hint, name in zip(group.needed, expected, strict=True)
    }
    return [(item.message_id, item.outcome) for item in group.outcomes(processed)]


def test_no_hints_give_no_groups() -> None:
    assert deduplicate([]) == []


def test_newest_event_is_needed_in_any_position() -> None:
    assert needed(OLD, NEW) == needed(NEW, OLD) == (NEW,)


def test_latest_event_is_needed_if_another_has_the_highest_sequencer() -> None:
    foreign = Hint(LOCATION, sequencer(9), "m-foreign", EPOCH)
    old, latest = (
        replace(hint, occurred_at=EPOCH + timedelta(seconds=seconds))
        for seconds, hint in enumerate((OLD, NEW))
    )
    assert needed(latest, foreign, old) == (foreign, latest)
    assert outcomes([old, latest, foreign], a=Outcome.UNCHANGED, b=Outcome.PROCESSED) == [
        ("m-old", Outcome.STALE),
        ("m-new", Outcome.PROCESSED),
        ("m-foreign", Outcome.UNCHANGED),
    ]


def test_one_hint_without_a_sequencer_is_needed_after_the_newest_event() -> None:
    assert needed(UNORDERED, OLD, Hint(LOCATION, message_id="m-other"), NEW) == (NEW, UNORDERED)


def test_forced_hint_represents_hints_that_are_not_forced() -> None:
    assert needed(UNORDERED, FORCED) == (FORCED,)


def test_objects_keep_the_order_of_their_first_hint() -> None:
    other = Hint(OTHER, sequencer(1))
    assert [group.needed for group in deduplicate([OLD, other, NEW])] == [(NEW,), (other,)]


def test_hint_with_an_alternate_key_has_its_own_group() -> None:
    both = Hint(LOCATION, alternate_key="b.jpg")
    assert [group.hints for group in deduplicate([UNORDERED, both])] == [(UNORDERED,), (both,)]


def test_older_event_is_stale_and_repeated_event_is_unchanged() -> None:
    again = Hint(LOCATION, sequencer(2), "m-again")
    assert outcomes([OLD, again, NEW], newest=Outcome.PROCESSED) == [
        ("m-old", Outcome.STALE),
        ("m-again", Outcome.UNCHANGED),
        ("m-new", Outcome.PROCESSED),
    ]


def test_repeated_hint_is_processed_once() -> None:
    assert outcomes([NEW, NEW], newest=Outcome.PROCESSED) == [
        ("m-new", Outcome.PROCESSED),
        ("m-new", Outcome.UNCHANGED),
    ]


def test_represented_hints_share_the_error_under_their_own_message_id() -> None:
    [group] = deduplicate([OLD, NEW])
    error = ItemOutcome(LOCATION, Outcome.ERROR, "m-new", reason="slow down", retryable=True)
    assert group.outcomes({NEW: error}) == [
        ItemOutcome(LOCATION, Outcome.ERROR, "m-old", reason="slow down", retryable=True),
        error,
    ]


def test_event_does_not_share_the_error_of_a_hint_without_a_sequencer() -> None:
    other = Hint(LOCATION, message_id="m-other")
    expected = {"event": Outcome.PROCESSED, "unordered": Outcome.ERROR}
    assert outcomes([OLD, UNORDERED, NEW, other], **expected) == [
        ("m-old", Outcome.STALE),
        ("m-any", Outcome.ERROR),
        ("m-new", Outcome.PROCESSED),
        ("m-other", Outcome.ERROR),
    ]


def test_all_hints_of_an_ignored_key_are_ignored() -> None:
    assert outcomes([OLD, NEW], newest=Outcome.IGNORED) == [
        ("m-old", Outcome.IGNORED),
        ("m-new", Outcome.IGNORED),
    ]
