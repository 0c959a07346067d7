import json
from typing import Any

import pytest

from imgmeta.core.audit import AuditSlice, drift_of
from imgmeta.core.audit_requests import encode_audit, parse_audit
from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.events import parse_event, receive_counts
from imgmeta.core.hints import AuditRequest, Hint
from imgmeta.core.objects import ListedObject, ObjectLocation, UnlistedPrefix
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.errors import InvalidEventError
from support.strategies.events import queue, queued

COMMAND = {"imgmeta": "audit"}
INVALID_NUMBERS: list[object] = [-1, 1.5, True, "7", 10**15, [], {}]
INVALID_COUNTS: list[tuple[dict[str, object], str]] = [
    ({"bucket": "b", name: number}, f"invalid {name}: expected a whole number")
    for name in ("keys", "drift")
    for number in INVALID_NUMBERS
]
LOCATION = ObjectLocation("holiday", "a.jpg")
WRONG = [Difference.NEW, Difference.CHANGED, Difference.GONE, Difference.UNREADABLE]


def same(*keys: str) -> list[Comparison]:
    return [Comparison(key, Difference.SAME) for key in keys]


def listed(*keys: str) -> list[ListedObject]:
    return [ListedObject(key, 1, "etag") for key in keys]


class TestMessages:
    def test_command_without_a_bucket_asks_for_all_buckets(self) -> None:
        assert parse_audit(COMMAND, "m-1") == AuditRequest(message_id="m-1")

    def test_position_without_a_bucket_is_ignored(self) -> None:
        assert parse_audit(COMMAND | {"after": 7, "keys": -1}) == AuditRequest()

    def test_unknown_attributes_are_ignored(self) -> None:
        values = {"bucket": "holiday", "after": "a", "keys": 5, "drift": 1, "new": [1]}
        assert parse_audit(COMMAND | values) == AuditRequest("holiday", "a", 5, 1)

    def test_counts_start_at_zero(self) -> None:
        values = {"bucket": "holiday", "keys": 0, "drift": 0}
        assert parse_audit(COMMAND | values) == AuditRequest("holiday")

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"bucket": 7}, "bucket is missing or not text"),
            ({"bucket": ""}, "bucket is empty"),
            ({"bucket": "a/b"}, "invalid bucket name a/b"),
            ({"bucket": "\x1b[2J" * 99}, "invalid bucket name"),
            ({"bucket": "b", "after": 7}, "after is missing or not text"),
            ({"bucket": "b", "after": "é" * 513}, "the key is 1,026 bytes long"),
            ({"bucket": "b", "after": "\ud800"}, "cannot be encoded as UTF-8"),
            *INVALID_COUNTS,
        ],
    )
    def test_invalid_request_is_malformed(self, values: dict[str, object], reason: str) -> None:
        with pytest.raises(InvalidEventError, match=reason):
            parse_audit(COMMAND | values)
        parsed = parse_event(queue(COMMAND | values, COMMAND))
        assert [(each.message_id, reason in each.reason) for each in parsed.malformed] == [
            ("m-0", True)
        ]
        assert parsed.audits == (AuditRequest(message_id="m-1"),)
        assert parsed.malformed[0].reason.isprintable()

    @pytest.mark.parametrize(
        ("request_", "reason"),
        [
            (AuditRequest("file://"), "invalid bucket name"),
            (AuditRequest("b", keys=-1), "invalid keys"),
            (AuditRequest(after="a"), "without a bucket"),
            (AuditRequest(keys=1), "without a bucket"),
        ],
    )
    def test_invalid_request_is_not_encoded(self, request_: AuditRequest, reason: str) -> None:
        with pytest.raises(ValueError, match=reason):
            encode_audit(request_)

    def test_message_of_a_new_audit_is_short(self) -> None:
        assert json.loads(encode_audit(AuditRequest())) == COMMAND
        assert json.loads(encode_audit(AuditRequest("b"))) == COMMAND | {"bucket": "b"}


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


class TestReceiveCounts:
    def test_count_is_that_of_the_queue(self) -> None:
        message = queued({}, "m-7") | {"attributes": {"ApproximateReceiveCount": "3"}}
        assert receive_counts({"Records": [message, queued({}, "m-8")]}) == {"m-7": 3, "m-8": 1}
        assert receive_counts([message]) == {"m-7": 3}

    @pytest.mark.parametrize(
        "attributes",
        [None, [], {}, *({"ApproximateReceiveCount": each} for each in (3, "", "-1", "9" * 10))],
    )
    def test_missing_or_invalid_count_is_left_out(self, attributes: object) -> None:
        assert receive_counts({"Records": [queued({}) | {"attributes": attributes}]}) == {}

    @pytest.mark.parametrize("event", [None, 7, "text", {}, {"Records": 7}, {"Records": [None]}])
    def test_other_events_have_no_counts(self, event: object) -> None:
        assert receive_counts(event) == {}
