import pytest

from imgmeta.core.exports import ExportFormat, format_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photos.jsonl", ExportFormat.JSONL),
        ("photos.ndjson", ExportFormat.JSONL),
        ("photos.csv", ExportFormat.CSV),
        ("a folder.csv/photos.PARQUET", ExportFormat.PARQUET),
        ("photos.2026.GeoJSON", ExportFormat.GEOJSON),
        (".csv", ExportFormat.CSV),
        ("photos.json", None),
        ("photos.db", None),
        ("photos", None),
        ("csv", None),
        ("photos.csv.gz", None),
        ("", None),
    ],
)
def test_suffix_names_a_format(name: str, expected: ExportFormat | None) -> None:
    assert format_of(name) is expected
