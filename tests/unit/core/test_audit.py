from typing import Any

import pytest

from imgmeta.core.audit import AuditSlice, drift_of
from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.hints import Hint
from imgmeta.core.objects import ListedObject, ObjectLocation, UnlistedPrefix
from imgmeta.core.outcomes import ItemOutcome, Outcome

LOCATION = ObjectLocation("holiday", "a.jpg")
WRONG = [Difference.NEW, Difference.CHANGED, Difference.GONE, Difference.UNREADABLE]


def same(*keys: str) -> list[Comparison]:
    return [Comparison(key, Difference.SAME) for key in keys]


def listed(*keys: str) -> list[ListedObject]:
    return [ListedObject(key, 1, "etag") for key in keys]


class TestSlice:
    def test_slice_ends_at_the_largest_number_of_keys(self) -> None:
        piece = AuditSlice(2, 9, lambda: True)
        piece.take(same("a", "b", "c"))
        assert (piece.last_key, piece.keys, piece.drift) == ("b", 2, 0)

    def test_listing_ends_with_the_slice(self) -> None:
        piece = AuditSlice(2, 9, lambda: True)
        assert [each.key for each in piece.read(listed("a", "b", "c"))] == ["a", "b"]
        assert (piece.last_key, piece.keys) == ("b", 2)

    def test_slice_ends_at_the_largest_number_of_differences(self) -> None:
        piece = AuditSlice(9, 1, lambda: True)
        piece.take([*same("a"), Comparison("b", Difference.GONE), *same("c")])
        assert (piece.last_key, piece.keys, piece.drift) == ("b", 2, 1)

    def test_slice_has_a_key_even_if_no_time_is_left(self) -> None:
        piece = AuditSlice(9, 9, lambda: False)
        piece.take(same("a", "b"))
        assert (piece.last_key, piece.keys) == ("a", 1)

    def test_slice_without_a_limit_includes_the_end_of_the_bucket(self) -> None:
        piece = AuditSlice(9, 9, lambda: True)
        piece.take(same("a"))
        assert (piece.last_key, piece.keys) == (None, 1)

    def test_unknown_keys_are_not_counted_and_do_not_end_a_slice(self) -> None:
        piece = AuditSlice(1, 1, lambda: False)
        prefix = UnlistedPrefix("a/", "access denied")
        assert list(piece.read([prefix])) == [prefix]
        piece.take([Comparison("a/", Difference.UNKNOWN, "access denied")])
        assert (piece.last_key, piece.keys, piece.differences) == (None, 0, [])

    def test_unknown_keys_do_not_hide_those_after_them(self) -> None:
        piece = AuditSlice(9, 9, lambda: True)
        unknown = Comparison("a/", Difference.UNKNOWN, "access denied")
        piece.take([unknown, Comparison("b", Difference.GONE)])
        assert (piece.keys, piece.drift) == (1, 1)

    def test_outdated_records_are_differences_but_no_drift(self) -> None:
        piece = AuditSlice(9, 9, lambda: True)
        piece.take([Comparison("a", Difference.OUTDATED), Comparison("b", Difference.UNREADABLE)])
        assert (len(piece.differences), piece.drift) == (2, 1)

    @pytest.mark.parametrize("difference", WRONG)
    def test_wrong_records_are_drift(self, difference: Difference) -> None:
        piece = AuditSlice(9, 9, lambda: True)
        piece.take([Comparison("a", difference)])
        assert (len(piece.differences), piece.drift) == (1, 1)


def outcome(**changes: Any) -> ItemOutcome:  # noqa: ANN401 - any attribute
    values: dict[str, Any] = {
        "outcome": Outcome.PROCESSED,
        "message_id": "m-1",
        "difference": Difference.NEW,
    }
    return ItemOutcome(LOCATION, **values | changes)


class TestDrift:
    @pytest.mark.parametrize(
        ("hint", "item", "is_drift"),
        [
            *(
                (Hint(LOCATION, message_id="m-1", audit=True), outcome(difference=each), True)
                for each in WRONG
            ),
            (Hint(LOCATION, message_id="m-1", audit=True), outcome(outcome=Outcome.FAILED), True),
            (Hint(LOCATION, message_id="m-1"), outcome(), False),
            (Hint(LOCATION, message_id="m-2", audit=True), outcome(), False),
            (Hint(LOCATION, message_id="m-1", audit=True), outcome(difference=None), False),
            (
                Hint(LOCATION, message_id="m-1", audit=True),
                outcome(difference=Difference.OUTDATED),
                False,
            ),
            (
                Hint(LOCATION, message_id="m-1", audit=True),
                outcome(difference=Difference.SAME, outcome=Outcome.UNCHANGED),
                False,
            ),
            (Hint(LOCATION, message_id="m-1", audit=True), outcome(outcome=Outcome.ERROR), False),
        ],
    )
    def test_drift_is_what_the_hint_of_an_audit_repaired(
        self, hint: Hint, item: ItemOutcome, *, is_drift: bool
    ) -> None:
        assert drift_of([hint], [item]) == [item] * is_drift
