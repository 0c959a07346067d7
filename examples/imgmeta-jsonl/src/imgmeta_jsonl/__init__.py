"""A store for imgmeta: an index in a JSON Lines file.

`jsonl://index.jsonl` is a file in the working directory, and `jsonl:///srv/index.jsonl` one with an
absolute path.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from imgmeta import ConfigurationError
from imgmeta_jsonl.repository import JSONLinesRepository

__all__ = ["JSONLinesRepository", "open_store"]


@contextmanager
def open_store(url: str) -> Generator[JSONLinesRepository]:
    """Open the file at a URL, and create it if it does not exist."""
    path = Path(url.removeprefix("jsonl://"))
    try:
        path.open("ab").close()
    except OSError as error:
        message = f"cannot open {path} ({error.strerror}): use jsonl://FILE in an existing folder"
        raise ConfigurationError(message) from error
    yield JSONLinesRepository(path)
