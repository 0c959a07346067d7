import sys
import unicodedata

import pytest

from imgmeta.core.text import clean_text, counted, printable, redact_url, redact_urls, shorten


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
    # The other planes have few assigned characters.
    characters = map(chr, [*range(0x2_0000), *range(0x2_0000, sys.maxunicode + 1, 97)])
    controls = "".join(c for c in characters if unicodedata.category(c) in escaped)
    assert not set(printable(controls)) & set(controls)


@pytest.mark.parametrize(
    ("limit", "short"), [(9, "abcdefg"), (7, "abcdefg"), (6, "abcde…"), (1, "…"), (0, "")]
)
def test_truncated_text_ends_in_an_ellipsis(limit: int, short: str) -> None:
    assert shorten("abcdefg", limit) == short


@pytest.mark.parametrize(
    ("url", "redacted"),
    [
        ("https://host:443/path", "https://host:443/path"),
        ("https://user:secret@host:443/path", "https://***@host:443/path"),
        ("https://secret@host", "https://***@host"),
        ("https://@host", "https://@host"),
        ("https://a@secret@host", "https://***@host"),
        ("https://host?secret", "https://host?***"),
        ("https://host/path?a=secret&b=c/d#e", "https://host/path?***"),
        ("https://host#secret", "https://host#***"),
        ("https://user:se/cret@host", "https://***"),
        ("https://user:se?cret@host/a", "https://***"),
        ("https://host/a?b=c@secret", "https://***"),
        ("user:secret@host", "***@host"),
        ("host/path?secret", "host/path?***"),
        ("nowhere", "nowhere"),
        ("", ""),
        ("://", "://"),
    ],
)
def test_url_is_redacted(url: str, redacted: str) -> None:
    assert redact_url(url) == redacted


def test_urls_in_a_text_are_redacted() -> None:
    text = "cannot use 'http://a:secret@b/c?d=secret' or <HTTPS://secret@e>: see https://f.g/h"
    redacted = "cannot use 'http://***@b/c?***' or <HTTPS://***@e>: see https://f.g/h"
    assert redact_urls(text) == redacted


def test_keys_in_a_text_are_not_redacted() -> None:
    text = "cannot read s3://holiday/a@2x?b.jpg and file:///photos/a@2x.jpg of me@example.com"
    assert redact_urls(text) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 images"), (1, "1 image"), (2, "2 images"), (2_000, "2,000 images")]
)
def test_counted_noun_is_in_the_plural_unless_the_number_is_one(number: int, text: str) -> None:
    assert counted(number, "image") == text
