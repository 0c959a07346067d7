"""Contract tests of `imgmeta.ports.RecordEncoder`, for every format. Each quotes the port."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from io import BytesIO, StringIO
from typing import Any, NamedTuple

import pytest

from imgmeta.bootstrap.exporting import open_encoder
from imgmeta.core.exports import COLUMNS, ExportFormat, unprotect
from imgmeta.core.records import ImageRecord
from imgmeta.errors import TransientError
from imgmeta.ports import RecordEncoder
from imgmeta.testing.strategies.record_examples import image_record
from imgmeta.testing.strategies.records import HOSTILE_KEYS

Row = dict[str, Any]


class Format(NamedTuple):
    encode: RecordEncoder
    read: Callable[[bytes], list[Row]]


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


@pytest.fixture(params=ExportFormat)
def any_format(request: pytest.FixtureRequest) -> Format:
    if request.param is ExportFormat.PARQUET and find_spec("pyarrow") is None:
        pytest.skip("needs the extra parquet")
    return Format(open_encoder(request.param), READERS[request.param])


def read(any_format: Format, records: Iterable[ImageRecord]) -> list[Row]:
    return any_format.read(b"".join(any_format.encode(records)))


class TestEncoding:
    """Yield the bytes of a file with the records, in pieces and in the order of the records."""

    def test_file_has_the_records_in_their_order(self, any_format: Format) -> None:
        keys = [*HOSTILE_KEYS, "=1+1", "\t-1"]
        rows = read(any_format, [image_record(key) for key in keys])
        assert [row["ObjectKey"] for row in rows] == keys

    def test_row_has_all_columns(self, any_format: Format) -> None:
        (row,) = read(any_format, [image_record()])
        names = [column.name for column in COLUMNS]
        if any_format.read is _json_rows:
            # "JSON Lines omit unknown values."
            assert row.keys() <= {*names}
        else:
            assert [*row] == names

    def test_file_without_records_is_valid(self, any_format: Format) -> None:
        assert read(any_format, []) == []


class TestStreaming:
    """Records are read as the pieces are requested, and the memory that is needed does not depend
    on their number."""

    def test_pieces_are_returned_while_records_are_read(self, any_format: Format) -> None:
        done = False

        def records() -> Iterator[ImageRecord]:
            nonlocal done
            for number in range(3_000):
                yield image_record(f"{number}" + "k" * 16_000)
            done = True

        pieces = any_format.encode(records())
        size = 0
        while not size:
            size = len(next(pieces))
        assert not done

    def test_error_of_the_records_is_passed_on(self, any_format: Format) -> None:
        def records() -> Iterator[ImageRecord]:
            yield image_record()
            msg = "throttled"
            raise TransientError(msg)

        with pytest.raises(TransientError, match="throttled"):
            list(any_format.encode(records()))
