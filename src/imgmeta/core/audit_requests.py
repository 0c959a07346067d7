"""Conversion of requests for audits to messages, and back."""

import json
from dataclasses import replace

from imgmeta.core.event_values import location_of, text_at, value_at
from imgmeta.core.hints import AuditRequest
from imgmeta.errors import InvalidEventError

__all__ = ["encode_audit", "parse_audit"]

_MAX_COUNT = 10**15


def parse_audit(command: object, message_id: str = "") -> AuditRequest:
    """Parse the command `{"imgmeta": "audit"}`, or a message that `encode_audit` returned.

    Raises:
        InvalidEventError: the bucket, the key or a count is invalid.
    """
    if value_at(command, "bucket") is None:
        return AuditRequest(message_id=message_id)
    bucket = text_at(command, "bucket")
    after = None if value_at(command, "after") is None else text_at(command, "after")
    location_of(bucket, after or "")
    return AuditRequest(
        bucket, after, _count(command, "keys"), _count(command, "drift"), message_id
    )


def encode_audit(request: AuditRequest) -> str:
    """Encode a request as a message: JSON, in ASCII.

    `parse_audit` returns an equal request, except for the message ID.

    Raises:
        ValueError: the request would not survive: its bucket or key is invalid in S3, or a count is
            negative.
    """
    values = {
        "bucket": request.bucket,
        "after": request.after,
        "keys": request.keys or None,
        "drift": request.drift or None,
    }
    command = {"imgmeta": "audit"} | {
        name: value for name, value in values.items() if value is not None
    }
    try:
        parsed = parse_audit(command)
    except InvalidEventError as error:
        msg = f"cannot encode the request for an audit: {error}"
        raise ValueError(msg) from error
    if parsed != replace(request, message_id=""):
        msg = "cannot encode the request for an audit: without a bucket it has no position"
        raise ValueError(msg)
    return json.dumps(command, separators=(",", ":"))


def _count(command: object, name: str) -> int:
    number = value_at(command, name)
    if number is None:
        return 0
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < _MAX_COUNT:
        return number
    msg = f"invalid {name}: expected a whole number from 0 to {_MAX_COUNT - 1:,}"
    raise InvalidEventError(msg)
