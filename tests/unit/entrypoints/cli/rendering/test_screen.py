import io
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.entrypoints.cli.rendering.screen import (
    MIN_PATH_COLUMNS,
    OutputError,
    Screen,
    Span,
    Style,
    compose,
    display_width,
    escape_unencodable,
    is_terminal,
    path_span,
)

HOSTILE = "a\x1b[2J[bold red]b\nc\u202ed\udcff:smile:"


class Terminal(io.StringIO):
    """A terminal of unknown width."""

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


def test_hostile_text_is_escaped_on_one_line() -> None:
    assert _text(Span(HOSTILE)) == r"a\x1b[2J[bold red]b\nc\u202ed\udcff:smile:"


def test_span_is_padded_left_or_right() -> None:
    assert _text(Span("ab", width=4), Span("c", width=3, right=True)) == "ab    c"


def test_wide_characters_are_padded_by_columns() -> None:
    assert _text(Span("写真", width=6), Span("|")) == "写真  |"


def test_combining_character_has_no_width() -> None:
    assert display_width("e\u0301") == 1


def test_nothing_is_cut_without_a_terminal() -> None:
    assert _text(Span("abcdef", width=3, fit=True)) == "abcdef"


def test_span_is_cut_to_its_width_on_a_terminal() -> None:
    assert _text(Span("abcdef", width=4), Span("|"), columns=80) == "abc…|"


def test_span_is_cut_to_the_rest_of_the_line_on_a_terminal() -> None:
    assert _text(Span("abc"), Span("defghi", fit=True), columns=6) == "abcde…"


def test_path_is_cut_in_the_middle() -> None:
    assert _text(Span("photos/beach.jpg", fit=True, keep_end=True), columns=8) == "pho….jpg"
    assert _text(Span("photos/beach.jpg", fit=True, keep_end=True), columns=1) == "…"


def test_path_keeps_forty_columns_on_any_terminal() -> None:
    shown = _text(Span("failed   "), path_span("photos/" * 20 + "beach.jpg"), columns=20)
    assert shown == "failed   photos/photos/photo…tos/photos/beach.jpg"
    assert display_width(shown) == 9 + MIN_PATH_COLUMNS


@given(text=st.text(), width=st.integers(1, 60))
def test_cut_path_fits_its_columns_and_keeps_both_ends(text: str, width: int) -> None:
    whole = _text(Span(text))
    shown = _text(Span(text, fit=True, keep_end=True), columns=width)
    if display_width(text) <= width:
        assert shown == whole
        return
    start, end = max(
        (
            (shown[:index], shown[index + 1 :])
            for index, character in enumerate(shown)
            if character == "…"
        ),
        key=lambda ends: whole.startswith(ends[0]) and whole.endswith(ends[1]),
    )
    assert whole.startswith(start)
    assert whole.endswith(end)
    # A cut leaves out one column more where only half of a wide character fits.
    assert width - 1 <= sum(map(_cells, shown)) <= width
    assert not end or _cells(end[0])


def _cells(character: str) -> int:
    return 1 if character == "\\" else display_width(character)  # which would escape it


def test_mark_is_not_separated_from_its_character() -> None:
    assert _text(Span("aaaae\u0301", fit=True, keep_end=True), columns=2) == "…e\u0301"
    assert _text(Span("aaaae\u0301写", fit=True, keep_end=True), columns=3) == "aa…"


def test_decomposed_hangul_takes_two_columns_for_each_syllable() -> None:
    assert display_width("한국") == display_width("\u1112\u1161\u11ab\u1100\u116e\u11a8") == 4


def test_wide_character_is_not_cut_in_half() -> None:
    assert _text(Span("写真写真", fit=True), columns=4) == "写…"


def test_span_without_space_is_dropped() -> None:
    assert _text(Span("abc"), Span("d", fit=True), columns=3) == "abc"


def test_name_keeps_its_minimum_on_a_narrow_terminal() -> None:
    name = Span("s3://holiday/beach.jpg", fit=True, keep_end=True, minimum=9)
    assert _text(Span("Last image 2 days ago: "), name, columns=24) == (
        "Last image 2 days ago: s3:/….jpg"
    )
    assert _text(Span("ago: "), name, columns=20) == "ago: s3://ho…ach.jpg"


def test_lines_without_a_terminal_are_plain_without_trailing_spaces() -> None:
    stream = _encoded("utf-8")
    screen = Screen(stream, {"TERM": "xterm"})
    screen.lines([[Span("ok", Style.GOOD, width=5)], ["[bold]x"]])
    screen.flush()
    assert screen.columns is None
    assert _written(stream) == "ok\n[bold]x\n"


def test_lines_on_a_terminal_are_styled_and_markup_is_literal() -> None:
    stream = Terminal()
    screen = Screen(stream, {"TERM": "xterm"})
    screen.line(Span(HOSTILE, Style.GOOD), "!")
    assert screen.columns == 80
    assert stream.getvalue() == ("\x1b[32ma\\x1b[2J[bold red]b\\nc\\u202ed\\udcff:smile:\x1b[0m!\n")


def test_full_line_on_a_terminal_is_not_cut() -> None:
    stream = Terminal()
    Screen(stream, {"TERM": "xterm"}).line(path_span("long/" * 50), full=True)
    assert stream.getvalue() == "long/" * 50 + "\n"


def test_no_color_disables_colors() -> None:
    stream = Terminal()
    Screen(stream, {"TERM": "xterm", "NO_COLOR": "1"}).line(Span("ok", Style.GOOD))
    assert stream.getvalue() == "ok\n"


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {}])
def test_dumb_terminal_gets_plain_lines(environment: dict[str, str]) -> None:
    stream = Terminal()
    Screen(stream, environment).line(Span("ok", Style.GOOD))
    assert stream.getvalue() == "ok\n"


def test_stream_without_unicode_gets_ascii_substitutes() -> None:
    stream = _encoded("ascii")
    escape_unencodable(stream)
    Screen(stream, {}).line("█ 3×4 … é 写")  # noqa: RUF001 - the multiplication sign is intended
    assert _written(stream) == "# 3x4 ~ \\xe9 \\u5199\n"


def test_escaping_can_also_change_the_encoding() -> None:
    stream = _encoded("ascii")
    escape_unencodable(stream, encoding="utf-8")
    stream.write("写\udcff")
    assert _written(stream) == "写\\udcff"


def test_stream_without_an_encoder_is_unchanged() -> None:
    stream = io.StringIO()
    escape_unencodable(stream)
    assert stream.getvalue() == ""


def test_closed_stream_discards_output() -> None:
    screen = Screen(None, {"TERM": "xterm"})
    screen.line("lost")
    screen.flush()
    assert screen.columns is None
    assert not is_terminal(None, {"TERM": "xterm"})


@pytest.mark.parametrize("stream", [Full()])
def test_failed_write_raises_output_error(stream: TextIO) -> None:
    screen = Screen(stream, {})
    with pytest.raises(OutputError, match="No space left"):
        screen.line("x")
    with pytest.raises(OutputError, match="No space left"):
        screen.flush()
