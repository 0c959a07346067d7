"""A validator of the JSON Schema of a record, which checks formats too."""

import re
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

__all__ = ["record_validator"]

_DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE
)
"""RFC 3339, section 5.6."""


def record_validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Return a validator of a schema, after checking the schema itself."""
    Draft202012Validator.check_schema(schema)
    formats = FormatChecker(formats=())
    formats.checks("date-time", raises=ValueError)(_is_date_time)
    return Draft202012Validator(schema, format_checker=formats)


def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return _DATE_TIME.fullmatch(value) is not None and bool(datetime.fromisoformat(value))
