"""Rules of Amazon EventBridge, as far as they concern the events of S3 buckets."""

import json
from typing import Any

__all__ = ["may_match_bucket"]

_SOURCE = "aws.s3"
_DETAIL_TYPES = ("Object ",)
"""The start of the detail type of every event that a bucket sends to EventBridge: Amazon S3 User
Guide, "EventBridge event message structure"."""


def may_match_bucket(pattern: str, bucket: str) -> bool:
    """Return whether an event pattern may match events of a bucket.

    A pattern with conditions that this function does not understand may match.

    Args:
        pattern: the event pattern, as JSON; empty: the rule has only a schedule.
        bucket: the bucket's name.
    """
    if not pattern:
        return False
    try:
        conditions: Any = json.loads(pattern)
    except (ValueError, RecursionError):
        return True
    if not isinstance(conditions, dict):
        return True
    detail = conditions.get("detail")
    bucket_conditions = detail.get("bucket") if isinstance(detail, dict) else None
    names = bucket_conditions.get("name") if isinstance(bucket_conditions, dict) else None
    types = conditions.get("detail-type")
    return (
        _may_be(conditions.get("source"), _SOURCE)
        and _may_be(names, bucket)
        and (types is None or any(map(_is_detail_type, _values(types))))
    )


def _may_be(condition: object, value: str) -> bool:
    return condition is None or any(
        each == value or not isinstance(each, str) for each in _values(condition)
    )


def _is_detail_type(value: object) -> bool:
    return not isinstance(value, str) or value.startswith(_DETAIL_TYPES)


def _values(condition: object) -> list[object]:
    return condition if isinstance(condition, list) else [condition]
