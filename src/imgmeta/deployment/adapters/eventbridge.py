"""The rules of Amazon EventBridge."""

from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.deployment.core.event_rules import may_match_bucket

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

__all__ = ["EventBridgeRules"]


class EventBridgeRules:
    """The rules on the default event bus of one account and region."""

    def __init__(self, client: "EventBridgeClient") -> None:
        self._client = client

    def matching(self, bucket: str) -> list[str]:
        """Return the rules that may match events of the bucket: see `EventRules.matching`."""
        with translate_errors("cannot list the rules of EventBridge (events:ListRules)"):
            return [
                rule["Name"]
                for page in self._client.get_paginator("list_rules").paginate()
                for rule in page["Rules"]
                if may_match_bucket(rule.get("EventPattern", ""), bucket)
            ]
