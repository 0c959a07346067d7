"""`from_item` and `from_json`: a record, or `InvalidRecordError`; nothing else for any input."""

import json
from typing import cast

from hypothesis import example, given
from hypothesis import strategies as st

from imgmeta.core.records import ImageRecord
from imgmeta.core.text import MAX_TEXT
from imgmeta.errors import InvalidRecordError
from support.strategies.events import damaged, json_values
from support.strategies.record_examples import image_record


def read(item: object) -> ImageRecord | str:
    """Return the record of this item, or why there is none."""
    try:
        return ImageRecord.from_item(cast("dict[str, object]", item))
    except InvalidRecordError as error:
        return str(error)


def parsed(text: str | bytes) -> ImageRecord | str:
    """Return the record of this text, or why there is none."""
    try:
        return ImageRecord.from_json(text)
    except InvalidRecordError as error:
        return str(error)


def is_a_reason(refused: ImageRecord | str) -> bool:
    return isinstance(refused, str) and refused.isprintable() and 0 < len(refused) <= MAX_TEXT


@given(st.text(st.characters()) | st.binary())
@example("\ud800")
@example("[" * 100_000)
@example("1" * 5_000)
@example(b"\xff")
@example("")
def test_text_that_is_no_record_is_refused(text: str | bytes) -> None:
    assert is_a_reason(parsed(text))


@given(json_values)
def test_json_that_is_no_record_is_refused(value: object) -> None:
    assert is_a_reason(parsed(json.dumps(value)))
    assert is_a_reason(read(value))


@given(damaged(image_record().to_item()))
def test_a_damaged_record_is_refused_or_still_a_record(item: object) -> None:
    for found in (read(item), parsed(json.dumps(item))):
        assert is_a_reason(found) or (
            isinstance(found, ImageRecord) and parsed(found.to_json()) == found
        )


@given(st.sampled_from(["0001-01-01", "9999-12-31"]), st.integers(-23, 23))
def test_a_time_at_the_end_of_all_years_is_refused_or_a_time(day: str, hours: int) -> None:
    time = f"{day}T12:00:00{hours:+03}:00"
    record = parsed(json.dumps(image_record().to_item() | {"ProcessedAt": time}))
    assert is_a_reason(record) == (hours > 12 if day.startswith("0") else hours < -11)
