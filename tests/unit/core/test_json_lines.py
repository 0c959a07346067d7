from imgmeta.core.json_lines import json_chunks
from imgmeta.core.records import ImageRecord
from imgmeta.testing.strategies.record_examples import image_record


def test_each_line_is_a_record() -> None:
    records = [image_record("a\nb.jpg"), image_record("c.jpg")]
    lines = b"".join(json_chunks(records)).splitlines()
    assert [ImageRecord.from_json(line) for line in lines] == records
    assert b'"Uri":"s3://holiday/a%0Ab.jpg"' in lines[0]


def test_file_without_records_is_empty() -> None:
    assert list(json_chunks([])) == []
