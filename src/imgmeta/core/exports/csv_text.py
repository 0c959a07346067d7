"""CSV (RFC 4180) of records, in UTF-8, whose texts no spreadsheet takes for a formula."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from imgmeta.core.exports.columns import COLUMNS, ColumnType, values_of
from imgmeta.core.records import ImageRecord

__all__ = ["csv_chunks", "protect", "unprotect"]

_FORMULA = "=+@＝＋－＠-"  # noqa: RUF001 - the full-width forms are intended
"""Characters with which a formula may start: OWASP, "CSV Injection"."""

_SEPARATOR = r";\t\r\n"
"""Characters at which some spreadsheets start a new cell, even in quotes. Commas are quoted."""

_SOFT = (
    r"""'"\x00-\x08\x0b\x0c\x0e-\x20\x7f-\xa0\u1680\u2000-\u200f"""
    r"\u2028-\u202f\u205f-\u2060\u3000\ufeff"
)
"""Characters that a spreadsheet may ignore before a formula: white space, invisible characters and
quotation marks; and the apostrophe, which makes the cell a text."""

_RUN = _SOFT + _SEPARATOR

_RISK = re.compile(
    rf"\A[{_RUN}]*+(?=[{_FORMULA}])"
    rf"|(?<![{_RUN}])[{_SOFT}]*+[{_SEPARATOR}][{_RUN}]*+(?=[{_FORMULA}])"
    r"|\A'*+(?=[\t\r\n])"
)
"""What precedes a formula in a cell. Possessive quantifiers keep the time linear."""

_HARMLESS = re.compile(rf"\w[^{_SEPARATOR}]*+")
"""Most texts, which need not be searched for more."""

_CELL_END = re.compile(f"[{_SEPARATOR}]")
_PROTECTED_END = re.compile(f"([{_SEPARATOR}])'")


def protect(text: str) -> str:
    """Return a text that spreadsheets do not take for a formula; `unprotect` is the inverse.

    An apostrophe is added in front of a text that could be a formula: one that starts with `=`,
    `+`, `-`, `@`, their full-width forms, a tab or a line break, also after white space or quotes.
    One is also added after each semicolon, tab or line break before such characters, since some
    spreadsheets start a new cell there. All other texts are returned unchanged.
    """
    return text if _HARMLESS.fullmatch(text) else _RISK.sub(_protected, text)


def unprotect(cell: str) -> str:
    """Return the text that `protect` returned this cell for."""
    return _RISK.sub(_unprotected, cell)


def _protected(match: re.Match[str]) -> str:
    start = "" if match.start() else "'"
    return start + _CELL_END.sub(r"\g<0>'", match[0])


def _unprotected(match: re.Match[str]) -> str:
    protected = match[0] if match.start() else match[0].removeprefix("'")
    return _PROTECTED_END.sub(r"\1", protected)


def csv_chunks(records: Iterable[ImageRecord]) -> Iterator[bytes]:
    """Yield a CSV file with a header, one row at a time.

    The names in the header are quoted, and other texts where they need it. An unknown value is an
    empty cell. Booleans are `true` and `false`. Times are those of ISO 8601, with six decimals;
    times in UTC end with `Z`. Texts are protected by `protect`.
    """
    # Programs derive from the first rows whether there are quotes. A later row may be the first
    # that needs them, so the header always has them.
    header: Callable[[Iterable[str]], bytes]
    header = csv.writer(_Line(), quoting=csv.QUOTE_ALL).writerow
    yield header([column.name for column in COLUMNS])
    row: Callable[[Iterable[str | float | None]], bytes] = csv.writer(_Line()).writerow
    for record in records:
        yield row(
            None if value is None else convert(value)
            for convert, value in zip(_CONVERSIONS, values_of(record), strict=True)
        )


class _Line:
    """Makes the method `writerow` of a CSV writer return the line in UTF-8."""

    def write(self, line: str) -> bytes:
        return line.encode()


def _local(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _utc(moment: datetime) -> str:
    return _local(moment).removesuffix("+00:00") + "Z"


def _boolean(value: bool) -> str:  # noqa: FBT001 - a value, not an option
    return "true" if value else "false"


_CONVERT: dict[ColumnType, Callable[[Any], str | float]] = {
    ColumnType.TEXT: protect,
    ColumnType.INTEGER: int,
    ColumnType.FLOAT: float,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.UTC_TIME: _utc,
    ColumnType.LOCAL_TIME: _local,
}
_CONVERSIONS = [_CONVERT[column.type] for column in COLUMNS]
