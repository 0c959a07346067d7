"""Tests of the requests and responses of HTTP/1.1 in the form of AWS services."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.aws.http_messages import (
    Headers,
    LostConnectionError,
    UnsupportedResponseError,
    read_answer,
    request_message,
)

WHOLE = b'HTTP/1.1 206 Partial Content\r\nETag: "1"\r\nContent-Length: 5\r\n\r\nhello'
CHUNKED = (
    b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
)
RESPONSES = (WHOLE, CHUNKED)


def pieces(*parts: bytes) -> Callable[[], bytes]:
    """Return a function that returns one part after the other, then the end of the connection."""
    waiting: Iterator[bytes] = (part for part in parts if part)
    return lambda: next(waiting, b"")


@given(st.sampled_from(RESPONSES), st.lists(st.integers(0, len(CHUNKED)), max_size=8))
def test_response_is_the_same_in_any_pieces(response: bytes, cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(response)]
    parts = [response[start:end] for start, end in pairwise(bounds)]
    assert read_answer(pieces(*parts)) == read_answer(pieces(response))


def test_response_has_status_headers_and_body() -> None:
    answer = read_answer(pieces(WHOLE))
    assert (answer.status, answer.headers["etag"], answer.body) == (206, '"1"', b"hello")
    assert answer.keeps_connection


def test_chunks_are_joined() -> None:
    answer = read_answer(pieces(CHUNKED))
    assert (answer.status, answer.body) == (404, b"hello")


@pytest.mark.parametrize("response", RESPONSES)
def test_every_shorter_response_is_a_lost_connection(response: bytes) -> None:
    for length in range(len(response)):
        with pytest.raises(LostConnectionError) as caught:
            read_answer(pieces(response[:length]))
        assert caught.value.is_empty is (length == 0)


@pytest.mark.parametrize(
    "response", [WHOLE + b"H", WHOLE.replace(b"ETag", b"Connection: close\r\nETag")]
)
def test_connection_is_not_kept_after_a_close_or_excess_bytes(response: bytes) -> None:
    answer = read_answer(pieces(response))
    assert (answer.body, answer.keeps_connection) == (b"hello", False)


def test_repeated_header_is_joined() -> None:
    response = WHOLE.replace(b'ETag: "1"', b"X-A: 1\r\nx-a:2 ")
    assert read_answer(pieces(response)).headers["X-A"] == "1, 2"


@pytest.mark.parametrize(
    "response",
    [
        WHOLE.replace(b"1.1", b"1.0"),
        WHOLE.replace(b"206", b"100"),
        WHOLE.replace(b"206", b"204"),
        WHOLE.replace(b"206", b"304"),
        WHOLE.replace(b"HTTP", b"ICY"),
        WHOLE.replace(b"ETag:", b"ETag"),
        WHOLE.replace(b"ETag:", b"ETag :"),
        WHOLE.replace(b'"1"', b'"1"\r\n folded'),
        WHOLE.replace(b": 5", b": -5"),
        WHOLE.replace(b": 5", b": 5, 5"),
        WHOLE.replace(b": 5", b": 1048577"),
        WHOLE.replace(b"Content-Length: 5", b"X: 5"),
        WHOLE.replace(b"ETag", b"Transfer-Encoding: chunked\r\nETag"),
        CHUNKED.replace(b"chunked", b"gzip, chunked"),
        CHUNKED.replace(b"3;a=b", b"x"),
        CHUNKED.replace(b"3;a=b", b"100001"),
        CHUNKED.replace(b"hel\r\n", b"help\r\n"),
        CHUNKED.replace(b"0\r\n\r\n", b"0\r\nX: 1\r\n\r\n"),
        WHOLE.replace(b'"1"', b"1" * 70_000),
    ],
)
def test_unusual_response_is_not_supported(response: bytes) -> None:
    with pytest.raises(UnsupportedResponseError):
        read_answer(pieces(*(response[start : start + 1000] for start in range(0, 80_000, 1000))))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_response_or_an_expected_error(data: bytes) -> None:
    try:
        answer = read_answer(pieces(data))
    except (LostConnectionError, UnsupportedResponseError):
        return
    assert answer.body in data


def test_request_has_the_headers_of_a_client() -> None:
    message = request_message("GET", "/a%20b?c=d", "host:1", {"Range": b"bytes=0-1"}, b"")
    assert message is not None
    first, *lines = message.decode().split("\r\n")
    assert first == "GET /a%20b?c=d HTTP/1.1"
    assert lines == ["Range: bytes=0-1", "Host: host:1", "Accept-Encoding: identity", "", ""]


def test_request_keeps_its_own_host_and_encoding() -> None:
    headers = {"host": "a", "accept-encoding": "gzip", "Content-Length": "2"}
    message = request_message("POST", "/", "b", headers, b"{}")
    assert message == (
        b"POST / HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize("target", ["", "a", "/a b", "/a\r\nX: 1", "/é"])
def test_invalid_target_is_left_to_botocore(target: str) -> None:
    assert request_message("GET", target, "host", {}, b"") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X", "a\r\nY: 1"),
        ("X", b"a\nb"),
        ("X", "\ud800"),
        ("X", "€"),
        ("X Y", "a"),
        ("Expect", "100-continue"),
        ("Transfer-Encoding", "chunked"),
    ],
)
def test_unusual_header_is_left_to_botocore(name: str, value: str | bytes) -> None:
    assert request_message("GET", "/", "host", {name: value}, b"") is None


def test_body_without_a_length_is_left_to_botocore() -> None:
    assert request_message("POST", "/", "host", {}, b"{}") is None


def test_headers_are_found_in_any_case() -> None:
    headers = Headers({"content-length": "5"})
    assert headers["Content-Length"] == headers.get("CONTENT-LENGTH") == "5"
    assert "Content-length" in headers
    assert headers.get("X") is None
