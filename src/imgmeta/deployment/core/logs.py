"""Lines of the function's log: its own JSON lines, and those of AWS Lambda."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import cast

from imgmeta.deployment.core.reasons import shown_reason

__all__ = ["FAILURE_PATTERNS", "LogEvent"]

FAILURE_PATTERNS = ("ERROR", '"timed out"', '"Runtime exited"')
"""The filter patterns that together select each line with a `failure`, and some others: Amazon
CloudWatch Logs User Guide, "Filter pattern syntax"."""

_CRASHES = (
    re.compile(r"^\[ERROR\]\s+(?:[\d-]{10}T\S+\s+\S+\s+)?(\S.*)"),
    re.compile(r"\b(Task timed out after [\d.]+ seconds)"),
    re.compile(r"\bError: (Runtime exited\b.*)"),
)
"""The failures of an invocation that Lambda logs as text: AWS Lambda Developer Guide,
"Troubleshoot invocation issues in Lambda" and "Lambda logs in Python"."""

_MAX_SEARCHED = 4_096
"""Characters of a line of text that are searched for a failure; a log event has up to 1 MiB."""


@dataclass(frozen=True)
class LogEvent:
    """One event of a log group.

    Attributes:
        timestamp: when the line was written, timezone-aware.
        text: the line as it was written, which is not safe to print.
    """

    timestamp: datetime
    text: str

    @cached_property
    def fields(self) -> Mapping[str, object]:
        """The names and values of a JSON object; empty for other lines."""
        if not self.text.startswith("{"):
            return {}
        try:
            decoded = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return cast("dict[str, object]", decoded)  # text that starts with a brace is an object

    def field(self, name: str) -> str:
        """Return the text in a field of a JSON line; empty if there is none."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    @property
    def level(self) -> str:
        """The level of a JSON line, such as `ERROR`; empty for other lines."""
        return self.field("level")

    @property
    def message(self) -> str:
        """The message of a JSON line, such as `batch` or `malformed`; empty for other lines."""
        return self.field("message")

    @property
    def is_metrics(self) -> bool:
        """Whether the line has metrics in CloudWatch's embedded metric format."""
        return "_aws" in self.fields

    @property
    def crash(self) -> str:
        """The reason that the whole invocation failed, safe to print; empty if it did not.

        Such a failure is not of one message: Lambda could not import the function, ended it, or the
        function raised an exception.
        """
        if self.fields:
            kind, reason = self.field("errorType"), self.field("errorMessage")
            return shown_reason(f"{kind}: {reason}") if kind else ""
        searched = self.text[:_MAX_SEARCHED]
        found = next((match for each in _CRASHES if (match := each.search(searched))), None)
        return shown_reason(found[1]) if found else ""

    @property
    def failure(self) -> str:
        """The reason of the failure that the line reports, safe to print; empty if it has none."""
        if self.level == "ERROR":
            return shown_reason(
                self.field("reason") or self.field("exception_name") or self.message
            )
        return self.crash
