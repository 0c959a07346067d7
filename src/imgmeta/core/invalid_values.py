"""The reasons that pydantic rejects values, in plain words."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from imgmeta.core.text import MAX_TEXT, printable, shorten

__all__ = ["first_invalid_value", "invalid_record_reason"]

_REASONS = {
    "missing": "missing",
    "extra_forbidden": "unknown attribute",
    "json_invalid": "not JSON",
    "int_parsing_size": "the number is too large",
    "finite_number": "must be a finite number",
    "timezone_aware": "must be a date and time with a UTC offset",
    "timezone_naive": "must be a date and time without a UTC offset",
    "string_pattern_mismatch": "must have another form",
    "string_too_long": "must have at most {max_length:,} characters",
    "greater_than": "must be greater than {gt:,}",
    "greater_than_equal": "must be at least {ge:,}",
    "less_than": "must be less than {lt:,}",
    "less_than_equal": "must be at most {le:,}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}
"""Plain words by error type (pydantic, "Validation Errors"), with the fields of its context."""

_KINDS = {
    "string": "must be text",
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "datetime": "must be a date and time",
    "date": "must be a date",
    "model": "must be an object",
    "dict": "must be an object",
    "list": "must be a list",
    "tuple": "must be a list",
}
"""Plain words by what an error type starts with: `int` for `int_type` and `int_parsing`."""


def first_invalid_value(error: ValidationError) -> tuple[str, str]:
    """Return the path of the first invalid value, empty for the whole, and the reason."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    return path, _reason(first["type"], first.get("ctx", {}))


def invalid_record_reason(error: ValidationError) -> str:
    """Return the reason that an item is not an image record, safe to print."""
    path, reason = first_invalid_value(error)
    where = printable(path or "the item")
    return shorten(f"not an image record: {where}: {printable(reason)}", MAX_TEXT)


def _reason(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "string_too_short":
        least = context["min_length"]
        return "must not be empty" if least == 1 else f"must have at least {least:,} characters"
    if kind in _REASONS:
        return _REASONS[kind].format_map(context)
    return _KINDS.get(kind.partition("_")[0], "invalid value")
