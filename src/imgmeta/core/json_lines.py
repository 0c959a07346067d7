r"""JSON Lines of records, whose unprintable characters are escaped as `\u…`.

A terminal shows each line safely, and each line is valid JSON (RFC 8259, section 7).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imgmeta.core.records import ImageRecord

__all__ = ["escape_json", "json_chunks", "record_line"]


def json_chunks(records: Iterable[ImageRecord]) -> Iterator[bytes]:
    """Yield a file with one JSON object per line, as `imgmeta list --json` prints records."""
    for record in records:
        yield f"{record_line(record)}\n".encode()


def record_line(record: ImageRecord) -> str:
    """Return a record in its stored form, and its `Uri`, as one line without its end."""
    return escape_json(f'{record.to_json()[:-1]},"Uri":"{record.uri}"}}')


def escape_json(line: str) -> str:
    """Return a line of JSON with its unprintable characters escaped."""
    if line.isprintable():
        return line
    # Only string values contain such characters, and JSON allows escapes in strings.
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
