"""Rules of Amazon EventBridge that may match events of a bucket."""

import json
from typing import Any

import pytest

from imgmeta.deployment.core.event_rules import may_match_bucket


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"source": ["aws.s3"]}, True),
        ({"source": [{"prefix": "aws."}]}, True),
        ({"source": "aws.s3"}, True),
        ({"account": ["111122223333"]}, True),
        ({"source": ["aws.s3"], "detail": {"bucket": {"name": ["a", "my-photos"]}}}, True),
        ({"source": ["aws.s3"], "detail": {"bucket": {"name": [{"prefix": "my"}]}}}, True),
        ({"source": ["aws.s3"], "detail": {"object": {"key": ["a"]}}}, True),
        ({"source": ["aws.s3"], "detail": [], "detail-type": ["Object Created"]}, True),
        ({"detail-type": [{"prefix": "Obj"}]}, True),
        ({"source": ["aws.s3"], "detail": {"bucket": {"name": ["a"]}}}, False),
        ({"source": ["aws.ec2"]}, False),
        ({"detail-type": ["EC2 Instance State-change Notification"]}, False),
    ],
)
def test_pattern_is_compared_with_the_events_of_the_bucket(
    *, pattern: dict[str, Any], matches: bool
) -> None:
    assert may_match_bucket(json.dumps(pattern), "my-photos") is matches


def test_rule_with_a_schedule_only_does_not_match() -> None:
    assert not may_match_bucket("", "my-photos")


@pytest.mark.parametrize("pattern", ["{", "[]", "[" * 100_000])
def test_unreadable_pattern_may_match(pattern: str) -> None:
    assert may_match_bucket(pattern, "my-photos")
