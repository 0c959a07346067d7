"""The option `--output` of commands that write a file about the index, or standard output."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from imgmeta.config import SQLiteFile, Store
from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.output_files import write_pieces
from imgmeta.errors import ConfigurationError

__all__ = ["Output", "check_not_index", "check_output", "write_output"]

Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write or replace this file; - for standard output.",
    ),
]


def check_output(output: str) -> None:
    """Check that the value of the option is not empty.

    Raises:
        ConfigurationError: it is.
    """
    if not output:
        msg = "invalid --output '': pass a file name, or - for standard output"
        raise ConfigurationError(msg)


def check_not_index(output: str, store: Store) -> None:
    """Check that the file is not the index, which the command would replace.

    Raises:
        ConfigurationError: it is.
    """
    if output == "-" or not isinstance(store, SQLiteFile):
        return
    with suppress(OSError, ValueError):  # one of the files does not exist
        if Path(output).samefile(store.path):
            msg = f"{printable(output)} is the index: pass another --output"
            raise ConfigurationError(msg)


def write_output(output: str, pieces: Iterable[bytes]) -> None:
    """Write the pieces to the file as `write_pieces` does, or to standard output.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    if output != "-":
        write_pieces(Path(output), pieces)
    elif sys.stdout is None:  # the process was started with standard output closed
        for _ in pieces:
            pass
    else:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
