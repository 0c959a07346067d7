"""`clean_text` returns readable text or None; never empty, too long or with control characters."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.text import clean_text

any_text = st.text(st.characters())


@given(any_text, st.integers(1, 300))
def test_cleaned_text_is_short_and_stripped_and_has_no_control_characters(
    text: str, limit: int
) -> None:
    cleaned = clean_text(text, limit=limit)
    if cleaned is not None:
        assert 1 <= len(cleaned) <= limit
        assert cleaned == cleaned.strip()
        assert "\ufffd" not in cleaned
        assert not {unicodedata.category(c) for c in cleaned} & {"Cc", "Cs", "Cn"}


@given(any_text)
def test_cleaning_is_idempotent(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned is None or clean_text(cleaned) == cleaned


@given(st.text("abc é東", min_size=1).map(str.strip).filter(bool))
def test_readable_text_is_only_truncated(text: str) -> None:
    assert clean_text(text) == text[:256].rstrip()
