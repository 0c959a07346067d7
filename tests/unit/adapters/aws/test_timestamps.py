"""Tests of the times in responses of AWS."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.aws import Clients
from imgmeta.adapters.aws.timestamps import parse_time
from support.aws.emulators import set_aws_environment
from support.http.scripted_server import scripted_server

HEAD = (
    b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 0\r\n'
    b"Last-Modified: Mon, 23 Nov 2026 06:30:01 GMT\r\n\r\n"
)


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis adds the time zone
def test_time_of_a_header_is_exact(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert parse_time(format_datetime(moment, usegmt=True)) == moment


@pytest.mark.parametrize("month", range(1, 13))
def test_time_of_a_header_needs_no_parser_of_botocore(
    monkeypatch: pytest.MonkeyPatch, month: int
) -> None:
    monkeypatch.setattr("imgmeta.adapters.aws.timestamps.parse_timestamp", None)
    moment = datetime(2026, month, 7, tzinfo=UTC)
    assert parse_time(format_datetime(moment, usegmt=True)) == moment


@pytest.mark.parametrize(
    "value",
    ["2026-11-23T06:30:01.000Z", "Mon, 23 Nov 2026 06:30:01 +0000", "1795415401", 1795415401, 1.5],
)
def test_other_forms_are_those_of_botocore(value: str) -> None:
    assert parse_time(value) == parse_timestamp(value)


@pytest.mark.parametrize("value", ["", "x", "Mon, 31 Feb 2026 06:30:01 GMT"])
def test_invalid_time_is_an_error(value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(value)


def test_clients_parse_times_in_this_way(monkeypatch: pytest.MonkeyPatch) -> None:
    set_aws_environment(monkeypatch)
    with scripted_server([HEAD]) as server:
        client = Clients(region="us-east-1", endpoint_url=server.url).s3
        modified = client.head_object(Bucket="holiday", Key="a.jpg")["LastModified"]
    assert (modified, modified.tzinfo) == (datetime(2026, 11, 23, 6, 30, 1, tzinfo=UTC), UTC)
