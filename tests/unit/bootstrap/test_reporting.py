import sys
from datetime import UTC, datetime

import pytest

from imgmeta import InvalidRecordError, Query
from imgmeta.bootstrap.reporting import index_report, open_report_encoder
from imgmeta.core.ordering import IfRevision
from imgmeta.core.reports import Report, Scope
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ImageRepository
from imgmeta.testing.strategies.record_examples import image_record

SCOPE = Scope("photos.db", (), datetime(2026, 11, 30, tzinfo=UTC))
HASH = "md5:" + 32 * "0"


@pytest.fixture
def filled(repository: ImageRepository) -> ImageRepository:
    for number, size in enumerate([9, 5, 9, 7, 5]):
        record = image_record(f"{number}.jpg", file_size=size, content_hash=HASH)
        repository.put(record, IfRevision(None))
    return repository


def duplicates(report: Report) -> list[list[str]]:
    groups = report.duplicates.first
    return [[location.key for location in group.images] for group in groups]


def test_duplicates_are_found_among_images_in_any_order(filled: ImageRepository) -> None:
    report = index_report(filled, Query(), SCOPE)
    assert duplicates(report) == [["0.jpg", "2.jpg"], ["1.jpg", "4.jpg"]]


def test_limit_and_cursor_of_the_query_are_ignored(filled: ImageRepository) -> None:
    query = Query(limit=1)
    query = Query(limit=1, after=query.cursor(image_record("3.jpg")))
    assert index_report(filled, query, SCOPE).totals.images == 5


def test_unreadable_records_are_counted_and_reported(damaged_repository: ImageRepository) -> None:
    errors = list[InvalidRecordError]()
    report = index_report(damaged_repository, Query(), SCOPE, on_unreadable=errors.append)
    assert (report.totals.images, report.totals.unreadable, len(errors)) == (1, 1, 1)
    with pytest.raises(InvalidRecordError):
        index_report(damaged_repository, Query(), SCOPE)


@pytest.mark.parametrize("library", ["jinja2", "vl_convert"])
def test_missing_library_is_reported(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    for name in [*sys.modules]:
        if name.startswith("imgmeta.adapters.html"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigurationError) as caught:
        open_report_encoder()
    message = "reports need Jinja2 and vl-convert-python: pip install 'imgmeta[report]'"
    assert str(caught.value) == message


def test_other_missing_module_is_no_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.startswith("imgmeta.adapters.html"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "imgmeta.adapters.html.pages", None)
    with pytest.raises(ModuleNotFoundError):
        open_report_encoder()
