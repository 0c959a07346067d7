"""Requests and responses of HTTP/1.1 in the form in which AWS services send them: RFC 9112."""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

__all__ = [
    "Answer",
    "Body",
    "Headers",
    "LostConnectionError",
    "UnsupportedResponseError",
    "read_answer",
    "request_message",
]

_MAX_HEAD = 64 * 1024
_MAX_BODY = 1024 * 1024
"""Longest body that is read at once. S3 may ignore a range and send the whole object."""

_STATUS_LINE = re.compile(r"HTTP/1\.1 ([2-5][0-9]{2})(?: .*)?", re.ASCII)
_TARGET = re.compile(r"/[!-~]*", re.ASCII)
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class LostConnectionError(Exception):
    """The connection ended before the response was complete.

    Attributes:
        is_empty: whether nothing was received, as on a connection that was closed while idle.
    """

    def __init__(self, *, is_empty: bool) -> None:
        super().__init__("the connection ended")
        self.is_empty = is_empty


class UnsupportedResponseError(Exception):
    """The response is invalid, too long, or of a form that AWS services do not send."""


class Headers(dict[str, str]):
    """Headers by their names in lower case; a name in any case finds them, as botocore expects."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as in Mapping
        """Return the value of a header, or a default."""
        return super().get(name.lower(), default)


class Body(io.BytesIO):
    """A received body, with the method of urllib3's responses that botocore calls."""

    def stream(self) -> Iterator[bytes]:
        """Yield the whole body."""
        yield self.read()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response.

    Attributes:
        status: the status code.
        headers: the headers.
        body: the body, with its transfer coding removed.
        keeps_connection: whether the connection can be used for another request.
    """

    status: int
    headers: Headers
    body: bytes
    keeps_connection: bool


def request_message(
    method: str, target: str, host: str, headers: Mapping[str, str | bytes], body: bytes
) -> bytes | None:
    """Return a request; None if a part of it needs an encoding that is not supported here.

    Args:
        method: the method.
        target: the path and the query, percent-encoded.
        host: the host, with the port unless it is the scheme's default.
        headers: the headers. `Content-Length` must be among them unless the body is empty.
        body: the body.
    """
    fields = {name: _text(value) for name, value in headers.items()}
    names = {name.lower() for name in fields}
    if (
        "transfer-encoding" in names
        or "expect" in names
        or (body and "content-length" not in names)
    ):
        return None
    if "host" not in names:
        fields["Host"] = host
    if "accept-encoding" not in names:
        fields["Accept-Encoding"] = "identity"
    if not _TARGET.fullmatch(target) or not all(map(_FIELD_NAME.fullmatch, fields)):
        return None
    if any(map(_CONTROL.search, fields.values())):
        return None
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {text}" for name, text in fields.items())]
    try:
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
    except UnicodeEncodeError:
        return None


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def read_answer(receive: Callable[[], bytes]) -> Answer:
    """Return the next response on a connection.

    Args:
        receive: waits for bytes from the server and returns them; empty: the connection ended.

    Raises:
        LostConnectionError: the connection ended before.
        UnsupportedResponseError: the response is not supported here.
        OSError: `receive` failed.
    """
    stream = _Stream(receive)
    first, *lines = stream.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
    match = _STATUS_LINE.fullmatch(first)
    if match is None or int(match[1]) in _WITHOUT_BODY:
        raise UnsupportedResponseError
    headers = _parse_headers(lines)
    body = _read_body(stream, headers)
    keeps = "close" not in headers.get("connection", "").lower() and not stream.rest
    return Answer(int(match[1]), headers, body, keeps)


def _parse_headers(lines: list[str]) -> Headers:
    headers = Headers()
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not _FIELD_NAME.fullmatch(name):
            raise UnsupportedResponseError
        value = value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _read_body(stream: "_Stream", headers: Headers) -> bytes:
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None and length is None and coding.lower() == "chunked":
        return _read_chunks(stream)
    if coding is not None or length is None or not _LENGTH.fullmatch(length):
        raise UnsupportedResponseError
    if int(length) > _MAX_BODY:
        raise UnsupportedResponseError
    return stream.exactly(int(length))


def _read_chunks(stream: "_Stream") -> bytes:
    body = b""
    while True:
        match = _CHUNK_SIZE.fullmatch(stream.until(b"\r\n"))
        if match is None or len(body) + int(match[1], 16) > _MAX_BODY:
            raise UnsupportedResponseError
        body += stream.exactly(int(match[1], 16))
        if stream.until(b"\r\n"):  # trailer fields follow the last chunk, which is empty
            raise UnsupportedResponseError
        if int(match[1], 16) == 0:
            return body


class _Stream:
    """The bytes that a connection receives."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._is_empty = True
        self.rest = b""

    def until(self, end: bytes) -> bytes:
        """Return the bytes before `end`, and skip it."""
        while (position := self.rest.find(end)) < 0:
            if len(self.rest) > _MAX_HEAD:
                raise UnsupportedResponseError
            self.rest += self._more()
        found, self.rest = self.rest[:position], self.rest[position + len(end) :]
        return found

    def exactly(self, length: int) -> bytes:
        """Return this number of bytes."""
        parts, missing = [self.rest], length - len(self.rest)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        received = b"".join(parts)
        found, self.rest = received[:length], received[length:]
        return found

    def _more(self) -> bytes:
        received = self._receive()
        if not received:
            raise LostConnectionError(is_empty=self._is_empty)
        self._is_empty = False
        return received
