"""Notifications: subject and text for people, their limits, and the list of failures in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.text import printable, shorten
from imgmeta.core.uris import uri_of

__all__ = [
    "MAX_FAILURES",
    "MAX_MESSAGE_BYTES",
    "MAX_SUBJECT",
    "Failure",
    "Notification",
    "append_failures",
    "append_keys",
    "failure_count",
    "failure_values",
    "heading",
    "subject_line",
]

MAX_FAILURES = 1_000
"""Maximum number of failures that a notification keeps; all of them are counted."""

MAX_SUBJECT = 99
"""Maximum length of a subject in characters: Amazon SNS, Publish, requires fewer than 100."""

MAX_MESSAGE_BYTES = 262_144
"""Maximum size of a text in bytes of UTF-8: Amazon SNS, Publish."""

_MAX_FAILURE_LINE = 600

_MAX_FAILURE_VALUES = 100


class Notification(Protocol):
    """A subject and a text for people, and the same as values for programs."""

    def subject(self) -> str:
        """Return the subject: one line of visible ASCII, at most `MAX_SUBJECT` characters."""
        ...

    def text(self, *, limit: int = MAX_MESSAGE_BYTES) -> str:
        """Return the text, at most `limit` bytes of UTF-8.

        The counts are always complete. If the failures do not all fit, the list ends with the
        number that is left out. Keys and reasons are escaped, so that a file name cannot forge a
        line.

        Args:
            limit: bytes; at least 1,024, so that the counts fit.
        """
        ...

    def values(self) -> dict[str, object]:
        """Return the kind, the counts and the first failures, as JSON values."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """The key of an item that failed, the reason, and the bucket; empty: unknown."""

    key: str
    reason: str
    bucket: str = ""


def subject_line(statement: str, environment: str) -> str:
    """Return a subject: one line of visible ASCII, at most `MAX_SUBJECT` characters.

    Args:
        statement: the statement, in visible ASCII.
        environment: the environment's name, truncated if necessary; empty if it has none.
    """
    text = f"{statement} ({printable(environment)})" if environment else statement
    ascii_text = text.encode("ascii", "backslashreplace").decode("ascii")
    return ascii_text if len(ascii_text) <= MAX_SUBJECT else ascii_text[: MAX_SUBJECT - 3] + "..."


def failure_count(failed: int) -> str:
    """Return the number of failures in words, such as "2 failed" or "no failures"."""
    return f"{failed:,} failed" if failed else "no failures"


def failure_values(failures: tuple[Failure, ...]) -> list[dict[str, str]]:
    """Return the first failures, with the names of attributes of a record, as JSON values."""
    return [
        {"BucketName": each.bucket, "ObjectKey": each.key, "Error": each.reason}
        | ({"Uri": uri_of(ObjectLocation(each.bucket, each.key))} if each.bucket else {})
        for each in failures[:_MAX_FAILURE_VALUES]
    ]


def heading(title: str, environment: str, facts: Iterable[tuple[str, str]]) -> str:
    """Return the first lines of a text: the title, and a line for each fact.

    Args:
        title: the first line.
        environment: the environment's name; empty if it has none.
        facts: names, of at most 11 characters, and values; both safe to print.
    """
    named = [("Environment", shorten(printable(environment), 99))] * bool(environment)
    lines = [title, *(f"{name + ':':<12} {value}" for name, value in (*named, *facts))]
    return "\n".join(lines) + "\n"


def append_failures(head: str, failures: tuple[Failure, ...], failed: int, *, limit: int) -> str:
    """Return the complete head and the failures that fit: see `Notification.text`.

    Args:
        head: the text before the list.
        failures: some of the items that failed, in order.
        failed: the number of items that failed; 0 omits the list.
        limit: bytes; enough for the head and 50 more.
    """
    entries = (f"{failure.key}: {failure.reason}" for failure in failures)
    return _append_list(head, "Failed", entries, failed, limit=limit)


def append_keys(head: str, title: str, keys: Iterable[str], total: int, *, limit: int) -> str:
    """Return the complete head and a list of the keys that fit: see `Notification.text`.

    Args:
        head: the text before the list.
        title: the title of the list.
        keys: some of the items' keys, in order.
        total: the number of items; 0 omits the list.
        limit: bytes; enough for the head, the title and 50 more.
    """
    return _append_list(head, title, keys, total, limit=limit)


def _append_list(head: str, title: str, entries: Iterable[str], total: int, *, limit: int) -> str:
    if not total:
        return head
    text = f"\n{title}:\n"
    rest = f"... and {total:,} more\n"
    room = limit - len(head.encode()) - len(text) - len(rest)
    listed = 0
    for entry in entries:
        line = f"- {shorten(printable(entry), _MAX_FAILURE_LINE)}\n"
        room -= len(line.encode())
        if room < 0:
            break
        text += line
        listed += 1
    omitted = total - listed
    return head + (f"{text}... and {omitted:,} more\n" if omitted else text)
