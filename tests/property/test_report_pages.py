"""HTML pages of any records are well-formed, small and the same each time."""

from datetime import UTC, datetime

import pytest

pytest.importorskip("jinja2", reason="needs the extra report")
pytest.importorskip("vl_convert", reason="needs the extra report")

from hypothesis import given, settings
from hypothesis import strategies as st

from imgmeta.adapters.html import html_page
from imgmeta.core.records import ImageRecord
from imgmeta.core.reports import Scope, build_report
from imgmeta.testing.strategies.record_examples import image_records
from support.html.page import read_page

pytestmark = pytest.mark.slow

any_records = st.lists(image_records(), max_size=6)
filters = st.lists(st.tuples(st.text(), st.text()), max_size=3)
moments = st.datetimes(timezones=st.just(UTC))


@settings(max_examples=60, deadline=None)
@given(any_records, st.text(), filters, moments)
def test_page_of_any_records_is_well_formed(
    records: list[ImageRecord],
    source: str,
    given_filters: list[tuple[str, str]],
    created_at: datetime,
) -> None:
    by_size = sorted(records, key=lambda record: record.file_size or 0)
    report = build_report(by_size, Scope(source, tuple(given_filters), created_at))
    document = b"".join(html_page(report))
    page = read_page(document)
    names = {name for name, _ in page.elements}
    assert not names & {"script", "link", "iframe", "object", "embed", "base", "form"}
    assert not [name for _, attributes in page.elements for name in attributes if name[:2] == "on"]
    assert len(document) < 500_000
    assert b"".join(html_page(report)) == document
