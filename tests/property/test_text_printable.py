"""`printable`: one line, everything not plainly visible escaped, no two texts alike."""

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.text import printable

any_text = st.text(st.characters())


@given(any_text)
def test_what_is_shown_is_visible_and_on_one_line(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1


@given(any_text)
def test_the_text_can_be_told_from_what_is_shown(text: str) -> None:
    shown = printable(text)
    escaped = "".join(c if c.isascii() else f"\\U{ord(c):08x}" for c in shown)
    assert escaped.encode("ascii").decode("unicode_escape") == text
