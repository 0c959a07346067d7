"""The memory for an export does not grow with the number of records."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("pyarrow", reason="needs the extra parquet")

from imgmeta.core.exports import ExportFormat
from support.measurement.process import CommandRun, measured_command
from support.sqlite.bulk import BUCKET, PARTS, insert_many

COUNT = 1_000_000

MAX_GROWTH = 64.0
"""MiB, of which 8 are the numbers of the rows, which the adapter of SQLite holds, and, in Parquet,
about 24 are a complete group of rows. A million records take 800 MiB as JSON."""

OTHER_LINES = {ExportFormat.JSONL: 0, ExportFormat.CSV: 1, ExportFormat.GEOJSON: 2}
"""Lines of a file without those of its records."""


@pytest.mark.slow
def test_memory_of_an_export_does_not_grow_with_the_number_of_records(tmp_path: Path) -> None:
    index = tmp_path / "imgmeta.db"
    insert_many(index, COUNT)

    def export(file_format: ExportFormat, *options: str) -> CommandRun:
        return measured_command("export", "--store", index, "--format", file_format, *options)

    def growth(file_format: ExportFormat) -> float:
        few = export(file_format, "--prefix", f"s3://{BUCKET}/0/")
        many = export(file_format)
        assert many.size > 5 * few.size
        if file_format in OTHER_LINES:
            other = OTHER_LINES[file_format]
            assert (few.lines - other, many.lines - other) == (COUNT // PARTS, COUNT)
        return many.peak - few.peak

    with ThreadPoolExecutor(2) as pool:
        grown = dict(zip(ExportFormat, pool.map(growth, ExportFormat), strict=True))
    assert max(grown.values()) < MAX_GROWTH, grown
