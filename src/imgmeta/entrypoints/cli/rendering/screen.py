"""Lines of styled text, on a terminal or not: the one place where text is made fit to be shown."""

import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from io import TextIOWrapper
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TextIO

from imgmeta.core.text import printable

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "OutputError",
    "Screen",
    "Span",
    "Style",
    "cells",
    "compose",
    "escape_unencodable",
    "is_terminal",
]

_USUAL_COLUMNS = 80

_ELLIPSIS = "…"

_IN_ASCII = str.maketrans({_ELLIPSIS: "~", "█": "#", "×": "x"})  # noqa: RUF001 - the sign is meant


class Style(StrEnum):
    """How a span looks on a terminal, in Rich's words."""

    PLAIN = ""
    STRONG = "bold"
    FAINT = "dim"
    GOOD = "green"
    CHANGED = "yellow"
    BAD = "red"
    BAR = "cyan"


class Span(NamedTuple):
    """A piece of a line.

    Attributes:
        text: any text; it is escaped when the line is composed.
        style: how it looks on a terminal.
        width: columns that it is padded to; on a terminal it is also cut to them. 0: as it is.
        right: pad on the left instead of the right.
        fit: on a terminal, cut to what is left of the line.
        keep_end: cut at the start instead of the end.
    """

    text: str
    style: Style = Style.PLAIN
    width: int = 0
    right: bool = False
    fit: bool = False
    keep_end: bool = False


class OutputError(Exception):
    """Standard output, or standard error, does not take what is written."""


class Screen:
    """Writes lines to one stream.

    Args:
        stream: where to; None, as the standard streams are where they are closed, for nowhere.
        environment: the environment's variables; `TERM` and `NO_COLOR` count.
    """

    def __init__(self, stream: TextIO | None, environment: Mapping[str, str]) -> None:
        self._stream = stream
        self._environment = environment
        self._console: Console | None = None
        self.columns = _columns(stream) if is_terminal(stream, environment) else None
        """Width of the terminal; None where it is none, and nothing is styled or cut."""

    def line(self, *spans: Span | str) -> None:
        """Write one line.

        Raises:
            OutputError: the stream does not take it.
        """
        pieces = compose(
            [Span(span) if isinstance(span, str) else span for span in spans], self.columns
        )
        if self.columns is None:
            self.raw("".join(text for text, _ in pieces).rstrip())
        else:
            self.raw(self._styled(pieces))

    def lines(self, lines: Iterable[Iterable[Span | str]]) -> None:
        """Write many lines.

        Raises:
            OutputError: the stream does not take them.
        """
        for spans in lines:
            self.line(*spans)

    def raw(self, text: str) -> None:
        """Write one line of text that is safe already.

        Raises:
            OutputError: the stream does not take it.
        """
        self._write(f"{text}\n")

    def prompt(self, question: str) -> None:
        """Write text that somebody types an answer behind, at once.

        Raises:
            OutputError: the stream does not take it.
        """
        self._write(f"{printable(question)} ")
        self.flush()

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        if not _is_unicode(self._stream):
            text = text.translate(_IN_ASCII)
        try:
            self._stream.write(text)
        except OSError as error:
            raise OutputError(error.strerror or str(error)) from error

    def flush(self) -> None:
        """Hand what was written to the system.

        Raises:
            OutputError: it does not take it.
        """
        if self._stream is None:
            return
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputError(error.strerror or str(error)) from error

    def _styled(self, pieces: Iterable[tuple[str, Style]]) -> str:
        from rich.text import Text  # noqa: PLC0415 - slow to import, and only terminals need it

        console = self._console = self._console or self._new_console()
        text = Text()
        for piece, style in pieces:
            text.append(piece, style.value)
        with console.capture() as capture:
            console.print(text, end="", soft_wrap=True)
        return capture.get()

    def _new_console(self) -> "Console":
        from rich.console import Console  # noqa: PLC0415 - slow to import, and only terminals need it

        return Console(
            file=self._stream,
            force_terminal=True,
            highlight=False,
            markup=False,
            emoji=False,
            width=self.columns,
            _environ=self._environment,
        )


def escape_unencodable(stream: TextIO | None, *, encoding: str | None = None) -> None:
    """Have a stream escape what its encoding does not have.

    Args:
        stream: a standard stream.
        encoding: use this one instead of its own.
    """
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def is_terminal(stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Return whether the stream is a terminal that can do more than print lines."""
    return stream is not None and stream.isatty() and environment.get("TERM", "dumb") != "dumb"


def compose(spans: Iterable[Span], columns: int | None) -> list[tuple[str, Style]]:
    """Return the pieces of one line: escaped, padded, and cut to a terminal's width.

    Args:
        spans: the pieces, in their order.
        columns: the terminal's width; None where it is no terminal: then nothing is cut.
    """
    pieces = list[tuple[str, Style]]()
    used = 0
    for span in spans:
        text = printable(span.text)
        if columns is not None and span.width:
            text = _cut(text, span.width, keep_end=span.keep_end)
        padding = " " * (span.width - _cells(text))
        text = padding + text if span.right else text + padding
        if columns is not None and span.fit:
            text = _cut(text, columns - used, keep_end=span.keep_end)
        used += _cells(text)
        pieces.append((text, span.style))
    return pieces


def cells(text: str) -> int:
    """Return how many columns `text` takes up when it is shown, its escapes included."""
    return _cells(printable(text))


def _cells(text: str) -> int:
    """Return how many columns visible text takes up (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"F", "W"} else 1


def _cut(text: str, width: int, *, keep_end: bool) -> str:
    if _cells(text) <= width:
        return text
    if width < 1:
        return ""
    ends = accumulate(map(_cells_of, reversed(text) if keep_end else text))
    kept = sum(end <= width - _cells(_ELLIPSIS) for end in ends)
    return f"{_ELLIPSIS}{text[len(text) - kept :]}" if keep_end else f"{text[:kept]}{_ELLIPSIS}"


def _columns(stream: TextIO | None) -> int:
    try:
        columns = os.get_terminal_size((stream or sys.stdout).fileno()).columns
    except OSError:
        columns = 0
    return columns or _USUAL_COLUMNS


def _is_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")
