"""Lines of the function's log, for people and as JSON."""

from dataclasses import dataclass
from datetime import UTC
from typing import Self

from imgmeta.bootstrap import parse_target
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.text import printable
from imgmeta.core.uris import legible_name, uri_of
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.screen import Span, Style
from imgmeta.errors import ConfigurationError

__all__ = ["LineFilter", "json_line", "row"]

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_STYLES = {"WARNING": Style.CHANGED, "ERROR": Style.BAD, "CRITICAL": Style.BAD}

_NOT_DETAILS = frozenset(
    {
        *("level", "message", "timestamp", "service", "environment", "request_id"),
        *("bucket", "key", "reason", "exception", "stack_trace"),
    }
)
"""Fields that are shown in another way, or only with --json."""


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines to show.

    Attributes:
        key: part of a key; empty: any.
        bucket: the key's bucket; empty: any.
        level: the lowest level, as a position in the order of levels.
    """

    key: str
    bucket: str
    level: int

    @classmethod
    def of(cls, key: str, level: str) -> Self:
        """Return the filter of the options.

        Args:
            key: a key, an `s3://` URI, or a part of a key.
            level: the name of a level, in any case.

        Raises:
            ConfigurationError: there is no such level, or the URI is invalid.
        """
        if level.upper() not in _LEVELS:
            msg = f"invalid --level '{printable(level)}': use DEBUG, INFO, WARNING or ERROR"
            raise ConfigurationError(msg)
        bucket = ""
        if key.startswith("s3://"):
            target = parse_target(key)
            bucket, key = target.bucket, target.prefix
        return cls(key, bucket, _LEVELS.index(level.upper()))

    def accepts(self, event: LogEvent) -> bool:
        """Return whether to show a line."""
        level = _level(event)
        if level is None or _LEVELS.index(level) < self.level:
            return False
        if self.bucket and event.field("bucket") != self.bucket:
            return False
        return not self.key or self.key in event.field("key")


def _level(event: LogEvent) -> str | None:
    """Return a line's level; None for metrics and for lines of Lambda without a failure."""
    if event.is_metrics:
        return None
    if event.level:
        return event.level if event.level in _LEVELS else "INFO"
    return "ERROR" if event.crash else None


def row(event: LogEvent) -> tuple[Span | str, ...]:
    """Return a line for people: time, level, message, object, reason and other fields."""
    level = _level(event) or "INFO"
    bucket, key = event.field("bucket"), event.field("key")
    details = [
        f"{name}={value}" for name, value in event.fields.items() if name not in _NOT_DETAILS
    ]
    parts = [
        event.message or event.crash,
        *([legible_name(ObjectLocation(bucket, key))] if key else []),
        *([event.field("reason")] if event.field("reason") else []),
        *([_last_line(event.field("exception"))] if event.field("exception") else []),
    ]
    return (
        Span(f"{event.timestamp.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z", Style.FAINT),
        "  ",
        Span(level, _STYLES.get(level, Style.PLAIN), width=8),
        "  ".join(parts),
        *([Span("  " + " ".join(details), Style.FAINT)] if details else []),
    )


def _last_line(exception: str) -> str:
    """Return the line of a traceback that names the exception."""
    return exception.strip().rpartition("\n")[2]


def json_line(event: LogEvent) -> str:
    """Return a line as JSON; a line of Lambda with its time, level and message.

    A line about an object gets its `Uri`.
    """
    if event.fields:
        bucket, key = event.field("bucket"), event.field("key")
        uri = {"Uri": uri_of(ObjectLocation(bucket, key))} if bucket and key else {}
        return json_lines.json_line({**event.fields, **uri})
    return json_lines.json_line(
        {
            "timestamp": event.timestamp.isoformat(),
            "level": _level(event),
            "message": event.text,
        }
    )
