import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest

from imgmeta.formats.metadata.utc_offsets import is_inhabited_offset, is_known_offset

YEARS = range(1995, 2025)
MINUTES = range(-16 * 60, 16 * 60 + 1)
NOT_A_PLACE = ("Etc/", "posix/", "right/", "Factory", "localtime")


@pytest.mark.skipif(
    not zoneinfo.available_timezones(), reason="this system has no time zone database"
)
def test_inhabited_offsets_are_those_of_the_time_zone_database() -> None:
    zones = [
        zoneinfo.ZoneInfo(name)
        for name in zoneinfo.available_timezones()
        if not name.startswith(NOT_A_PLACE)
    ]

    for year in YEARS:
        months = [datetime(year, month, 15, tzinfo=UTC) for month in range(1, 13)]
        in_use = {month.astimezone(zone).utcoffset() for zone in zones for month in months}
        offsets = (timedelta(minutes=minutes) for minutes in MINUTES)
        assert {each for each in offsets if is_inhabited_offset(each, year)} == in_use, year


@pytest.mark.parametrize(
    ("hours", "year", "inhabited"),
    [
        (2.25, 2021, False),
        (-12, 2021, False),
        (15, 2021, False),
        (-4.5, 2010, True),
        (-4.5, 2021, False),
        (11.5, 1980, True),
        (5.75, 1980, True),
    ],
)
def test_offsets_are_inhabited_only_while_a_place_uses_them(
    hours: float,
    year: int,
    inhabited: bool,  # noqa: FBT001 - a test parameter
) -> None:
    assert is_inhabited_offset(timedelta(hours=hours), year) is inhabited


@pytest.mark.parametrize(
    ("hours", "known"),
    [(0, True), (-12, True), (14, True), (-4.5, True), (2.25, False), (-13, False), (14.5, False)],
)
def test_offsets_of_zones_at_sea_and_of_former_zones_are_known(
    hours: float,
    known: bool,  # noqa: FBT001 - a test parameter
) -> None:
    assert is_known_offset(timedelta(hours=hours)) is known
