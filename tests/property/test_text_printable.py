"""`printable` returns one line without invisible characters, different for each text."""

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.text import printable

any_text = st.text(st.characters())


@given(any_text)
def test_escaped_text_is_visible_and_on_one_line(text: str) -> None:
    escaped = printable(text)
    assert escaped.isprintable()
    assert len(escaped.splitlines()) <= 1


@given(any_text)
def test_text_can_be_restored_from_the_escaped_text(text: str) -> None:
    escaped = printable(text)
    ascii_text = "".join(c if c.isascii() else f"\\U{ord(c):08x}" for c in escaped)
    assert ascii_text.encode("ascii").decode("unicode_escape") == text
