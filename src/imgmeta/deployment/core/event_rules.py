"""Rules of Amazon EventBridge for the events of S3 buckets."""

import json

from imgmeta.core.event_values import as_list, value_at

__all__ = ["may_match_bucket"]

_SOURCE = "aws.s3"
_DETAIL_TYPE = "Object "
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
        conditions: object = json.loads(pattern)
    except (ValueError, RecursionError):
        return True
    types = value_at(conditions, "detail-type")
    return (
        _may_be(value_at(conditions, "source"), _SOURCE)
        and _may_be(value_at(conditions, "detail", "bucket", "name"), bucket)
        and (types is None or any(map(_is_detail_type, _values(types))))
    )


def _may_be(condition: object, value: str) -> bool:
    return condition is None or any(
        each == value or not isinstance(each, str) for each in _values(condition)
    )


def _is_detail_type(value: object) -> bool:
    return not isinstance(value, str) or value.startswith(_DETAIL_TYPE)


def _values(condition: object) -> list[object]:
    listed = as_list(condition)
    return [condition] if listed is None else listed
