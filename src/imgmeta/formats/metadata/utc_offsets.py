"""UTC offsets of the world's time zones since EXIF was introduced.

From the IANA time zone database, release 2025b, for the years since 1995. Zones at sea, such as
`Etc/GMT+12`, do not count as inhabited.
"""

from datetime import timedelta

__all__ = ["is_inhabited_offset", "is_known_offset"]

_HOURS = range(-11, 15)
_OTHERS = (
    *("-09:30", "-03:30", "-02:30", "+03:30", "+04:30", "+05:30", "+05:45", "+06:30"),
    *("+08:45", "+09:30", "+10:30", "+12:45", "+13:45"),
)
# Abandoned offsets, with their first and last year.
_FORMER = {
    "-08:30": (1995, 1998),  # Pitcairn
    "-04:30": (2007, 2016),  # Venezuela
    "+08:30": (2015, 2018),  # North Korea
    "+09:45": (2006, 2009),  # Eucla, daylight saving time
    "+11:30": (1995, 2015),  # Norfolk Island
}
_AT_SEA = timedelta(hours=-12)


def _duration(offset: str) -> timedelta:
    duration = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    return -duration if offset.startswith("-") else duration


_CURRENT = frozenset(timedelta(hours=hours) for hours in _HOURS) | {
    _duration(offset) for offset in _OTHERS
}
_PERIODS = {_duration(offset): years for offset, years in _FORMER.items()}


def is_inhabited_offset(offset: timedelta, year: int) -> bool:
    """Return whether an inhabited place used this offset from UTC at some time in `year`.

    Years before 1995 have the offsets of 1995.
    """
    if offset in _CURRENT:
        return True
    first, last = _PERIODS.get(offset, (1, 0))
    return first <= max(year, 1995) <= last


def is_known_offset(offset: timedelta) -> bool:
    """Return whether a time zone, inhabited or at sea, has used this offset from UTC."""
    return offset in _CURRENT or offset in _PERIODS or offset == _AT_SEA
