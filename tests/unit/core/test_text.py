import sys
import unicodedata

import pytest

from imgmeta.core.text import clean_text, printable, shorten


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Canon EOS R5", "Canon EOS R5"),
        ("  NIKON \0garbage behind the end", "NIKON"),
        ("a\x07\x1b[31mb\ufffd", "a[31mb"),
        ("Ca\ufffdnon", "Canon"),
        ("Łódź \U0001f468\u200d\U0001f469", "Łódź \U0001f468\u200d\U0001f469"),
        ("\ud800 \x00", None),
        ("\t\r\n ", None),
        ("", None),
        ("\0all behind the end", None),
    ],
)
def test_text_of_an_image_is_cleaned(written: str, kept: str | None) -> None:
    assert clean_text(written) == kept


def test_cleaned_text_ends_at_the_limit_and_not_in_a_blank() -> None:
    assert clean_text("abc def", limit=4) == "abc"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("naïve 東京 📷", "naïve 東京 📷"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines", "two\\nlines"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("a\\nb", "a\\\\nb"),
        ("\udc80", "\\udc80"),
        ("line\u2028line\x85line", "line\\u2028line\\x85line"),
    ],
)
def test_text_is_shown_on_one_line_with_the_invisible_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_no_character_that_is_shown_as_it_is_can_act_on_a_terminal() -> None:
    acting = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
    shown = (chr(code) for code in range(sys.maxunicode + 1))
    assert not [c for c in shown if unicodedata.category(c) in acting and printable(c) == c]


@pytest.mark.parametrize(
    ("limit", "short"), [(9, "abcdefg"), (7, "abcdefg"), (6, "abcde…"), (1, "…"), (0, "")]
)
def test_what_is_cut_is_marked_by_an_ellipsis(limit: int, short: str) -> None:
    assert shorten("abcdefg", limit) == short
