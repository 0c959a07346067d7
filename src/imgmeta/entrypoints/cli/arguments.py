"""What people type, made into the values that the use cases take."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from imgmeta.bootstrap import parse_target
from imgmeta.core.queries import Query
from imgmeta.core.records import Status
from imgmeta.core.targets import LOCAL_BUCKET, Target, suffix_filter
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = ["Wanted", "check_suffix", "identified", "moment", "one_image", "place"]

_IMAGE_ID = re.compile(r"[0-9a-f]{32}")
_AGO = re.compile(r"([0-9]{1,6})([dh])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1)}


def moment(text: str, now: datetime) -> datetime:
    """Return the time that a person wrote.

    Args:
        text: a date, or a date and a time, as in ISO 8601, in UTC unless it has an offset; or
            `7d` and `24h`, for so many days and hours ago.
        now: the time now, aware.

    Raises:
        ConfigurationError: it is none of these, or no time that there is.
    """
    try:
        if ago := _AGO.fullmatch(text):
            return now - int(ago[1]) * _UNITS[ago[2]]
        written = datetime.fromisoformat(text)
        aware = written if written.tzinfo else written.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        msg = (
            f"'{printable(text)}' is no time: write one like 2026-11-01, 2026-11-01T12:00, "
            "2026-11-01T12:00+02:00, or 7d for seven days ago"
        )
        raise ConfigurationError(msg) from error


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options of `list` say, as they were written; None where one was not given."""

    prefix: str | None = None
    since: str | None = None
    until: str | None = None
    status: Status | None = None

    def query(self, locate: Callable[[str], Target], now: datetime) -> Query:
        """Return the query that these options make.

        Args:
            locate: makes a target of a path or a URI.
            now: the time now, aware.

        Raises:
            ConfigurationError: one of them means nothing, or no time can be both.
        """
        since = None if self.since is None else moment(self.since, now)
        until = None if self.until is None else moment(self.until, now)
        if since is not None and until is not None and since >= until:
            msg = "no time is both: give --since a time before that of --until"
            raise ConfigurationError(msg)
        if self.prefix is None:
            return Query(since=since, until=until, status=self.status)
        target = locate(self.prefix)
        return Query(target.bucket, target.prefix, since, until, self.status)


def check_suffix(target: Target, text: str, suffixes: Collection[str]) -> Target:
    """Return the target, unless it is one image by a name that is not indexed.

    Raises:
        ConfigurationError: it is.
    """
    if target.exact and not suffix_filter(suffixes)(target.prefix):
        known = ", ".join(sorted(suffixes))
        msg = f"{printable(text)} is not indexed: give an image, whose name ends in one of {known}"
        raise ConfigurationError(msg)
    return target


def one_image(target: Target, text: str) -> Target:
    """Return the one key that a target means where only one can be meant.

    In a bucket, what else would be a prefix is a key.

    Raises:
        ConfigurationError: it means many.
    """
    if target.exact:
        return target
    if target.bucket == LOCAL_BUCKET:
        msg = f"{printable(text)} is a folder: give one image"
        raise ConfigurationError(msg)
    if not target.prefix or target.prefix.endswith("/"):
        msg = f"{printable(text)} is no image: give one, as s3://{target.bucket}/key.jpg"
        raise ConfigurationError(msg)
    return replace(target, exact=True)


def identified(text: str, locate: Callable[[str], Target]) -> str:
    """Return the image id that is written there, or that of the image at this path or URI.

    Raises:
        ConfigurationError: it is neither.
    """
    return text if _IMAGE_ID.fullmatch(text) else one_image(locate(text), text).location.image_id


def place(text: str) -> Target:
    """Return the target that a person named, whether or not it is there."""
    return parse_target(text, must_exist=False)
