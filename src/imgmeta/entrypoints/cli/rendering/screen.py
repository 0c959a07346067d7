"""Styled lines of text on a terminal, plain lines elsewhere. All text is escaped here."""

import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from io import TextIOWrapper
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TextIO

from imgmeta.core.text import printable

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "MIN_PATH_COLUMNS",
    "OutputError",
    "Screen",
    "Span",
    "Style",
    "compose",
    "display_width",
    "escape_unencodable",
    "is_terminal",
    "path_span",
    "plain_line",
]

MIN_PATH_COLUMNS = 40
"""Columns of a path that are shown on any terminal, even if it then wraps the line."""

_DEFAULT_COLUMNS = 80

_ELLIPSIS = "…"

_ASCII_SUBSTITUTES = str.maketrans({_ELLIPSIS: "~", "█": "#", "×": "x"})  # noqa: RUF001 - the multiplication sign is intended


class Style(StrEnum):
    """Styles of a span on a terminal, as names that Rich knows."""

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
        text: any text; `compose` escapes it.
        style: its style on a terminal.
        width: columns to pad to and, on a terminal, to cut to; 0 for neither.
        right: align right.
        fit: on a terminal, cut to the rest of the line.
        keep_end: cut in the middle instead of the end.
        minimum: with `fit`, columns to keep even if the terminal then wraps the line.
    """

    text: str
    style: Style = Style.PLAIN
    width: int = 0
    right: bool = False
    fit: bool = False
    keep_end: bool = False
    minimum: int = 0


def path_span(path: str, width: int = 0) -> Span:
    """Return a path or URI, cut in the middle to the rest of the line, or to a width."""
    return Span(path, width=width, fit=True, keep_end=True, minimum=MIN_PATH_COLUMNS)


class OutputError(Exception):
    """Standard output or standard error cannot be written to."""


class Screen:
    """Writes to one stream; raises OutputError if the stream cannot be written to.

    Args:
        stream: the stream; None, as `sys.stdout` is when closed, discards everything.
        environment: the environment variables; `TERM` and `NO_COLOR` are used.
    """

    def __init__(self, stream: TextIO | None, environment: Mapping[str, str]) -> None:
        self._stream = stream
        self._environment = environment
        self._console: Console | None = None
        self.columns = _columns(stream) if is_terminal(stream, environment) else None
        """Width of the terminal; None without a terminal, where nothing is styled or cut."""

    def line(self, *spans: Span | str, full: bool = False) -> None:
        """Write one line.

        Args:
            spans: the pieces of the line.
            full: cut nothing, even if the terminal then wraps the line.
        """
        given = [Span(span) if isinstance(span, str) else span for span in spans]
        if self.columns is None:
            self.raw(plain_line(given))
        else:
            self.raw(self._styled(compose(given, None if full else self.columns)))

    def lines(self, lines: Iterable[Iterable[Span | str]]) -> None:
        """Write several lines."""
        for spans in lines:
            self.line(*spans)

    def raw(self, text: str) -> None:
        """Write one line of text that needs no escaping."""
        self._write(f"{text}\n")

    def text(self, text: str) -> None:
        """Write text that needs no escaping, with the ends of its lines."""
        self._write(text)

    def prompt(self, question: str) -> None:
        """Write a question, without a newline, and flush the stream."""
        self._write(f"{printable(question)} ")
        self.flush()

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        if not _is_unicode(self._stream):
            text = text.translate(_ASCII_SUBSTITUTES)
        try:
            self._stream.write(text)
        except OSError as error:
            raise OutputError(error.strerror or str(error)) from error

    def flush(self) -> None:
        """Flush the stream."""
        if self._stream is None:
            return
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputError(error.strerror or str(error)) from error

    def _styled(self, pieces: Iterable[tuple[str, Style]]) -> str:
        from rich.text import Text  # noqa: PLC0415 - slow to import, needed on terminals only

        console = self._console = self._console or self._new_console()
        text = Text()
        for piece, style in pieces:
            text.append(piece, style.value)
        with console.capture() as capture:
            console.print(text, end="", soft_wrap=True)
        return capture.get()

    def _new_console(self) -> "Console":
        from rich.console import Console  # noqa: PLC0415 - slow to import, needed on terminals only

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
    """Make a stream escape the characters that its encoding lacks.

    Args:
        stream: a standard stream.
        encoding: replaces the stream's own encoding.
    """
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def is_terminal(stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Return whether the stream is a terminal other than `TERM=dumb`."""
    return stream is not None and stream.isatty() and environment.get("TERM", "dumb") != "dumb"


def compose(spans: Iterable[Span], columns: int | None) -> list[tuple[str, Style]]:
    """Return the text and style of each span of a line: escaped, padded, and cut to fit.

    Args:
        spans: the spans of the line.
        columns: the terminal's width; None without a terminal, where nothing is cut.
    """
    pieces = list[tuple[str, Style]]()
    used = 0
    for span in spans:
        text = printable(span.text)
        if span.width:
            if columns is not None:
                text = _cut(text, span.width, keep_end=span.keep_end)
            padding = " " * (span.width - _width(text))
            text = padding + text if span.right else text + padding
        if columns is not None:
            if span.fit:
                text = _cut(text, max(columns - used, span.minimum), keep_end=span.keep_end)
            used += _width(text)
        pieces.append((text, span.style))
    return pieces


def plain_line(spans: Iterable[Span]) -> str:
    """Return a line as it is written without a terminal."""
    return "".join(text for text, _ in compose(spans, None)).rstrip()


def display_width(text: str) -> int:
    """Return the number of columns that `text` occupies once it is escaped."""
    return _width(printable(text))


def _width(text: str) -> int:
    """Return the number of columns of printable text (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


@lru_cache(maxsize=1024)  # a list repeats few characters
def _character_width(character: str) -> int:
    # The vowels and final consonants of decomposed Hangul are drawn in the cell of the first one.
    if unicodedata.category(character) in {"Mn", "Me"} or _is_hangul_mark(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"F", "W"} else 1


def _is_hangul_mark(character: str) -> bool:
    return "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb"


def _cut(text: str, width: int, *, keep_end: bool) -> str:
    if _width(text) <= width:
        return text
    if width < 1:
        return ""
    room = width - _width(_ELLIPSIS)
    if not keep_end:
        return _start(text, room) + _ELLIPSIS
    end = _end(text, room - room // 2)
    return _start(text, room - _width(end)) + _ELLIPSIS + end


def _start(text: str, width: int) -> str:
    return text[: sum(end <= width for end in accumulate(map(_character_width, text)))]


def _end(text: str, width: int) -> str:
    kept = sum(end <= width for end in accumulate(map(_character_width, reversed(text))))
    # A mark belongs to the character before it, which was cut.
    while kept and not _character_width(text[-kept]):
        kept -= 1
    return text[len(text) - kept :]


def _columns(stream: TextIO | None) -> int:
    try:
        columns = os.get_terminal_size((stream or sys.stdout).fileno()).columns
    except OSError:
        columns = 0
    return columns or _DEFAULT_COLUMNS


def _is_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")
