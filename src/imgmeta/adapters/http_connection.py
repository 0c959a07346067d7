"""Connections to HTTP servers with the standard library, and their errors."""

from http import HTTPStatus
from http.client import HTTPException
from ssl import SSLCertVerificationError
from urllib.error import URLError
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, UnknownHandler

from imgmeta.core.text import printable, shorten
from imgmeta.errors import AdapterError, PermanentError, TransientError

__all__ = ["connection_error", "http_opener", "is_temporary", "status_text"]

_TEMPORARY = frozenset(
    [HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS]
)
_MAX_REASON = 200
_PHRASES = {each.value: each.phrase for each in HTTPStatus}


def http_opener(*, proxies: bool = True) -> OpenerDirector:
    """Return an opener that supports only HTTP.

    It neither follows redirects nor reads the bodies of errors, both of which may be endless.

    Args:
        proxies: use the proxies of the environment.
    """
    opener = OpenerDirector()
    proxy_handler = ProxyHandler() if proxies else ProxyHandler({})
    for handler in (proxy_handler, HTTPHandler(), HTTPSHandler(), UnknownHandler()):
        opener.add_handler(handler)
    return opener


def is_temporary(status: int) -> bool:
    """Return whether the same request may succeed later: RFC 9110, section 15; RFC 6585."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TEMPORARY


def status_text(status: int) -> str:
    """Return a status in words."""
    return f"HTTP {status} {_PHRASES.get(status, '')}".rstrip()


def connection_error(
    error: OSError | HTTPException, failure: str, *, seconds: float
) -> AdapterError:
    """Return the error for an exception of a connection.

    Args:
        error: the exception.
        failure: what failed, safe to print.
        seconds: the time limit of the request.
    """
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, SSLCertVerificationError):
        return PermanentError(f"{failure}: invalid certificate: {printable(cause.verify_message)}")
    if isinstance(cause, TimeoutError):
        return TransientError(f"{failure}: no response within {seconds} seconds")
    text = (isinstance(cause, OSError) and cause.strerror) or str(cause) or type(cause).__name__
    return TransientError(f"{failure}: {shorten(printable(text), _MAX_REASON).lower()}")
