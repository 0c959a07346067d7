import sys
import unicodedata

import pytest

from imgmeta.core.text import clean_text, printable, shorten


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Canon EOS R5", "Canon EOS R5"),
        ("  NIKON \0garbage after the end", "NIKON"),
        ("a\x07\x1b[31mb\ufffd", "a[31mb"),
        ("Ca\ufffdnon", "Canon"),
        ("Łódź \U0001f468\u200d\U0001f469", "Łódź \U0001f468\u200d\U0001f469"),
        ("\ud800 \x00", None),
        ("\t\r\n ", None),
        ("", None),
        ("\0all after the end", None),
    ],
)
def test_text_of_an_image_is_cleaned(text: str, cleaned: str | None) -> None:
    assert clean_text(text) == cleaned


def test_truncated_text_does_not_end_in_white_space() -> None:
    assert clean_text("abc def", limit=4) == "abc"


@pytest.mark.parametrize(
    ("text", "escaped"),
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
def test_invisible_characters_are_escaped(text: str, escaped: str) -> None:
    assert printable(text) == escaped


def test_every_control_character_is_escaped() -> None:
    escaped = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
    characters = (chr(code) for code in range(sys.maxunicode + 1))
    assert not [c for c in characters if unicodedata.category(c) in escaped and printable(c) == c]


@pytest.mark.parametrize(
    ("limit", "short"), [(9, "abcdefg"), (7, "abcdefg"), (6, "abcde…"), (1, "…"), (0, "")]
)
def test_truncated_text_ends_in_an_ellipsis(limit: int, short: str) -> None:
    assert shorten("abcdefg", limit) == short
