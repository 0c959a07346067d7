"""Dates are read as they were written, completely or not at all."""

from datetime import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from imgmeta.formats.metadata.date_text import parse_date_text

MOMENTS = st.datetimes(datetime(1826, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001 - local times
    lambda moment: moment.replace(microsecond=0)
)
FORMATS = (
    *("%Y:%m:%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S+02:00"),
    *("%Y:%m:%d %I:%M:%S %p", "%Y:%m:%d %I:%M:%S%p", "%Y:%m:%d %H:%M:%S %p"),
    *("%a, %d %b %Y %H:%M:%S GMT", "%d %B %Y %H:%M:%S", "%a %d %b %Y %I:%M:%S %p CEST"),
    "%a %b %d %H:%M:%S %Y",
)
CLOCK_STARTS = {
    f"{day} 00:00:00" for day in ("1899-12-30", "1900-01-01", "1904-01-01", "1970-01-01")
}
UNREAD = st.text(
    st.characters(categories=["Lo", "Ll", "Sm", "Nd"], min_codepoint=0x100), min_size=1
)


@pytest.mark.parametrize("layout", FORMATS)
@given(moment=MOMENTS)
def test_date_is_read_as_it_was_written(layout: str, moment: datetime) -> None:
    assume(str(moment) not in CLOCK_STARTS)

    parsed = parse_date_text(moment.strftime(layout))

    assert parsed is not None
    assert parsed.moment == moment


@pytest.mark.parametrize("layout", FORMATS)
@given(moment=MOMENTS, rest=UNREAD)
def test_date_with_an_unread_rest_is_never_read(layout: str, moment: datetime, rest: str) -> None:
    assert parse_date_text(moment.strftime(layout) + rest) is None
    assert parse_date_text(f"{moment.strftime(layout)} {rest}") is None


@given(text=st.text(max_size=200))
def test_any_text_gives_a_date_or_none(text: str) -> None:
    parsed = parse_date_text(text)

    assert parsed is None or 1826 <= parsed.moment.year <= 2099
