"""Values from the index that complete an option: `imgmeta __complete SHELL KIND LINE`."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from imgmeta.adapters.recorded_values import recorded_values  # bootstrap would take too long
from imgmeta.core.stores import DEFAULT_STORE, SQLiteFile, parse_store
from imgmeta.entrypoints.cli.completion.command_line import CommandLine, split_line

__all__ = ["KINDS", "complete_values", "print_values"]

KINDS = {"camera": "camera", "lens": "lens_model"}
"""The column of each kind of value in the view `images`."""

_SECONDS = 0.1
_MAX_VALUES = 500


def print_values(arguments: Sequence[str]) -> None:
    """Print the values, one per line; print nothing if anything fails.

    A message would end up in the command line that the user is typing.
    """
    try:
        shell, kind, line = arguments
        for value in complete_values(shell, kind, line, os.environ):
            sys.stdout.write(f"{value}\n")
        sys.stdout.flush()
    except Exception:  # noqa: BLE001, S110 - see above
        pass


def complete_values(
    shell: str, kind: str, line: str, environment: Mapping[str, str]
) -> Iterator[str]:
    """Yield the values that start like the word at the cursor.

    For bash, they are quoted for the word; zsh and fish quote values themselves.

    Args:
        shell: the shell.
        kind: one of `KINDS`.
        line: the command line up to the cursor.
        environment: the environment variables.

    Raises:
        ConfigurationError: the store is invalid.
        OSError: there is no index.
        sqlite3.Error: the index cannot be read.
    """
    typed = split_line(line)
    path = _index(typed, environment)
    if path is None:
        return
    values = recorded_values(path, KINDS[kind], seconds=_SECONDS)
    insert = typed.insertion if shell == "bash" else _printable
    for value in _starting_with(typed.current_value, values)[:_MAX_VALUES]:
        shown = insert(value)
        if shown is not None:
            yield shown


def _starting_with(start: str, values: list[str]) -> list[str]:
    """Return the values that start so; if none does, those that do in another case."""
    exact = [each for each in values if each.startswith(start)]
    if exact:
        return exact
    similar = [each for each in values if each.casefold().startswith(start.casefold())]
    # Bash replaces the word by the common start of the values, which must not be shorter.
    return similar if _common_length(similar) >= len(start) else []


def _common_length(values: list[str]) -> int:
    characters = zip(*values, strict=False)
    return sum(1 for _ in takewhile(lambda each: len({*each}) == 1, characters))


def _index(typed: CommandLine, environment: Mapping[str, str]) -> str | None:
    """Return the path of the index; None if it is in a table, which takes too long to ask."""
    if typed.value_of("--stack-name"):
        return None
    text = typed.value_of("--store") or environment.get("IMGMETA_STORE")
    if not text and environment.get("METADATA_TABLE"):
        return None
    store = parse_store(text, expand_home=os.path.expanduser) if text else DEFAULT_STORE
    return store.path if isinstance(store, SQLiteFile) else None


def _printable(value: str) -> str | None:
    return value if value.isprintable() else None
