"""Messages to people: what a notifier sends, its limits, and how failures are listed in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from imgmeta.core.text import printable, shorten

__all__ = [
    "MAX_FAILURES",
    "MAX_MESSAGE_BYTES",
    "MAX_SUBJECT",
    "Failure",
    "Notification",
    "heading",
    "subject_line",
    "with_failures",
]

MAX_FAILURES = 1_000
"""Failures that a message keeps by name; it counts all of them."""

MAX_SUBJECT = 99
"""Longest subject in characters: Amazon SNS, Publish, asks for fewer than 100."""

MAX_MESSAGE_BYTES = 262_144
"""Longest message in bytes of UTF-8: Amazon SNS, Publish."""

_MAX_FAILURE_LINE = 600


class Notification(Protocol):
    """What can be told to people."""

    def subject(self) -> str:
        """Return the subject: one line of visible ASCII, at most `MAX_SUBJECT` characters."""
        ...

    def text(self, *, limit: int = MAX_MESSAGE_BYTES) -> str:
        """Return the text, at most `limit` bytes of UTF-8; `limit` is at least 1,024."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """One item that failed: its key, and why."""

    key: str
    reason: str


def subject_line(statement: str, environment: str) -> str:
    """Return a message's subject: one line of visible ASCII, at most `MAX_SUBJECT` characters.

    Args:
        statement: what it says, in visible ASCII.
        environment: whose message it is; empty if that is not known. It is what is cut.
    """
    text = f"{statement} ({printable(environment)})" if environment else statement
    plain = text.encode("ascii", "backslashreplace").decode("ascii")
    return plain if len(plain) <= MAX_SUBJECT else plain[: MAX_SUBJECT - 3] + "..."


def heading(title: str, environment: str, facts: Iterable[tuple[str, str]]) -> str:
    """Return a message's first lines: the title, and a line for each fact.

    Args:
        title: the first line.
        environment: whose message it is; empty if that is not known.
        facts: names, of at most 11 characters, and what is said of them; both fit to be shown.
    """
    named = [("Environment", shorten(printable(environment), 99))] * bool(environment)
    lines = [title, *(f"{name + ':':<12} {value}" for name, value in (*named, *facts))]
    return "\n".join(lines) + "\n"


def with_failures(head: str, failures: tuple[Failure, ...], failed: int, *, limit: int) -> str:
    """Return a message's text, at most `limit` bytes of UTF-8: its head whole, then the failures.

    Where the failures do not all fit, the list ends with how many are left out. Keys and reasons
    are escaped: what a file is called cannot forge a line.

    Args:
        head: what stands above the list.
        failures: some of the items that failed, in order.
        failed: how many failed; if none, there is no list.
        limit: bytes; enough for the head and 50 more.
    """
    return head + _failure_list(failures, failed, limit - len(head.encode())) if failed else head


def _failure_list(failures: tuple[Failure, ...], failed: int, room: int) -> str:
    text = "\nFailed:\n"
    rest = f"... and {failed:,} more\n"
    room -= len(text) + len(rest)
    listed = 0
    for failure in failures:
        line = f"- {shorten(printable(f'{failure.key}: {failure.reason}'), _MAX_FAILURE_LINE)}\n"
        room -= len(line.encode())
        if room < 0:
            break
        text += line
        listed += 1
    left = failed - listed
    return f"{text}... and {left:,} more\n" if left else text
