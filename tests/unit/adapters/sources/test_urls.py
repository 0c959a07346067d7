import socket
import ssl
from collections.abc import Generator
from urllib.error import URLError

import pytest

from imgmeta import ConfigurationError, ObjectChangedError, PermanentError, TransientError
from imgmeta.adapters.sources import http_requests, urls
from imgmeta.adapters.sources.urls import open_url
from imgmeta.core.objects import FIRST_BLOCK
from support.http.file_server import FileServer, Response, file_server, ranged

SMALL = bytes(range(256))
LARGE = SMALL * 4 * 512


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Generator[FileServer]:
    with file_server(ranged(SMALL)) as running:
        yield running


def size_of(url: str) -> int:
    with open_url(url) as content:
        return content.size


@pytest.mark.parametrize("data", [SMALL, LARGE, LARGE[:FIRST_BLOCK], b"x"])
def test_first_block_is_one_request(server: FileServer, data: bytes) -> None:
    server.respond = ranged(data)

    with open_url(f"{server.url}/a.jpg") as content:
        assert (content.size, content.is_local) == (len(data), False)
        assert content.read(0, 1000) == data[:1000]
        assert content.read(FIRST_BLOCK - 5, 5) == data[FIRST_BLOCK - 5 : FIRST_BLOCK]
        assert content.fetched == min(len(data), FIRST_BLOCK)

    ((path, headers),) = server.requests
    assert (path, headers["Range"]) == ("/a.jpg", f"bytes=0-{FIRST_BLOCK - 1}")
    assert headers["Accept-Encoding"] == "identity"


def test_further_ranges_are_requested_alone(server: FileServer) -> None:
    server.respond = ranged(LARGE)

    with open_url(server.url) as content:
        assert content.read(200_000, 300) == LARGE[200_000:200_300]
        assert content.read(FIRST_BLOCK - 1, 3) == LARGE[FIRST_BLOCK - 1 : FIRST_BLOCK + 2]
        assert content.read(len(LARGE) - 4, 100) == LARGE[-4:]
        assert content.fetched == FIRST_BLOCK + 300 + 2 + 4

    assert len(server.requests) == 4


def test_empty_file_has_no_range(server: FileServer) -> None:
    server.respond = ranged(b"")

    assert size_of(server.url) == 0


def test_file_of_a_server_without_ranges_is_copied(server: FileServer) -> None:
    server.respond = lambda _path, _headers: Response(200, {}, LARGE)

    with open_url(server.url) as content:
        assert (content.size, content.is_local) == (len(LARGE), True)
        assert content.read(200_000, 10) == LARGE[200_000:200_010]

    assert len(server.requests) == 1


def test_file_of_unknown_length_is_copied(server: FileServer) -> None:
    chunks = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    headers = {"Transfer-Encoding": "chunked", "Content-Length": ""}
    server.respond = lambda _path, _headers: Response(200, headers, chunks)

    with open_url(server.url) as content:
        assert content.read(0, content.size) == b"abcde"


def test_long_file_of_a_server_without_ranges_is_refused(server: FileServer) -> None:
    headers = {"Content-Length": str(2**30 + 1)}
    server.respond = lambda _path, _headers: Response(200, headers)

    with pytest.raises(PermanentError, match="does not support ranges, and the file is longer"):
        size_of(server.url)


def test_redirects_are_followed_once(server: FileServer) -> None:
    def respond(path: str, headers: dict[str, str]) -> Response:
        if path.startswith("/old"):
            return Response(302, {"Location": "/new caf\u00c3\u00a9?signature=s"}, b"x" * 1000)
        return ranged(LARGE)(path, headers)

    server.respond = respond
    with open_url(f"{server.url}/old") as content:
        content.read(200_000, 10)

    paths = [path for path, _ in server.requests]
    assert paths == ["/old", *["/new%20caf%C3%A9?signature=s"] * 2]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("/", "more than 10 redirects"),
        ("file:///etc/passwd", "it redirects to an unsupported URL"),
        ("ftp://127.0.0.1/a", "it redirects to an unsupported URL"),
        ("http://[bad/", "it redirects to an unsupported URL"),
    ],
)
def test_redirects_are_limited(server: FileServer, location: str, message: str) -> None:
    server.respond = lambda _path, _headers: Response(301, {"Location": location})

    with pytest.raises(PermanentError, match=message):
        size_of(server.url)


def test_redirect_without_encryption_is_not_followed() -> None:
    with pytest.raises(PermanentError, match="it redirects to a URL without encryption"):
        http_requests._redirected("https://a/", "http://a/", "it")  # noqa: SLF001 - needs no TLS
    assert http_requests._redirected("https://a/x", "y", "it") == "https://a/y"  # noqa: SLF001 - as above


@pytest.mark.parametrize(
    ("status", "expected", "message"),
    [
        (301, PermanentError, "HTTP 301 Moved Permanently"),
        (401, PermanentError, "HTTP 401 Unauthorized"),
        (403, PermanentError, "HTTP 403 Forbidden"),
        (404, ConfigurationError, "HTTP 404 Not Found: check the URL"),
        (410, ConfigurationError, "HTTP 410 Gone: check the URL"),
        (416, PermanentError, "HTTP 416 "),
        (429, TransientError, "HTTP 429 Too Many Requests: try again later"),
        (503, TransientError, "HTTP 503 Service Unavailable: try again later"),
        (599, TransientError, "HTTP 599: try again later"),
    ],
)
def test_status_of_an_error_is_reported(
    server: FileServer, status: int, expected: type[Exception], message: str
) -> None:
    server.respond = lambda _path, _headers: Response(status)

    with pytest.raises(expected, match=f"cannot read {server.url}/a: {message}"):
        size_of(f"{server.url}/a")


def test_secrets_of_a_url_are_not_shown(server: FileServer) -> None:
    server.respond = lambda _path, _headers: Response(403)

    with pytest.raises(PermanentError) as raised:
        size_of(f"{server.url}/a?X-Amz-Signature=secret")

    assert "secret" not in str(raised.value)
    assert server.requests[0][0] == "/a?X-Amz-Signature=secret"


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "the server does not tell the size of the file"),
        ({"Content-Range": "bytes 0-255/*"}, "the server does not tell the size of the file"),
        ({"Content-Range": "bytes 1-256/300"}, "the server sent another range than requested"),
        ({"Content-Range": "bytes 0-255/300"}, "the server sent another range than requested"),
        ({"Content-Encoding": "gzip"}, "the server compressed the file: download it"),
    ],
)
@pytest.mark.parametrize("status", [206, 200])
def test_unsupported_response_is_an_error(
    server: FileServer, headers: dict[str, str], message: str, status: int
) -> None:
    server.respond = lambda _path, _headers: Response(status, headers, SMALL)

    if status == 206 or "compressed" in message:
        with pytest.raises(PermanentError, match=message):
            size_of(server.url)
    else:
        assert size_of(server.url) == 256


@pytest.mark.parametrize("status", [200, 206])
def test_response_that_is_cut_short_is_a_temporary_failure(server: FileServer, status: int) -> None:
    headers = {"Content-Length": "300", "Content-Range": "bytes 0-299/300"}
    server.respond = lambda _path, _headers: Response(status, headers, SMALL)

    with pytest.raises(TransientError, match="the response was cut short"):
        size_of(server.url)


@pytest.mark.parametrize("data", [LARGE[:-1], LARGE[:FIRST_BLOCK], b"x" * len(LARGE)])
def test_file_that_changes_between_two_ranges_is_an_error(server: FileServer, data: bytes) -> None:
    server.respond = ranged(LARGE)
    with open_url(server.url) as content:
        server.respond = ranged(data, etag='"2"')
        with pytest.raises(ObjectChangedError, match="changed while it was read"):
            content.read(300_000, 10)


def test_server_that_stops_supporting_ranges_is_an_error(server: FileServer) -> None:
    server.respond = ranged(LARGE)
    with open_url(server.url) as content:
        server.respond = lambda _path, _headers: Response(200, {}, LARGE)
        with pytest.raises(ObjectChangedError):
            content.read(300_000, 10)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://", r"invalid URL 'https://': use https://host/path"),
        ("http:///a.jpg", "use https://host/path"),
        ("https://user:pw@a/b", r"'https://\*\*\*@a/b': user names and passwords in URLs are not"),
        ("https://a:port/b", "Port could not be cast"),
        ("https://a b/c", "the host name is invalid"),
        ("https://[a/b", "Invalid IPv6 URL"),
        ("https://\u00e9..a/b", "label"),
    ],
)
def test_invalid_url_is_a_configuration_error(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        size_of(url)


@pytest.mark.parametrize(
    ("url", "requested"),
    [
        ("https://a", "https://a/"),
        ("HTTPS://a/%20 \u00e9#part", "https://a/%20%20%C3%A9"),
        (
            "http://b\u00fccher.example:80/?q=a b&c=%20",
            "http://xn--bcher-kva.example:80/?q=a%20b&c=%20",
        ),
    ],
)
def test_url_is_percent_encoded(url: str, requested: str) -> None:
    assert http_requests.request_url(url) == requested


def test_refused_connection_is_a_temporary_failure() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        # Nothing listens, and no other process can take the port.
        with pytest.raises(TransientError, match="connection refused"):
            size_of(f"http://127.0.0.1:{port}/")


def test_silent_server_is_a_temporary_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_requests, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(TransientError, match=r"no response within 0\.1 seconds"):
            size_of(f"http://127.0.0.1:{port}/")


def test_server_that_does_not_speak_http_is_a_temporary_failure(server: FileServer) -> None:
    https = server.url.replace("http:", "https:")
    with pytest.raises(TransientError, match=r"cannot read https://127\.0\.0\.1:"):
        size_of(https)


def test_invalid_certificate_is_a_permanent_failure() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"

    with (
        pytest.raises(PermanentError, match="it: invalid certificate: self-signed certificate"),
        http_requests.http_errors("it"),
    ):
        raise URLError(error)


def test_long_stream_without_a_length_is_refused(
    server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgmeta.adapters.sources.files.MAX_STREAM", 1000)
    monkeypatch.setattr(urls, "MAX_STREAM", 2**40)
    server.respond = lambda _path, _headers: Response(200, {}, LARGE)

    with pytest.raises(PermanentError, match="a stream longer than 1,000 bytes"):
        size_of(server.url)
