import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imgmeta import InvalidRecordError, Query
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.bootstrap.reporting import index_report, open_report_encoder
from imgmeta.core.ordering import IfRevision
from imgmeta.core.reports import Report, Scope
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ImageRepository
from imgmeta.testing.strategies.record_examples import image_record

SCOPE = Scope("photos.db", (), datetime(2026, 11, 30, tzinfo=UTC))
HASH = "md5:" + 32 * "0"


@pytest.fixture(params=["memory", "sqlite"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ImageRepository]:
    with ExitStack() as stack:
        opened: ImageRepository = InMemoryImageRepository()
        if request.param == "sqlite":
            opened = stack.enter_context(SQLiteImageRepository(tmp_path / "imgmeta.db"))
        for number, size in enumerate([9, 5, 9, 7, 5]):
            record = image_record(f"{number}.jpg", file_size=size, content_hash=HASH)
            opened.put(record, IfRevision(None))
        yield opened


def duplicates(report: Report) -> list[list[str]]:
    groups = report.duplicates.first
    return [[location.key for location in group.images] for group in groups]


def test_duplicates_are_found_among_images_in_any_order(repository: ImageRepository) -> None:
    report = index_report(repository, Query(), SCOPE)
    assert duplicates(report) == [["0.jpg", "2.jpg"], ["1.jpg", "4.jpg"]]


def test_limit_and_cursor_of_the_query_are_ignored(repository: ImageRepository) -> None:
    query = Query(limit=1)
    query = Query(limit=1, after=query.cursor(image_record("3.jpg")))
    assert index_report(repository, query, SCOPE).totals.images == 5


def test_unreadable_records_are_counted_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "imgmeta.db"
    with SQLiteImageRepository(path) as repository:
        repository.put(image_record("a.jpg"), IfRevision(None))
        repository.put(image_record("b.jpg"), IfRevision(None))
    with closing(sqlite3.connect(path)) as direct, direct:
        direct.execute("UPDATE Records SET Width = 1 WHERE ObjectKey = 'a.jpg'")
    errors = list[InvalidRecordError]()
    with SQLiteImageRepository(path) as repository:
        report = index_report(repository, Query(), SCOPE, on_unreadable=errors.append)
        assert (report.totals.images, report.totals.unreadable, len(errors)) == (1, 1, 1)
        with pytest.raises(InvalidRecordError):
            index_report(repository, Query(), SCOPE)


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
