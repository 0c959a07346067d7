"""Requests to `http` and `https` URLs, with the standard library."""

import re
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from urllib.parse import quote, urljoin, urlsplit, urlunsplit
from urllib.request import Request

from imgmeta.adapters.http_connection import (
    connection_error,
    http_opener,
    is_temporary,
    status_text,
)
from imgmeta.core.targets import is_web_url
from imgmeta.core.text import printable, redact_url
from imgmeta.errors import ConfigurationError, PermanentError, TransientError

__all__ = ["check_status", "get", "http_errors", "request_url", "shown_url"]

TIMEOUT = 30
"""Seconds that the server may take to connect, or to send the next bytes."""

_MAX_REDIRECTS = 10

_HEADERS = {
    "Accept": "image/*,*/*;q=0.8",
    "Accept-Encoding": "identity",
    "User-Agent": "imgmeta",
}

_AUTHORITY = re.compile("[!-~]+")

_REDIRECTS = frozenset(
    [
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    ]
)
_ABSENT = frozenset([HTTPStatus.NOT_FOUND, HTTPStatus.GONE])


def shown_url(url: str) -> str:
    """Return a URL without its secret parts, safe to print."""
    return printable(redact_url(url))


def request_url(url: str) -> str:
    """Return a URL as it is requested: percent-encoded, and without its fragment.

    Raises:
        ValueError: it is not a valid `http` or `https` URL; the message says why.
    """
    parts = urlsplit(url)
    if not is_web_url(url) or not parts.hostname:
        msg = "use https://host/path"
        raise ValueError(msg)
    if parts.username is not None:
        msg = "user names and passwords in URLs are not supported"
        raise ValueError(msg)
    # The port is checked when it is first used.
    _ = parts.port
    authority = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    if not _AUTHORITY.fullmatch(authority):
        msg = "the host name is invalid"
        raise ValueError(msg)
    # "%" is kept, so percent-encoded characters are not encoded again.
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~") or "/"
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    return urlunsplit((parts.scheme, authority, path, query, ""))


@contextmanager
def get(
    url: str, headers: Mapping[str, str], name: str
) -> Generator[tuple[HTTPResponse, str], None, None]:
    """Send a request, follow redirects, and yield the response and its URL.

    The body is read only as far as the caller reads it.

    Args:
        url: the URL, from `request_url`.
        headers: headers of the request.
        name: the URL in messages, safe to print.

    Raises:
        PermanentError: a redirect is not followed.
        AdapterError: the server cannot be reached.
    """
    opener = http_opener()
    for _ in range(_MAX_REDIRECTS + 1):
        with http_errors(name):
            request = Request(url, headers={**_HEADERS, **headers})  # noqa: S310 - checked by `request_url`
            response: HTTPResponse = opener.open(request, timeout=TIMEOUT)
        with closing(response):
            target = response.headers.get("Location")
            if response.status not in _REDIRECTS or target is None:
                yield response, url
                return
        url = _redirected(url, target, name)
    msg = f"cannot read {name}: more than {_MAX_REDIRECTS} redirects"
    raise PermanentError(msg)


def check_status(response: HTTPResponse, name: str) -> None:
    """Check that a response is not an error.

    Raises:
        ConfigurationError: the server does not have the URL.
        TransientError: the server cannot respond now.
        PermanentError: the server refuses the request.
    """
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    reason = f"cannot read {name}: {status_text(status)}"
    if status in _ABSENT:
        msg = f"{reason}: check the URL"
        raise ConfigurationError(msg)
    if is_temporary(status):
        msg = f"{reason}: try again later"
        raise TransientError(msg)
    raise PermanentError(reason)


@contextmanager
def http_errors(name: str) -> Generator[None]:
    """Raise errors of the connection as AdapterError."""
    try:
        yield
    except (OSError, HTTPException) as error:
        raise connection_error(error, f"cannot read {name}", seconds=TIMEOUT) from error


def _redirected(url: str, target: str, name: str) -> str:
    """Return the URL of a redirect.

    The standard library decodes headers as Latin-1; servers that do not encode a URL send UTF-8.
    """
    try:
        joined = urljoin(url, target.encode("latin-1").decode("utf-8", "replace"))
        redirected = request_url(joined)
    except ValueError as error:
        msg = f"cannot read {name}: it redirects to an unsupported URL"
        raise PermanentError(msg) from error
    if url.startswith("https:") and not redirected.startswith("https:"):
        msg = f"cannot read {name}: it redirects to a URL without encryption"
        raise PermanentError(msg)
    return redirected
