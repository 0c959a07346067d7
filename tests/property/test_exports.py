"""Exports have the same values as the records, and no cell of a CSV file is a formula."""

import csv
import json
import re
from datetime import datetime
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.exports import (
    COLUMNS,
    ColumnType,
    ColumnValue,
    csv_chunks,
    geojson_chunks,
    protect,
    unprotect,
    values_of,
)
from imgmeta.core.records import ImageRecord
from imgmeta.testing.strategies.record_examples import image_records

texts = st.text("='\"+-@;,\t\r\n \0a＝", max_size=12) | st.text(max_size=30)  # noqa: RUF001 - full-width

FORMULA = re.compile(r"[\s\"]*[=+@＝＋－＠-]")  # noqa: RUF001 - as above


@given(texts)
def test_protected_text_is_no_formula_and_can_be_restored(text: str) -> None:
    cell = protect(text)
    assert unprotect(cell) == text
    for part in re.split(r"[;\t\r\n]", cell):
        assert FORMULA.match(part) is None
    assert cell[:1] not in {"\t", "\r", "\n"}


@given(texts, texts)
def test_different_texts_have_different_cells(one: str, other: str) -> None:
    assert (protect(one) == protect(other)) == (one == other)


@given(st.lists(image_records(), max_size=3))
def test_csv_file_has_the_values_of_the_records(records: list[ImageRecord]) -> None:
    text = b"".join(csv_chunks(records)).decode()
    header, *rows = csv.reader(StringIO(text, newline=""), strict=True)
    assert header == [column.name for column in COLUMNS]
    for record, row in zip(records, rows, strict=True):
        read = [_value(cell, each.type) for cell, each in zip(row, COLUMNS, strict=True)]
        assert read == [*values_of(record)]


def _value(cell: str, kind: ColumnType) -> ColumnValue:
    if not cell:
        return None
    match kind:
        case ColumnType.TEXT:
            return unprotect(cell)
        case ColumnType.INTEGER:
            return int(cell)
        case ColumnType.FLOAT:
            return float(cell)
        case ColumnType.BOOLEAN:
            return {"true": True, "false": False}[cell]
        case _:
            return datetime.fromisoformat(cell)


@given(st.lists(image_records(), max_size=3))
def test_geojson_file_has_the_values_of_the_records(records: list[ImageRecord]) -> None:
    features = json.loads(b"".join(geojson_chunks(records)))["features"]
    for record, feature in zip(records, features, strict=True):
        known = {name: each for name, each in feature["properties"].items() if each is not None}
        assert ImageRecord.from_json(json.dumps(known)) == record
        if feature["geometry"] is not None:
            longitude, latitude, *_ = feature["geometry"]["coordinates"]
            assert (latitude, longitude) == (record.latitude, record.longitude)
