import sys

import pytest

import imgmeta
from imgmeta import ExportFormat, GpsPolicy, ImageRecord, InvalidRecordError, Order, Query
from imgmeta.bootstrap.exporting import open_encoder
from imgmeta.core.ordering import IfRevision
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ImageRepository
from imgmeta.testing.strategies.record_examples import image_record


@pytest.fixture
def filled(repository: ImageRepository) -> ImageRepository:
    for key in ("b.jpg", "a.jpg", "c.jpg"):
        repository.put(image_record(key, latitude=48.13712, longitude=11.5), IfRevision(None))
    return repository


def test_records_are_exported_in_the_order_of_the_query(filled: ImageRepository) -> None:
    query = Query(sort=Order.KEY, descending=True, limit=2)
    lines = imgmeta.export_records(filled, query, ExportFormat.JSONL)
    assert [ImageRecord.from_json(line).object_key for line in lines] == ["c.jpg", "b.jpg"]


def test_export_is_limited_to_what_the_policy_permits(filled: ImageRepository) -> None:
    lines = imgmeta.export_records(filled, Query(), ExportFormat.JSONL, gps_policy=GpsPolicy.ROUND)
    assert {ImageRecord.from_json(line).latitude for line in lines} == {48.14}


def test_unreadable_record_is_reported(damaged_repository: ImageRepository) -> None:
    errors = list[InvalidRecordError]()
    lines = imgmeta.export_records(
        damaged_repository, Query(), ExportFormat.JSONL, on_unreadable=errors.append
    )
    assert len([*lines]) == len(errors) == 1
    with pytest.raises(InvalidRecordError):
        list(imgmeta.export_records(damaged_repository, Query(), ExportFormat.CSV))


def test_missing_pyarrow_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "imgmeta.adapters.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError) as caught:
        open_encoder(ExportFormat.PARQUET)
    assert str(caught.value) == "Parquet files need pyarrow: pip install 'imgmeta[parquet]'"
