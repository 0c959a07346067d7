"""`from_item` and `from_json`: a record, or `InvalidRecordError`; nothing else for any input."""

import json
from typing import cast

from hypothesis import example, given
from hypothesis import strategies as st

from event_strategies import damaged, json_values
from imgmeta.core.records import ImageRecord
from imgmeta.errors import InvalidRecordError
from record_examples import image_record


def parsed(text: str | bytes) -> ImageRecord | None:
    try:
        return ImageRecord.from_json(text)
    except InvalidRecordError as error:
        assert str(error).isprintable()
        return None


@given(st.text(st.characters()) | st.binary())
@example("\ud800")
@example("[" * 100_000)
@example("1" * 5_000)
@example(b"\xff")
@example("")
def test_text_that_is_no_record_is_refused(text: str | bytes) -> None:
    assert parsed(text) is None


@given(json_values)
def test_json_that_is_no_record_is_refused(value: object) -> None:
    assert parsed(json.dumps(value)) is None


@given(damaged(image_record().to_item()))
def test_a_damaged_record_is_refused_or_still_a_record(item: object) -> None:
    for read in (
        lambda: ImageRecord.from_item(cast("dict[str, object]", item)),
        lambda: parsed(json.dumps(item)),
    ):
        try:
            record = read()
        except InvalidRecordError as error:
            assert str(error).isprintable()
        else:
            assert record is None or ImageRecord.from_json(record.to_json()) == record


@given(
    st.integers(-10, 10).map(lambda year: "0001" if year < 0 else "9999"),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(-23, 23),
)
def test_a_time_at_the_end_of_all_years_is_refused_or_a_time(
    year: str, month: int, day: int, hours: int
) -> None:
    time = f"{year}-{month:02}-{day:02}T12:00:00{hours:+03}:00"
    record = parsed(json.dumps(image_record().to_item() | {"ProcessedAt": time}))
    assert record is None or record.processed_at.utcoffset() is not None
