"""A repository whose queries lag passes the contract if the tests wait for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.ports import (
    ImageRepository,
    OnUnreadable,
    RecordFinder,
    SizeFinder,
    SummaryFinder,
    UploadHistory,
)
from imgmeta.testing.contracts import waiting
from imgmeta.testing.contracts.image_repository import GetContract
from imgmeta.testing.contracts.repository_listings import (
    CountContract,
    EntriesContract,
    ScanContract,
    UploadedBetweenContract,
)
from imgmeta.testing.strategies import image_record


class LaggingRepository(InMemoryImageRepository):
    """Its queries answer from the records at the time of the last call of `catch_up`."""

    def __init__(self) -> None:
        super().__init__()
        self.visible = InMemoryImageRepository()

    def catch_up(self) -> None:
        self.visible = InMemoryImageRepository(super().scan(include_deleted=True))

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        return self.visible.scan(include_deleted=include_deleted, on_unreadable=on_unreadable)


class LaggingFinder(LaggingRepository):
    """It answers queries itself."""

    def find(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        return iter(query.select(self.scan(on_unreadable=on_unreadable)))


class TestLaggingRepository(
    GetContract, UploadedBetweenContract, EntriesContract, ScanContract, CountContract
):
    @pytest.fixture
    def repository(self) -> ImageRepository:
        repository = LaggingRepository()
        return waiting(repository, repository.catch_up)


def test_query_that_does_not_wait_misses_a_write() -> None:
    repository = LaggingRepository()
    repository.put(image_record(), IfRevision(None))
    assert list(repository.list_prefix("holiday")) == []


def test_repository_that_answers_queries_still_does() -> None:
    lagging = LaggingFinder()
    repository = waiting(lagging, lagging.catch_up)
    assert isinstance(repository, RecordFinder)
    repository.put(image_record(), IfRevision(None))
    assert list(repository.find(Query())) == [image_record()]


@pytest.mark.parametrize("port", [RecordFinder, UploadHistory, SummaryFinder, SizeFinder])
def test_optional_ports_are_those_of_the_repository(port: type, tmp_path: Path) -> None:
    with SQLiteImageRepository(tmp_path / "imgmeta.db") as repository:
        assert isinstance(waiting(repository, list), port) == isinstance(repository, port)


def test_repository_that_does_not_answer_queries_still_does_not() -> None:
    lagging = LaggingRepository()
    assert not isinstance(waiting(lagging, lagging.catch_up), RecordFinder)
