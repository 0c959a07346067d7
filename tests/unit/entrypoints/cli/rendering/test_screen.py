import io
from typing import TextIO

import pytest

from imgmeta.entrypoints.cli.rendering.screen import (
    OutputError,
    Screen,
    Span,
    Style,
    cells,
    compose,
    escape_unencodable,
    is_terminal,
)

HOSTILE = "a\x1b[2J[bold red]b\nc\u202ed\udcff:smile:"


class Terminal(io.StringIO):
    """A stream that says it is a terminal, without a window that has a width."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Full(io.StringIO):
    """A stream on a full disk."""

    def write(self, _text: str, /) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def _encoded(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(stream.encoding)


def _text(*spans: Span, columns: int | None = None) -> str:
    return "".join(text for text, _ in compose(spans, columns))


def test_hostile_text_is_composed_as_one_harmless_line() -> None:
    assert _text(Span(HOSTILE)) == r"a\x1b[2J[bold red]b\nc\u202ed\udcff:smile:"


def test_a_span_is_padded_to_its_width_on_either_side() -> None:
    assert _text(Span("ab", width=4), Span("c", width=3, right=True)) == "ab    c"


def test_text_that_takes_two_columns_a_character_is_padded_by_columns() -> None:
    assert _text(Span("写真", width=6), Span("|")) == "写真  |"


def test_a_combining_character_takes_no_column() -> None:
    assert cells("e\u0301") == 1


def test_off_a_terminal_nothing_is_cut() -> None:
    assert _text(Span("abcdef", width=3, fit=True)) == "abcdef"


def test_on_a_terminal_a_span_is_cut_to_its_width() -> None:
    assert _text(Span("abcdef", width=4), Span("|"), columns=80) == "abc…|"


def test_on_a_terminal_the_rest_of_a_line_is_cut_to_what_is_left_of_it() -> None:
    assert _text(Span("abc"), Span("defghi", fit=True), columns=6) == "abcde…"


def test_a_name_is_cut_at_its_start_so_that_its_end_is_seen() -> None:
    assert _text(Span("photos/beach.jpg", fit=True, keep_end=True), columns=8) == "…ach.jpg"


def test_a_character_of_two_columns_is_not_cut_in_half() -> None:
    assert _text(Span("写真写真", fit=True), columns=4) == "写…"


def test_where_no_room_is_left_nothing_is_shown() -> None:
    assert _text(Span("abc"), Span("d", fit=True), columns=3) == "abc"


def test_off_a_terminal_lines_are_plain_and_end_without_blanks() -> None:
    stream = _encoded("utf-8")
    screen = Screen(stream, {"TERM": "xterm"})
    screen.lines([[Span("ok", Style.GOOD, width=5)], ["[bold]x"]])
    screen.flush()
    assert screen.columns is None
    assert _written(stream) == "ok\n[bold]x\n"


def test_on_a_terminal_lines_are_styled_and_markup_is_shown_as_it_is() -> None:
    stream = Terminal()
    screen = Screen(stream, {"TERM": "xterm"})
    screen.line(Span(HOSTILE, Style.GOOD), "!")
    assert screen.columns == 80
    assert stream.getvalue() == ("\x1b[32ma\\x1b[2J[bold red]b\\nc\\u202ed\\udcff:smile:\x1b[0m!\n")


def test_no_color_leaves_out_colours() -> None:
    stream = Terminal()
    Screen(stream, {"TERM": "xterm", "NO_COLOR": "1"}).line(Span("ok", Style.GOOD))
    assert stream.getvalue() == "ok\n"


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {}])
def test_a_terminal_that_can_do_nothing_gets_plain_lines(environment: dict[str, str]) -> None:
    stream = Terminal()
    Screen(stream, environment).line(Span("ok", Style.GOOD))
    assert stream.getvalue() == "ok\n"


def test_a_stream_without_unicode_gets_signs_that_it_has() -> None:
    stream = _encoded("ascii")
    escape_unencodable(stream)
    Screen(stream, {}).line("█ 3×4 … é 写")  # noqa: RUF001 - the sign is meant
    assert _written(stream) == "# 3x4 ~ \\xe9 \\u5199\n"


def test_escaping_can_change_the_encoding_too() -> None:
    stream = _encoded("ascii")
    escape_unencodable(stream, encoding="utf-8")
    stream.write("写\udcff")
    assert _written(stream) == "写\\udcff"


def test_a_stream_that_cannot_escape_is_left_alone() -> None:
    stream = io.StringIO()
    escape_unencodable(stream)
    assert stream.getvalue() == ""


def test_nothing_is_written_where_the_stream_is_closed() -> None:
    screen = Screen(None, {"TERM": "xterm"})
    screen.line("lost")
    screen.flush()
    assert screen.columns is None
    assert not is_terminal(None, {"TERM": "xterm"})


@pytest.mark.parametrize("stream", [Full()])
def test_a_stream_that_does_not_take_what_is_written_is_an_error(stream: TextIO) -> None:
    screen = Screen(stream, {})
    with pytest.raises(OutputError, match="No space left"):
        screen.line("x")
    with pytest.raises(OutputError, match="No space left"):
        screen.flush()
