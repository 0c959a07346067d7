"""`from_item` and `from_json` return a record or raise `InvalidRecordError` for any input."""

import json
import re
from typing import cast

from hypothesis import example, given
from hypothesis import strategies as st

from imgmeta.core.records import ImageRecord
from imgmeta.core.text import MAX_TEXT
from imgmeta.errors import InvalidRecordError
from imgmeta.testing.strategies.documents import damaged, json_values
from imgmeta.testing.strategies.record_examples import image_record


def read(item: object) -> ImageRecord | str:
    """Return the record of an item, or the error message."""
    try:
        return ImageRecord.from_item(cast("dict[str, object]", item))
    except InvalidRecordError as error:
        return str(error)


def parse(text: str | bytes) -> ImageRecord | str:
    """Return the record of a text, or the error message."""
    try:
        return ImageRecord.from_json(text)
    except InvalidRecordError as error:
        return str(error)


LIBRARY_WORDS = re.compile("Input should|Field required|Extra inputs|Value error|invalid value$")


def is_message(result: ImageRecord | str) -> bool:
    return (
        isinstance(result, str)
        and result.isprintable()
        and 0 < len(result) <= MAX_TEXT
        and LIBRARY_WORDS.search(result) is None
    )


@given(st.text(st.characters()) | st.binary())
@example("\ud800")
@example("[" * 100_000)
@example("1" * 5_000)
@example(b"\xff")
@example("")
def test_text_that_is_not_a_record_is_rejected(text: str | bytes) -> None:
    assert is_message(parse(text))


@given(json_values)
def test_json_that_is_not_a_record_is_rejected(value: object) -> None:
    assert is_message(parse(json.dumps(value)))
    assert is_message(read(value))


@given(damaged(image_record().to_item()))
def test_damaged_record_is_rejected_or_still_valid(item: object) -> None:
    for result in (read(item), parse(json.dumps(item))):
        assert is_message(result) or (
            isinstance(result, ImageRecord) and parse(result.to_json()) == result
        )


@given(st.sampled_from(["0001-01-01", "9999-12-31"]), st.integers(-23, 23))
def test_time_that_leaves_the_supported_years_in_utc_is_rejected(day: str, hours: int) -> None:
    time = f"{day}T12:00:00{hours:+03}:00"
    record = parse(json.dumps(image_record().to_item() | {"ProcessedAt": time}))
    assert is_message(record) == (hours > 12 if day.startswith("0") else hours < -11)
