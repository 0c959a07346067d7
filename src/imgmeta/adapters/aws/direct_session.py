"""Sends the function's most frequent requests without botocore's HTTP session.

botocore's session passes each request through urllib3, `http.client` and the parser of e-mail
headers, which takes longer than any other part of the request. botocore still builds, signs and
retries the request, and parses the response.

Only the common case is handled here. botocore's own session sends every other request, and reports
the errors of connecting.
"""

import os
from typing import TYPE_CHECKING, Any, Protocol

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from imgmeta.adapters.aws.transport import DirectTransport

if TYPE_CHECKING:
    from botocore.client import BaseClient

__all__ = ["DirectSession", "HTTPSession", "send_directly"]

_TARGETS = frozenset({"DynamoDB_20120810.GetItem", "DynamoDB_20120810.PutItem"})
"""Operations of DynamoDB with short responses, by the header `X-Amz-Target`."""


class HTTPSession(Protocol):
    """The used part of botocore's HTTP session."""

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Send a request; return the response."""
        ...

    def close(self) -> None:
        """Close the connections that are not in use."""
        ...


class DirectSession:
    """An HTTP session of botocore that sends frequent requests with a `DirectTransport`.

    These are requests for a range of an object, and for reading and writing one item.

    Args:
        session: sends all other requests.
        transport: sends these requests.
    """

    def __init__(self, session: "HTTPSession", transport: DirectTransport) -> None:
        self._session = session
        self._transport = transport

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Send a request; return the response."""
        headers = request.headers
        is_range = request.method == "GET" and "Range" in headers
        if is_range or _text(headers.get("X-Amz-Target")) in _TARGETS:
            response = self._transport.send(request)
            if response is not None:
                return response
        return self._session.send(request)

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._transport.close()
        self._session.close()


def send_directly(
    client: "BaseClient", *, ca_bundle: str | None, connect_timeout: float, read_timeout: float
) -> None:
    """Have a client send its most frequent requests directly, if its botocore allows it.

    Args:
        client: the client.
        ca_bundle: the certificates in the AWS configuration, if any.
        connect_timeout: as for `DirectTransport`.
        read_timeout: as for `DirectTransport`.
    """
    # botocore, too, falls back to the variable of the package `requests`.
    certificates = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE")
    # botocore has no public way to set the session of a client.
    endpoint: Any = vars(client).get("_endpoint")
    if not hasattr(endpoint, "http_session"):
        return
    transport = DirectTransport(
        connect_timeout=connect_timeout, read_timeout=read_timeout, certificates=certificates
    )
    endpoint.http_session = DirectSession(endpoint.http_session, transport)


def _text(value: str | bytes | None) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""
