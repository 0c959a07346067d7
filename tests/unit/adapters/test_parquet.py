from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="needs the extra parquet")

import pyarrow.parquet as pq  # type: ignore[import-untyped]  # has no type hints

from imgmeta.adapters import parquet
from imgmeta.core.exports import COLUMNS, ColumnType, values_of
from imgmeta.core.records import ImageRecord
from imgmeta.testing.strategies.record_examples import image_record

TYPES = {
    ColumnType.TEXT: "string",
    ColumnType.INTEGER: "int64",
    ColumnType.FLOAT: "double",
    ColumnType.BOOLEAN: "bool",
    ColumnType.UTC_TIME: "timestamp[us, tz=UTC]",
    ColumnType.LOCAL_TIME: "timestamp[us]",
}


def written(records: Iterable[ImageRecord]) -> Any:  # noqa: ANN401 - pyarrow has no type hints
    return pq.ParquetFile(BytesIO(b"".join(parquet.parquet_chunks(records))))


@pytest.mark.parametrize("records", [[], [image_record()]])
def test_columns_have_the_types_of_the_attributes(records: list[ImageRecord]) -> None:
    schema = written(records).schema_arrow
    types = [(field.name, str(field.type)) for field in schema]
    assert types == [(column.name, TYPES[column.type]) for column in COLUMNS]


def test_values_are_those_of_the_records() -> None:
    records = [
        image_record("a", file_size=2**63 - 1, upload_timestamp=1 - 2**63, longitude=-0.1),
        image_record("b", taken_at=datetime(1, 1, 1), has_alpha=False),  # noqa: DTZ001 - local time
        image_record("c", taken_at_utc=datetime.max.replace(tzinfo=UTC), f_number=1e-300),
        image_record("d\0\n=1", camera_make="\U0001f4f7", file_size=None),
    ]
    rows = written(records).read().to_pylist()
    assert [tuple(row.values()) for row in rows] == [values_of(record) for record in records]


def test_columns_are_compressed_with_zstd() -> None:
    metadata = written([image_record()]).metadata
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_row_group_ends_at_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_BATCH", 2)
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 4)
    monkeypatch.setattr(parquet, "_GROUP_BYTES", 10_000)
    long = "k" * 16_000
    keys = ["a", "b", "c", "d", "e", long, "f"]
    metadata = written(map(image_record, keys)).metadata
    groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert groups == [4, 2, 1]
