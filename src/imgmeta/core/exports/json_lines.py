"""JSON Lines of records."""

from collections.abc import Iterable, Iterator

from imgmeta.core.json_lines import record_line
from imgmeta.core.records import ImageRecord

__all__ = ["json_chunks"]


def json_chunks(records: Iterable[ImageRecord]) -> Iterator[bytes]:
    """Yield a file with one JSON object per line, as `imgmeta list --json` prints records."""
    for record in records:
        yield f"{record_line(record)}\n".encode()
