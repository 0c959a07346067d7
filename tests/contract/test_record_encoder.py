"""The contract of `imgmeta.ports.RecordEncoder`, for every format."""

import csv
import json
from importlib.util import find_spec
from io import BytesIO, StringIO
from typing import Any

import pytest

from imgmeta.bootstrap.exporting import open_encoder
from imgmeta.core.exports import ExportFormat, unprotect
from imgmeta.testing.contracts import RecordEncoderContract, RecordFormat

Row = dict[str, Any]


def _json_rows(content: bytes) -> list[Row]:
    return [json.loads(line) for line in content.splitlines()]


def _csv_rows(content: bytes) -> list[Row]:
    rows = csv.DictReader(StringIO(content.decode(), newline=""), strict=True)
    return [{name: unprotect(cell) for name, cell in row.items()} for row in rows]


def _geojson_rows(content: bytes) -> list[Row]:
    return [feature["properties"] for feature in json.loads(content)["features"]]


def _parquet_rows(content: bytes) -> list[Row]:
    from pyarrow import parquet  # type: ignore[import-untyped]  # noqa: PLC0415 - optional

    rows: list[Row] = parquet.read_table(BytesIO(content)).to_pylist()
    return rows


READERS = {
    ExportFormat.JSONL: _json_rows,
    ExportFormat.CSV: _csv_rows,
    ExportFormat.GEOJSON: _geojson_rows,
    ExportFormat.PARQUET: _parquet_rows,
}


class TestRecordEncoder(RecordEncoderContract):
    @pytest.fixture(params=ExportFormat)
    def encoding(self, request: pytest.FixtureRequest) -> RecordFormat:
        if request.param is ExportFormat.PARQUET and find_spec("pyarrow") is None:
            pytest.skip("needs the extra parquet")
        return RecordFormat(
            open_encoder(request.param),
            READERS[request.param],
            omits_unknown=request.param is ExportFormat.JSONL,
        )
