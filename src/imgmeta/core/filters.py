"""Filters of records: pure predicates, which define what every store finds.

An unknown value matches no filter, and `Not` is the plain complement: `Not(Contains(Label.CAMERA,
"canon"))` matches an image without a camera too. A filter says nothing about tombstones; `Query`
does.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from imgmeta.core.attributes import (
    Label,
    Moment,
    Number,
    Presence,
    Shape,
    label_of,
    number_of,
    shape_of,
    uploaded_at,
)
from imgmeta.core.cameras import camera_text
from imgmeta.core.geography import InBox, Near
from imgmeta.core.globs import compile_glob
from imgmeta.core.timestamps import BEGINNING, END, ceil_seconds

if TYPE_CHECKING:
    from datetime import datetime

    from imgmeta.core.records import ImageRecord
    from imgmeta.core.status import Status

__all__ = [
    "Contains",
    "ErrorContains",
    "Filter",
    "Has",
    "HasShape",
    "HasStatus",
    "InBox",
    "InBucket",
    "Incomplete",
    "KeyGlob",
    "Near",
    "Not",
    "NumberBetween",
    "ReaderBefore",
    "TimeBetween",
]


@dataclass(frozen=True, slots=True)
class InBucket:
    """Keys of one bucket that start with `prefix`, as plain text; empty: all of its keys."""

    bucket: str
    prefix: str = ""

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        return record.bucket_name == self.bucket and record.object_key.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class KeyGlob:
    """Keys that match a shell pattern: see `core.globs`.

    Raises:
        ValueError: the pattern is empty or too long.
    """

    pattern: str

    def __post_init__(self) -> None:
        compile_glob(self.pattern)

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        return compile_glob(self.pattern).fullmatch(record.object_key) is not None


@dataclass(frozen=True, slots=True)
class HasStatus:
    """Records with a status."""

    status: Status

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        return record.status is self.status


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Images whose file is cut short."""

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        return record.complete is False


@dataclass(frozen=True, slots=True)
class ErrorContains:
    """Records whose `Error` or `ContentError` contains a text, in any case; empty: any reason."""

    text: str = ""

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        text, reasons = self.text.casefold(), (record.error, record.content_error)
        return any(text in reason.casefold() for reason in reasons if reason is not None)


@dataclass(frozen=True, slots=True)
class ReaderBefore:
    """Records that an older reader wrote. One without a reader version is older than all."""

    version: int

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        return (record.reader_version or 0) < self.version


@dataclass(frozen=True, slots=True)
class NumberBetween:
    """Records with a number from `minimum` to `maximum`, both inclusive; None: no limit.

    Raises:
        ValueError: a limit is NaN.
    """

    attribute: Number
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        if any(each is not None and isnan(each) for each in (self.minimum, self.maximum)):
            msg = "a limit is a number"
            raise ValueError(msg)

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        value = number_of(record, self.attribute)
        return (
            value is not None
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
        )


@dataclass(frozen=True, slots=True)
class TimeBetween:
    """Records with a time at or after `since` and before `until`; None: no limit.

    Upload times are compared by the whole seconds of `UploadTimestamp`. Their limits are never None
    but at most the years 1 to 9999, so that each store can read them as a range.

    Raises:
        ValueError: a limit has a time zone, although `Moment.TAKEN` is a local time, or none,
            although the others are in UTC.
    """

    attribute: Moment
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        is_local = self.attribute is Moment.TAKEN
        for limit in (self.since, self.until):
            if limit is not None and (limit.tzinfo is None) is not is_local:
                msg = f"a limit of {self.attribute} has {'no' if is_local else 'a'} time zone"
                raise ValueError(msg)
        if self.attribute is Moment.UPLOADED:  # before it is used, as in the generated __init__
            object.__setattr__(self, "since", self.since or BEGINNING)
            object.__setattr__(self, "until", self.until or END)

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        if self.attribute is Moment.UPLOADED:
            uploaded = uploaded_at(record)
            return (
                uploaded is not None
                and (self.since is None or uploaded >= ceil_seconds(self.since))
                and (self.until is None or uploaded < ceil_seconds(self.until))
            )
        value = record.taken_at if self.attribute is Moment.TAKEN else record.taken_at_utc
        return (
            value is not None
            and (self.since is None or value >= self.since)
            and (self.until is None or value < self.until)
        )


@dataclass(frozen=True, slots=True)
class Contains:
    """Records with an attribute that contains a text, in any case; empty: any known value."""

    attribute: Label
    text: str

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        value = label_of(record, self.attribute)
        return value is not None and self.text.casefold() in value.casefold()


@dataclass(frozen=True, slots=True)
class Has:
    """Images with a part of the metadata."""

    part: Presence

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        if self.part is Presence.LOCATION:
            return record.latitude is not None and record.longitude is not None
        value = record.taken_at if self.part is Presence.DATE else camera_text(record)
        return value is not None


@dataclass(frozen=True, slots=True)
class HasShape:
    """Images of a shape, as displayed."""

    shape: Shape

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        return shape_of(record) is self.shape


@dataclass(frozen=True, slots=True)
class Not:
    """Records that do not match a filter."""

    filter: Filter

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` matches."""
        return not self.filter.matches(record)


Filter = (
    InBucket
    | KeyGlob
    | HasStatus
    | Incomplete
    | ErrorContains
    | ReaderBefore
    | NumberBetween
    | TimeBetween
    | Contains
    | Near
    | InBox
    | Has
    | HasShape
    | Not
)
"""Any filter. The set is closed, so that a store can translate each of them."""
