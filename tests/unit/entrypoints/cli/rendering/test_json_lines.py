import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.records import ImageRecord
from imgmeta.core.statistics import Statistics
from imgmeta.entrypoints.cli.rendering.json_lines import (
    difference_line,
    json_line,
    record_line,
    statistics_lines,
)
from imgmeta.testing.strategies.record_examples import image_record


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50))
def test_record_is_one_printable_line_and_round_trips(text: str) -> None:
    record = image_record(text, camera_model=text)
    line = record_line(record)
    assert line.isprintable()
    assert ImageRecord.from_json(line) == record
    assert json.loads(line) == record.to_item() | {"Uri": record.uri}


def test_difference_has_an_error_only_with_a_reason() -> None:
    assert difference_line("file://", Comparison("a.jpg", Difference.NEW)) == (
        '{"BucketName":"file://","ObjectKey":"a.jpg","Uri":"file:///a.jpg","Difference":"new"}'
    )
    unknown = difference_line("file://", Comparison("a/", Difference.UNKNOWN, "denied"))
    assert json.loads(unknown)["Error"] == "denied"


@given(st.text())
def test_any_key_round_trips(key: str) -> None:
    line = difference_line("b", Comparison(key, Difference.GONE))
    assert line.isprintable()
    assert json.loads(line)["ObjectKey"] == key


@given(st.dictionaries(st.text(), st.lists(st.text() | st.integers() | st.none())))
def test_any_object_is_one_printable_line_and_round_trips(value: dict[str, object]) -> None:
    line = json_line(value)
    assert line.isprintable()
    assert json.loads(line) == value


def test_every_count_is_a_line() -> None:
    statistics = Statistics(
        by_status=Counter(processed=2, failed=1),
        by_month=Counter({"2026-02": 9, "2026-01": 1}),
        by_camera=Counter({f"camera {n:02}": 1 for n in range(30)}),
    )
    lines = [json.loads(line) for line in statistics_lines(statistics)]
    assert lines[0] == {"Group": "Status", "Value": "processed", "Count": 2}
    assert [line["Value"] for line in lines if line["Group"] == "Month"] == ["2026-01", "2026-02"]
    assert len(lines) == 34
