"""`clean_text`: what a person would read, or nothing; never empty, controlling or too long."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.text import clean_text

any_text = st.text(st.characters())


@given(any_text, st.integers(1, 300))
def test_what_is_kept_is_short_stripped_and_controls_nothing(text: str, limit: int) -> None:
    kept = clean_text(text, limit=limit)
    if kept is not None:
        assert 1 <= len(kept) <= limit
        assert kept == kept.strip()
        assert "\ufffd" not in kept
        assert not {unicodedata.category(c) for c in kept} & {"Cc", "Cs", "Cn"}


@given(any_text)
def test_clean_text_is_kept_as_it_is(text: str) -> None:
    kept = clean_text(text)
    assert kept is None or clean_text(kept) == kept


@given(st.text("abc é東", min_size=1).map(str.strip).filter(bool))
def test_text_that_needs_no_cleaning_is_not_touched(text: str) -> None:
    assert clean_text(text) == text[:256].rstrip()
