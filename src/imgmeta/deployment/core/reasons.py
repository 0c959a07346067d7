"""Reasons of failures, from dead letters and logs."""

import re

from imgmeta.core.text import printable, shorten

__all__ = ["reason_group", "shown_reason"]

_MAX_REASON = 500

_VARIABLE = re.compile(
    r"s3://\S+"
    r"|'[^']*'|\"[^\"]*\""
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\b(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{12,}\b"
    r"|(?<![\w.])\d[\d,.]*(?![\w])"
)
"""The parts of a reason that differ from one message to the next: URIs, quoted names, IDs and
numbers."""


def shown_reason(reason: str) -> str:
    """Return a reason on one line, short and safe to print.

    The function's own reasons are printable already: escaping them again would double a backslash.
    """
    text = reason if reason.isprintable() else printable(reason)
    return shorten(text.strip(), _MAX_REASON)


def reason_group(reason: str) -> str:
    """Return a reason without the parts that differ from one message to the next.

    URIs, quoted names, IDs and numbers become an ellipsis.
    """
    return _VARIABLE.sub("…", reason)
