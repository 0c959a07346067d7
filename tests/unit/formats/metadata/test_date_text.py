import pytest

from imgmeta.formats.metadata.date_text import parse_date_text, parse_day, parse_offset


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2021:05:17 01:48:24 pm", "2021-05-17 13:48:24"),
        ("2021:05:17 01:48:24PM", "2021-05-17 13:48:24"),
        ("2021:05:17 01:48:24.5 p.m.", "2021-05-17 13:48:24.500000"),
        ("2021-05-17T01:48:24 PM+02:00", "2021-05-17 13:48:24"),
        ("2021:05:17 01:48 pm", "2021-05-17 13:48:00"),
        ("2021:05:17 12:48:24 PM", "2021-05-17 12:48:24"),
        ("2021:05:17 12:48:24 AM", "2021-05-17 00:48:24"),
        ("2021:05:17 01:48:24 A.M.", "2021-05-17 01:48:24"),
        ("2021:05:17 00:48:24 AM", "2021-05-17 00:48:24"),
        ("2021:05:17 13:48:24 PM", "2021-05-17 13:48:24"),
        ("2021:05:17 13:48:24 AM", None),
        ("2021:05:17 00:48:24 PM", None),
        ("2021:05:17 25:48:24 PM", None),
    ],
)
def test_half_of_the_day_is_read(text: str, time: str | None) -> None:
    parsed = parse_date_text(text)

    assert (str(parsed.moment) if parsed else None) == time


@pytest.mark.parametrize(
    "rest",
    [
        *(" 下午", " م", " p", " pm pm", " noon", " or later", "?", "5", " 1", ":25", "+2:", "/2"),
        *(" 2021", " +02:00 PM", " +02:00:00", " Mitteleuropäische Zeit", "\x1b[31m", "T"),
    ],
)
def test_date_with_an_unread_rest_is_not_a_date(rest: str) -> None:
    assert parse_date_text("2021:05:17 01:48:24" + rest) is None


@pytest.mark.parametrize("text", ["about 2021:05:17 01:48:24", "2021:05:17 01:48:24" + "9" * 99])
def test_other_text_around_a_date_is_not_a_date(text: str) -> None:
    assert parse_date_text(text) is None


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2021:05:17 01:48:24", ""),
        (" 2021:05:17 01:48:24 \n\0", ""),
        ("2021:05:17 01:48:24\0\xff\xff", ""),
        ("2021-05-17T01:48:24.000Z", "Z"),
        ("2021-05-17t01:48:24,0z", "z"),
        ("2021:05:17 01:48:24:000", ""),
        ("2021:05:17 01:48:24.", ""),
        ("2021:05:17 01:48:24+02", "+02"),
        ("2021:05:17 01:48:24 -0330", "-0330"),
        ("2021:05:17 01:48:24.0+1:00", "+1:00"),
        ("2021:05:17 01:48:24 UTC", "UTC"),
        ("2021:05:17 01:48:24.000GMT+02:00", "GMT+02:00"),
        ("2021-05-17T01:48:24 utc-3", "utc-3"),
        ("2021:05:17 01:48:24 CEST", ""),
        ("Mon, 17 May 2021 01:48:24 GMT", "GMT"),
        ("17 May 2021 01:48:24 +0200", "+0200"),
        ("17-May-2021 01:48:24", ""),
        ("Mon 17 May 2021 01:48:24 AM CEST", ""),
        ("Monday, 17 may 2021 01:48:24", ""),
        ("Mon May 17 01:48:24 2021", ""),
        ("Mon May 17 01:48:24 CEST 2021", ""),
    ],
)
def test_zone_fraction_and_padding_are_read_in_every_format(text: str, offset: str) -> None:
    parsed = parse_date_text(text)

    assert parsed is not None
    assert (str(parsed.moment), parsed.offset) == ("2021-05-17 01:48:24", offset)


@pytest.mark.parametrize("text", ["2021:05:17 01:48", "2021:05:17 01:48:  ", "2021:05:17 01:48:"])
def test_blank_second_is_zero(text: str) -> None:
    parsed = parse_date_text(text)

    assert parsed is not None
    assert str(parsed.moment) == "2021-05-17 01:48:00"


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00",
        "0001:01:01 00:00:00",
        "1111:11:11 11:11:11",
        "1601:01:01 00:00:00",
        "1899:12:30 00:00:00",
        "1900:01:01 00:00:00",
        "1904:01:01 00:00:00",
        "1970:01:01 00:00:00",
        "1970-01-01T00:00:00Z",
        "2106:02:07 06:28:15",
        "9999:12:31 23:59:59",
        "9999:99:99 99:99:99",
        "    :  :     :  :  ",
        "                   ",
        "??:??:?? ??:??:??",
        "\xff" * 19,
        "",
    ],
)
def test_placeholder_is_not_a_date(text: str) -> None:
    assert parse_date_text(text) is None
    assert parse_day(text) is None


@pytest.mark.parametrize(
    "text", ["1970:01:01 00:00:01", "2000:01:01 00:00:00", "1980:01:01 00:00:00"]
)
def test_time_that_a_clock_can_show_is_a_date(text: str) -> None:
    assert parse_date_text(text) is not None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2003", "2003"),
        ("2003-08", "2003-08"),
        ("2003:08:31", "2003-08-31"),
        ("20030831", "2003-08-31"),
        ("2003:08:00", "2003-08"),
        ("2003:00:00", "2003"),
        ("2003:13:01", None),
        ("2003:08:32", None),
        ("2003:08:31 12:00", None),
        ("0001:01:01", None),
        ("summer 2003", None),
    ],
)
def test_date_without_a_time_of_day_is_a_day_month_or_year(text: str, day: str | None) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("+02:00", "+02:00"),
        ("+1:00", "+01:00"),
        ("-0930", "-09:30"),
        ("-12:00", "-12:00"),
        ("+05:45", "+05:45"),
        (" z\0", "+00:00"),
        ("GMT", "+00:00"),
        ("GMT+02:00", "+02:00"),
        ("utc-3", "-03:00"),
        ("CEST+02:00", None),
        ("GMT+02:15", None),
        ("+02:15", None),
        ("+13:30", None),
        ("+14:15", None),
        ("-13:00", None),
        ("+99:99", None),
        ("+01:60", None),
        ("-0000", "+00:00"),
        ("CEST", None),
        ("   :  ", None),
        ("", None),
    ],
)
def test_offset_that_no_time_zone_has_is_ignored(text: str, offset: str | None) -> None:
    parsed = parse_offset(text)

    assert (parsed[0] if parsed else None) == offset
