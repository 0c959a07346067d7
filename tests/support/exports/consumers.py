"""Reads an export with another library, in the Python that has it.

    python tests/support/exports/consumers.py READER FILE

READER is a function of this module. Prints one JSON object: `types`, by column, and `rows`.
"""

import json
import sys
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any, NamedTuple


class Table(NamedTuple):
    types: dict[str, str]
    rows: list[dict[str, Any]]


def _library(name: str) -> Any:  # noqa: ANN401 - it is not installed where types are checked
    return import_module(name)


def duckdb(path: str) -> Table:
    """Read any format by the suffix of the file."""
    relation = _library("duckdb").sql(f"SELECT * FROM '{path}'")  # noqa: S608 - a path of the test
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    return Table(types, [dict(zip(types, row, strict=True)) for row in relation.fetchall()])


def pandas_parquet(path: str) -> Table:
    pandas = _library("pandas")
    return _pandas(pandas.read_parquet(path, dtype_backend="numpy_nullable"))


def pandas_csv(path: str) -> Table:
    pandas = _library("pandas")
    times = ["ProcessedAt", "UploadDate", "LastModified", "TakenAt", "TakenAtUtc"]
    return _pandas(
        pandas.read_csv(
            path,
            dtype_backend="numpy_nullable",
            keep_default_na=False,
            na_values=[""],
            parse_dates=times,
        )
    )


def pandas_jsonl(path: str) -> Table:
    pandas = _library("pandas")
    read = pandas.read_json
    return _pandas(read(path, lines=True, dtype_backend="numpy_nullable", precise_float=True))


def _pandas(frame: Any) -> Table:  # noqa: ANN401 - as above
    pandas = _library("pandas")
    types = {name: str(kind) for name, kind in frame.dtypes.items()}
    rows = [
        {name: None if value is pandas.NA or value is pandas.NaT else value for name, value in row}
        for row in (each.items() for each in frame.to_dict("records"))
    ]
    return Table(types, rows)


def polars_parquet(path: str) -> Table:
    return _polars(_library("polars").read_parquet(path))


def polars_csv(path: str) -> Table:
    read = _library("polars").read_csv
    return _polars(read(path, try_parse_dates=True, infer_schema_length=None))


def polars_jsonl(path: str) -> Table:
    return _polars(_library("polars").read_ndjson(path, infer_schema_length=None))


def _polars(frame: Any) -> Table:  # noqa: ANN401 - as above
    types = {name: str(kind) for name, kind in frame.schema.items()}
    return Table(types, frame.to_dicts())


def pyogrio(path: str) -> Table:
    """Read GeoJSON with GDAL, as QGIS does."""
    library = _library("pyogrio")
    info = library.read_info(path)
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))
    frame = library.read_dataframe(path, use_arrow=False)
    pandas = _library("pandas")
    rows = [
        {name: None if _is_missing(pandas, value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
    for row in rows:
        point = row["geometry"]
        row["geometry"] = None if point is None else [*point.coords[0]]
    return Table({**types, "geometry": info["geometry_type"], "crs": info["crs"]}, rows)


def _is_missing(pandas: Any, value: object) -> bool:  # noqa: ANN401 - as above
    return value is None or (isinstance(value, float | datetime) and bool(pandas.isna(value)))


def _json(value: Any) -> object:  # noqa: ANN401 - a value of any library
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.item()


def main() -> None:
    reader, path = sys.argv[1:]
    table: Table = globals()[reader](path)
    print(json.dumps(table._asdict(), default=_json))  # noqa: T201 - the output of this script


if __name__ == "__main__":
    main()
