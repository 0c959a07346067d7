"""Other programs read exports without changes: DuckDB, pandas, Polars, GDAL (QGIS), Datasette."""

import json
import os
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("pyarrow", reason="needs the extra parquet")

from imgmeta.bootstrap.exporting import open_encoder
from imgmeta.core.exports import COLUMNS, ColumnType, ColumnValue, format_of, unprotect, values_of
from imgmeta.core.records import ImageRecord
from imgmeta.testing.strategies.record_examples import image_record
from imgmeta.testing.strategies.records import HOSTILE_KEYS

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[1] / "support" / "exports" / "consumers.py"

MOMENT = datetime(2026, 6, 7, 8, 9, 10, 11, tzinfo=UTC)
FULL = image_record(
    "full.jpg",
    revision="r-1",
    content_type="image/jpeg",
    upload_timestamp=-5,
    upload_date=MOMENT.replace(microsecond=0),
    last_modified=MOMENT,
    etag="e-1",
    version_id="v-1",
    storage_class="GLACIER",
    sequencer="0" * 31 + "F",
    error="the file is empty",
    content_error="denied",
    expires_at=1_781_000_000,
    format="JPEG",
    mime_type="image/jpeg",
    width=4000,
    height=3000,
    display_width=3000,
    display_height=4000,
    orientation=6,
    color_mode="RGB",
    bit_depth=8,
    has_alpha=False,
    frame_count=1,
    icc_profile="sRGB",
    camera_make="Canon",
    camera_model="EOS 5D",
    lens_model="=cmd|' /C calc'!A0",
    exposure_time=1 / 391,
    f_number=2.8,
    iso=100,
    focal_length=50.5,
    latitude=-38.75,
    longitude=-9.125,
    altitude=-3.5,
    taken_at=MOMENT.replace(tzinfo=None),
    taken_at_offset="-02:00",
    taken_at_utc=MOMENT,
    taken_at_source="EXIF:DateTimeOriginal",
    complete=True,
    partial_metadata=False,
)
EXTREME = image_record(
    "extreme.jpg",
    taken_at=datetime.min,  # noqa: DTZ901 - a local time
    taken_at_utc=datetime.max.replace(tzinfo=UTC),
    camera_make="NA",
    lens_model="\U0001f4f7",
    file_size=2**63 - 1,
    latitude=90.0,
    longitude=-180.0,
)
HOSTILE = [image_record(key) for key in (*HOSTILE_KEYS, "=1+1", "+1", "\t@", 'a,"b";\r\n', "NULL")]
RECORDS = [FULL, EXTREME, *HOSTILE]


class Types(NamedTuple):
    text: str
    integer: str
    number: str
    boolean: str
    utc_time: str
    local_time: str

    def of(self, kind: ColumnType) -> str:
        return dict(zip(ColumnType, self, strict=True))[kind]


DUCKDB = Types("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP")
PANDAS = Types("string", "Int64", "Float64", "boolean", "datetime64[us, UTC]", "datetime64[us]")
POLARS = Types(
    *("String", "Int64", "Float64", "Boolean"),
    "Datetime(time_unit='us', time_zone='UTC')",
    "Datetime(time_unit='us', time_zone=None)",
)
# Of texts without a UTC offset, DuckDB takes only those without decimals for times.
DUCKDB_JSON = DUCKDB._replace(local_time="VARCHAR")
PANDAS_JSON = PANDAS._replace(utc_time="string", local_time="string")
POLARS_JSON = POLARS._replace(utc_time="String", local_time="String")


@pytest.fixture(scope="module")
def python() -> str:
    """Return the Python that has the other programs."""
    python = os.environ.get("IMGMETA_TEST_CONSUMERS")
    if not python:
        pytest.skip("IMGMETA_TEST_CONSUMERS does not name a Python with the group `consumers`")
    return python


def read(python: str, reader: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [python, str(SCRIPT), reader, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    table: dict[str, Any] = json.loads(done.stdout)
    return table


def export(path: Path, records: Iterable[ImageRecord]) -> Path:
    file_format = format_of(path.name)
    assert file_format is not None
    with path.open("wb") as file:
        file.writelines(open_encoder(file_format)(records))
    return path


def expected(value: ColumnValue) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def as_written(cell: object, name: str, *, is_csv: bool) -> object:
    """Return the value of a cell as it was before it was protected, and times as ISO 8601."""
    kind = dict(COLUMNS).get(name)
    if not isinstance(cell, str):
        return cell
    if kind in {ColumnType.UTC_TIME, ColumnType.LOCAL_TIME}:
        return datetime.fromisoformat(cell).isoformat()
    return unprotect(cell) if is_csv else cell


@pytest.mark.parametrize(
    ("reader", "suffix", "types"),
    [
        ("duckdb", "parquet", DUCKDB),
        ("duckdb", "csv", DUCKDB),
        ("duckdb", "jsonl", DUCKDB_JSON),
        ("pandas_parquet", "parquet", PANDAS),
        ("pandas_csv", "csv", PANDAS),
        ("pandas_jsonl", "jsonl", PANDAS_JSON),
        ("polars_parquet", "parquet", POLARS),
        ("polars_csv", "csv", POLARS),
        ("polars_jsonl", "jsonl", POLARS_JSON),
    ],
)
def test_table_has_the_values_and_types_of_the_records(
    python: str, tmp_path: Path, reader: str, suffix: str, types: Types
) -> None:
    table = read(python, reader, export(tmp_path / f"photos.{suffix}", RECORDS))
    known = {
        name: kind
        for (name, kind), value in zip(COLUMNS, values_of(FULL), strict=True)
        if value is not None
    }
    assert {name: table["types"][name] for name in known} == {
        name: types.of(kind) for name, kind in known.items()
    }
    if suffix != "jsonl":
        assert [*table["types"]] == [column.name for column in COLUMNS]
    assert len(table["rows"]) == len(RECORDS)
    for record, row in zip(RECORDS, table["rows"], strict=True):
        values = [
            as_written(row.get(column.name), column.name, is_csv=suffix == "csv")
            for column in COLUMNS
        ]
        assert values == [expected(value) for value in values_of(record)]


@pytest.mark.parametrize(
    ("reader", "suffix"),
    [("duckdb", "parquet"), ("pandas_parquet", "parquet"), ("polars_parquet", "parquet")],
)
def test_types_do_not_depend_on_the_values(
    python: str, tmp_path: Path, reader: str, suffix: str
) -> None:
    types = {"duckdb": DUCKDB, "pandas_parquet": PANDAS, "polars_parquet": POLARS}[reader]
    table = read(python, reader, export(tmp_path / f"photos.{suffix}", []))
    assert table["rows"] == []
    assert table["types"] == {column.name: types.of(column.type) for column in COLUMNS}


def test_late_quotes_are_read(python: str, tmp_path: Path) -> None:
    plain = 25_000  # more rows than DuckDB derives the format from
    records = [*repeat(image_record(), plain), image_record('a,"b"\r\n.jpg')]
    table = read(python, "duckdb", export(tmp_path / "photos.csv", records))
    assert len(table["rows"]) == len(records)
    assert table["rows"][-1]["ObjectKey"] == 'a,"b"\r\n.jpg'


def test_gdal_reads_points_and_typed_fields(python: str, tmp_path: Path) -> None:
    # GDAL ends texts at the first NUL.
    records = [record for record in RECORDS if "\0" not in record.object_key]
    table = read(python, "pyogrio", export(tmp_path / "photos.geojson", records))
    types = Types("OFTString", "", "OFTReal", "OFTInteger", "OFTDateTime", "OFTDateTime")
    for column, value in zip(COLUMNS, values_of(FULL), strict=True):
        if value is not None and column.type is not ColumnType.INTEGER:
            assert table["types"][column.name] == types.of(column.type)
    assert table["types"]["FileSize"] == "OFTInteger64"
    assert table["types"]["Width"] == "OFTInteger"
    # The second is the first with heights.
    assert table["types"]["crs"] in {"EPSG:4326", "EPSG:4979"}
    assert table["types"]["geometry"] == "Point Z"
    assert [row["ObjectKey"] for row in table["rows"]] == [each.object_key for each in records]
    first, second, third, *_ = table["rows"]
    assert first["geometry"] == [-9.125, -38.75, -3.5]
    assert second["geometry"][:2] == [-180.0, 90.0]
    assert third["geometry"] is None
    # GDAL has milliseconds.
    assert first["TakenAtUtc"] == "2026-06-07T08:09:10+00:00"
    assert first["TakenAt"] == "2026-06-07T08:09:10"
    assert (first["FileSize"], first["Iso"], first["HasAlpha"]) == (3, 100, False)


def test_datasette_shows_and_facets_a_table_of_json_lines(python: str, tmp_path: Path) -> None:
    path, programs = export(tmp_path / "photos.jsonl", RECORDS), Path(python).parent
    database = tmp_path / "photos.db"
    insert: list[str | Path] = [programs / "sqlite-utils", "insert", database, "images", path]
    subprocess.run([*insert, "--nl", "--alter", "--pk", "ImageId"], check=True, timeout=300)
    url = "/photos/images.json?_facet=CameraMake&_sort_desc=FileSize&_size=1&_shape=objects"
    shown = subprocess.run(
        [programs / "datasette", database, "--get", url],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    page = json.loads(shown.stdout)
    (row,) = page["rows"]
    assert (row["ObjectKey"], row["FileSize"]) == ("extreme.jpg", 2**63 - 1)
    facets = page["facet_results"]
    results = facets.get("results", facets)["CameraMake"]["results"]
    assert {(each["value"], each["count"]) for each in results if each["value"]} == {
        ("Canon", 1),
        ("NA", 1),
    }
