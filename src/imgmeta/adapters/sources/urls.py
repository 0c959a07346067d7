"""Files at `http` and `https` URLs, read in ranges."""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPResponse

from imgmeta.adapters.sources.buffers import BufferContent
from imgmeta.adapters.sources.files import MAX_STREAM, FileContent, spool
from imgmeta.adapters.sources.http_requests import (
    check_status,
    get,
    http_errors,
    request_url,
    shown_url,
)
from imgmeta.core.objects import FIRST_BLOCK
from imgmeta.errors import (
    AdapterError,
    ConfigurationError,
    ObjectChangedError,
    PermanentError,
    TransientError,
)

__all__ = ["URLContent", "open_url"]

_CONTENT_RANGE = re.compile(
    "bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})", re.ASCII | re.IGNORECASE
)
_EMPTY = re.compile(r"bytes \*/0", re.ASCII | re.IGNORECASE)


class URLContent:
    """The content of one state of a file at a URL, with the first block in memory.

    A range of another state is an error: RFC 9110, section 15.3.7, requires the validators of the
    file in each partial response.

    Args:
        url: the URL, after redirects.
        name: the URL in messages, safe to print.
        version: the validator and the size in the first response.
        first_block: the first bytes; all of them if the file is not larger.

    Attributes:
        size: the file's size in bytes.
        fetched: the number of bytes fetched so far.
        is_local: False, since each read is a request.
    """

    is_local = False

    def __init__(
        self, url: str, name: str, version: tuple[str | None, int], first_block: bytes
    ) -> None:
        self._url = url
        self._name = name
        self._version = version
        self._first_block = first_block
        self.size = version[1]
        self.fetched = len(first_block)

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`: see `ByteSource.read`.

        Raises:
            PermanentError: the server refuses the request.
        """
        end = min(offset + length, self.size)
        cached = self._first_block[offset:end]
        start = max(offset, len(self._first_block))
        return cached + self._fetch(start, end) if start < end else cached

    def _fetch(self, start: int, end: int) -> bytes:
        headers = {"Range": f"bytes={start}-{end - 1}"}
        with get(self._url, headers, self._name) as (response, _):
            if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise self._changed()
            check_status(response, self._name)
            if response.status != HTTPStatus.PARTIAL_CONTENT:
                raise self._changed()
            if _version(response, start, end, self._name) != self._version:
                raise self._changed()
            block = _read_body(response, end - start, self._name)
        self.fetched += len(block)
        return block

    def _changed(self) -> ObjectChangedError:
        return ObjectChangedError(f"{self._name} changed while it was read")


@contextmanager
def open_url(url: str) -> Generator[BufferContent | FileContent | URLContent]:
    """Yield the content of the file at a URL.

    If the server does not support ranges, the file is copied: see `spool`.

    Args:
        url: an `http` or `https` URL. Redirects are followed, but not from `https` to `http`.

    Raises:
        ConfigurationError: the URL is invalid, or the server does not have it.
        PermanentError: the server refuses the request, or its response is not supported.
        TransientError: the server cannot be reached now.
    """
    name = shown_url(url)
    try:
        address = request_url(url)
    except ValueError as error:
        msg = f"invalid URL '{name}': {error}"
        raise ConfigurationError(msg) from error
    with get(address, {"Range": f"bytes=0-{FIRST_BLOCK - 1}"}, name) as (response, final_url):
        if _is_empty(response):
            yield BufferContent(b"")
            return
        check_status(response, name)
        if response.status != HTTPStatus.PARTIAL_CONTENT:
            with spool(_body_reader(response, name), name) as copy:
                yield copy
            return
        version = _version(response, 0, FIRST_BLOCK, name)
        block = _read_body(response, min(FIRST_BLOCK, version[1]), name)
    yield URLContent(final_url, name, version, block)


def _is_empty(response: HTTPResponse) -> bool:
    """Return whether the file is empty, so that it has no first byte."""
    is_outside = response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    return is_outside and _EMPTY.fullmatch(response.headers.get("Content-Range", "")) is not None


def _version(response: HTTPResponse, start: int, end: int, name: str) -> tuple[str | None, int]:
    """Return the validator and the size of the file in a response to a request for a range.

    Raises:
        PermanentError: the response is not that range.
    """
    _check_encoding(response, name)
    text = response.headers.get("Content-Range", "")
    match = _CONTENT_RANGE.fullmatch(text.strip())
    if match is None:
        msg = f"cannot read {name}: the server does not tell the size of the file"
        raise PermanentError(msg)
    first, last, size = map(int, match.groups())
    if (first, last + 1) != (start, min(end, size)):
        msg = f"cannot read {name}: the server sent another range than requested"
        raise PermanentError(msg)
    return response.headers.get("ETag") or response.headers.get("Last-Modified"), size


def _read_body(response: HTTPResponse, length: int, name: str) -> bytes:
    with http_errors(name):
        block = response.read(length)
    if len(block) != length:
        raise _cut_short(name)
    return block


def _body_reader(response: HTTPResponse, name: str) -> Callable[[int], bytes]:
    """Return a function that reads the next bytes of a complete file.

    Raises:
        PermanentError: the file is longer than `MAX_STREAM`, or is compressed.
    """
    _check_encoding(response, name)
    if (response.length or 0) > MAX_STREAM:
        msg = (
            f"cannot read {name}: the server does not support ranges, and the file is longer than "
            f"{MAX_STREAM:,} bytes: download it, and pass the path"
        )
        raise PermanentError(msg)

    def read(length: int) -> bytes:
        with http_errors(name):
            block = response.read(length)
        if not block and response.length:
            raise _cut_short(name)
        return block

    return read


def _check_encoding(response: HTTPResponse, name: str) -> None:
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        msg = f"cannot read {name}: the server compressed the file: download it, and pass the path"
        raise PermanentError(msg)


def _cut_short(name: str) -> AdapterError:
    return TransientError(f"cannot read {name}: the response was cut short")
