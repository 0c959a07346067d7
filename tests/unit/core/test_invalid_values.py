from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    AwareDatetime,
    Field,
    NaiveDatetime,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from imgmeta.core.invalid_values import first_invalid_value
from imgmeta.core.properties import StoredModel


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Photo(StoredModel):
    width: int
    size: Size = Size.SMALL

    @model_validator(mode="after")
    def _reject_seven(self) -> "Photo":
        if self.width == 7:
            msg = "Width: seven is unlucky"
            raise ValueError(msg)
        return self


def _first(kind: Any, value: object, *, strict: bool | None = None) -> tuple[str, str]:  # noqa: ANN401 - a type form
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value, strict=strict)
    return first_invalid_value(caught.value)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (int, "x", "must be a whole number"),
        (int, 1.5, "must be a whole number"),
        (int, None, "must be a whole number"),
        (int, "9" * 5000, "the number is too large"),
        (float, "x", "must be a number"),
        (float, [], "must be a number"),
        (Annotated[float, Field(allow_inf_nan=False)], float("nan"), "must be a finite number"),
        (bool, "x", "must be true or false"),
        (str, 1, "must be text"),
        (Annotated[str, Field(min_length=1)], "", "must not be empty"),
        (Annotated[str, Field(min_length=2)], "a", "must have at least 2 characters"),
        (Annotated[str, Field(max_length=1024)], "a" * 1025, "must have at most 1,024 characters"),
        (Annotated[str, Field(pattern="^a$")], "b", "must have another form"),
        (Annotated[int, Field(ge=1)], 0, "must be at least 1"),
        (Annotated[int, Field(gt=0)], 0, "must be greater than 0"),
        (Annotated[int, Field(le=1000)], 1001, "must be at most 1,000"),
        (Annotated[int, Field(lt=1000)], 1000, "must be less than 1,000"),
        (Size, "medium", "must be 'small' or 'large'"),
        (Literal["a", "b"], "c", "must be 'a' or 'b'"),
        (datetime, "soon", "must be a date and time"),
        (AwareDatetime, "2026-11-01T12:00", "must be a date and time with a UTC offset"),
        (NaiveDatetime, "2026-11-01T12:00Z", "must be a date and time without a UTC offset"),
        (dict[str, int], 1, "must be an object"),
        (list[int], 1, "must be a list"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "must not have more values than 1"),
        (Photo, 1, "must be an object"),
        (bytes, 1, "invalid value"),
    ],
)
def test_reason_is_in_plain_words(kind: Any, value: object, reason: str) -> None:  # noqa: ANN401 - a type form
    assert _first(kind, value) == ("", reason)


def test_value_is_named_by_its_path() -> None:
    assert _first(Photo, {}) == ("Width", "missing")
    assert _first(Photo, {"Width": 1, "x": 2}) == ("x", "unknown attribute")
    assert _first(dict[str, list[int]], {"a": [1, "x"]}) == ("a.1", "must be a whole number")


def test_reason_of_an_own_rule_is_its_text() -> None:
    assert _first(Photo, {"Width": 7}) == ("", "Width: seven is unlucky")


def test_text_that_is_not_json_is_reported_as_such() -> None:
    with pytest.raises(ValidationError) as caught:
        Photo.model_validate_json("{")
    assert first_invalid_value(caught.value) == ("", "not JSON")
