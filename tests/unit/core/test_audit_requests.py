import json

import pytest

from imgmeta.core.audit_requests import encode_audit, parse_audit
from imgmeta.core.events import parse_event
from imgmeta.core.hints import AuditRequest
from imgmeta.errors import InvalidEventError
from imgmeta.testing.strategies.events import queue

COMMAND = {"imgmeta": "audit"}
INVALID_NUMBERS: list[object] = [-1, 1.5, True, "7", 10**15, [], {}]
INVALID_COUNTS: list[tuple[dict[str, object], str]] = [
    ({"bucket": "b", name: number}, f"invalid {name}: expected a whole number")
    for name in ("keys", "drift")
    for number in INVALID_NUMBERS
]


def test_command_without_a_bucket_asks_for_all_buckets() -> None:
    assert parse_audit(COMMAND, "m-1") == AuditRequest(message_id="m-1")


def test_position_without_a_bucket_is_ignored() -> None:
    assert parse_audit(COMMAND | {"after": 7, "keys": -1}) == AuditRequest()


def test_unknown_attributes_are_ignored() -> None:
    values = {"bucket": "holiday", "after": "a", "keys": 5, "drift": 1, "new": [1]}
    assert parse_audit(COMMAND | values) == AuditRequest("holiday", "a", 5, 1)


def test_counts_start_at_zero() -> None:
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
def test_invalid_request_is_malformed(values: dict[str, object], reason: str) -> None:
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
def test_invalid_request_is_not_encoded(request_: AuditRequest, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        encode_audit(request_)


def test_message_of_a_new_audit_is_short() -> None:
    assert json.loads(encode_audit(AuditRequest())) == COMMAND
    assert json.loads(encode_audit(AuditRequest("b"))) == COMMAND | {"bucket": "b"}
