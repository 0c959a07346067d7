"""Tests of requests that are sent without botocore's HTTP session."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    ReadTimeoutError,
)

from imgmeta.adapters.aws.transport import DirectTransport
from support.aws.emulators import set_aws_environment
from support.http.certificates import create_certificate
from support.http.scripted_server import scripted_server

OK = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 2\r\n\r\n{}'


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_aws_environment(monkeypatch)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)


def request_to(url: str, **headers: str) -> AWSPreparedRequest:
    return AWSRequest(method="GET", url=url, headers=headers).prepare()


def direct(**options: Any) -> DirectTransport:  # noqa: ANN401 - as in the class
    defaults: dict[str, Any] = {"connect_timeout": 60, "read_timeout": 60}
    return DirectTransport(**(defaults | options))


def body_of(response: AWSResponse | None) -> bytes:
    assert response is not None
    return response.content


def test_connection_is_used_again() -> None:
    with scripted_server([OK, OK]) as server:
        sender = direct()
        for _ in range(2):
            response = sender.send(request_to(f"{server.url}/a?b", Range="bytes=0-1"))
            assert body_of(response) == b"{}"
        sender.close()
    assert len(server.requests) == 1
    first = server.requests[0][0].decode()
    assert first.startswith("GET /a?b HTTP/1.1\r\n")
    assert f"\r\nHost: {server.url.removeprefix('http://')}\r\n" in first
    assert "\r\nRange: bytes=0-1\r\n" in first


def test_connection_is_not_used_again_after_the_server_closes_it() -> None:
    closing = OK.replace(b"ETag", b"Connection: close\r\nETag")
    with scripted_server([closing], [OK]) as server:
        sender = direct()
        assert [body_of(sender.send(request_to(server.url))) for _ in range(2)] == [b"{}"] * 2
        sender.close()
    assert len(server.requests) == 2


def test_request_on_a_connection_that_was_closed_meanwhile_is_left_to_botocore() -> None:
    with scripted_server([OK]) as server:
        sender = direct(monotonic=lambda: 0.0)
        assert sender.send(request_to(server.url)) is not None
        assert server.closed.wait(60)
        assert sender.send(request_to(server.url)) is None


def test_connection_that_was_closed_while_idle_is_replaced() -> None:
    times = iter([0.0, 10.0, 10.0])
    with scripted_server([OK], [OK]) as server:
        sender = direct(monotonic=lambda: next(times))
        assert sender.send(request_to(server.url)) is not None
        assert server.closed.wait(60)
        assert sender.send(request_to(server.url)) is not None
        sender.close()


def test_idle_connection_that_is_open_is_used_again() -> None:
    times = iter([0.0, 10.0, 10.0])
    with scripted_server([OK, OK]) as server:
        sender = direct(monotonic=lambda: next(times))
        assert all(sender.send(request_to(server.url)) for _ in range(2))
        sender.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize("is_closed", [True, False])
def test_kept_connection_ends_with_its_transport(*, is_closed: bool) -> None:
    with scripted_server([OK, OK]) as server:
        sender = direct()
        sender.send(request_to(server.url))
        if is_closed:
            sender.close()
        else:
            del sender
        assert server.closed.wait(60)


def test_new_connection_without_a_response_is_an_error() -> None:
    with scripted_server([b""]) as server, pytest.raises(ConnectionClosedError):
        direct().send(request_to(server.url))


def test_truncated_response_is_an_error_even_on_a_kept_connection() -> None:
    with scripted_server([OK, OK[:-1]]) as server:
        sender = direct()
        sender.send(request_to(server.url))
        with pytest.raises(ConnectionClosedError):
            sender.send(request_to(server.url))


def test_missing_response_is_a_timeout() -> None:
    with scripted_server([b"", OK]) as server, pytest.raises(ReadTimeoutError):
        direct(read_timeout=0.05).send(request_to(server.url))


def test_connection_that_is_not_accepted_in_time_is_a_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def time_out(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("socket.create_connection", time_out)
    with pytest.raises(ConnectTimeoutError):
        direct().send(request_to("http://127.0.0.1:1/"))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "ftp://127.0.0.1/",
        "http://ann:secret@127.0.0.1:1/",
        "http:///a",
        f"http://{'a' * 64}.localhost:1/",
    ],
)
def test_unusual_or_unreachable_server_is_left_to_botocore(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    assert direct().send(request_to(url)) is None


def test_unsupported_response_is_left_to_botocore() -> None:
    with scripted_server([OK.replace(b"200 OK", b"204 No Content")]) as server:
        assert direct().send(request_to(server.url)) is None


def test_server_behind_a_proxy_is_left_to_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy")
    with scripted_server() as server:
        assert direct().send(request_to(server.url)) is None
    assert not server.requests


def test_streamed_body_is_left_to_botocore(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(b"hello")
    with scripted_server() as server, path.open("rb") as body:
        request = AWSRequest(method="PUT", url=server.url, data=body).prepare()
        assert direct().send(request) is None


def test_trusted_certificate_is_accepted(tmp_path: Path) -> None:
    certificate = create_certificate(tmp_path)
    with scripted_server([OK], certificate=certificate) as server:
        sender = direct(certificates=str(certificate))
        assert body_of(sender.send(request_to(server.url))) == b"{}"
        sender.close()


@pytest.mark.parametrize("certificates", [None, "folder", "missing"])
def test_untrusted_certificate_is_left_to_botocore(
    tmp_path: Path, certificates: str | None
) -> None:
    certificate = create_certificate(tmp_path)
    (tmp_path / "folder").mkdir()
    trusted = certificates and str(tmp_path / certificates)
    with scripted_server([OK], certificate=certificate) as server:
        assert direct(certificates=trusted).send(request_to(server.url)) is None


def test_certificate_of_another_host_is_left_to_botocore(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setenv("no_proxy", "localhost")
    certificate = create_certificate(tmp_path)
    with scripted_server([OK], certificate=certificate) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert direct(certificates=str(certificate)).send(request_to(url)) is None
