"""Injection of scheduled faults into AWS requests.

Faults are injected by botocore events in this process, so that botocore's retries and imgmeta's
translation of errors are tested too.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.models import botocore_stubber

if TYPE_CHECKING:
    from botocore.client import BaseClient

__all__ = [
    "Body",
    "Fault",
    "FaultInjector",
    "Send",
    "disable_retry_delays",
    "send_over_http",
    "send_to_moto",
]


class Fault(StrEnum):
    """A fault of one request."""

    THROTTLED = "throttled"
    """The request is throttled."""
    SERVER_ERROR = "server error"
    """The server responds with status 500, without executing the request."""
    RESET = "reset"
    """The connection is lost before the request arrives."""
    LOST = "lost"
    """The request is executed; the connection is lost before the response."""
    TIMEOUT = "timeout"
    """The request is executed; the response times out."""
    TRUNCATED = "truncated"
    """The request is executed; the response is cut in half."""


Send = Callable[["BaseClient", AWSPreparedRequest], AWSResponse]
"""Sends a request of a client, and returns the response."""

_CODES = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400, "InternalServerError"),
    "s3": ("SlowDown", 503, "InternalError"),
    "sns": ("Throttling", 400, "InternalFailure"),
    "sqs": ("RequestThrottled", 400, "InternalFailure"),
}
"""Throttling error code, its status, and internal error code, by service."""

_moto_lock = Lock()


def send_to_moto(_: "BaseClient", request: AWSPreparedRequest) -> AWSResponse:
    """Send a request to moto, one at a time: its conditional writes are not atomic."""
    with _moto_lock:
        response = botocore_stubber("before-send", request=request)
    assert response is not None
    return response


def send_over_http(client: "BaseClient", request: AWSPreparedRequest) -> AWSResponse:
    """Send a request to the client's endpoint."""
    session: Any = cast("Any", client)._endpoint.http_session  # noqa: SLF001 - the session that botocore uses
    response: AWSResponse = session.send(request)
    return response


def disable_retry_delays(patch: pytest.MonkeyPatch) -> None:
    """Make botocore retry without delay."""
    patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


class FaultInjector:
    """Injects faults into the requests of clients.

    Args:
        send: sends a request.
        pause: called before and after each request, for example to run another thread.
        on_response: called with the operation, the request and the response of each executed
            request.

    Attributes:
        injected: the injected faults, with their operations.
        lost_responses: executed requests whose responses did not arrive whole.
    """

    def __init__(
        self,
        send: Send,
        *,
        pause: Callable[[], None] = lambda: None,
        on_response: Callable[[str, AWSPreparedRequest, AWSResponse], None] = lambda *_: None,
    ) -> None:
        self.injected: list[tuple[str, Fault]] = []
        self.lost_responses: list[tuple[str, AWSPreparedRequest]] = []
        self._send = send
        self._pause = pause
        self._on_response = on_response
        self._lock = Lock()
        self._scheduled = defaultdict[str, deque[Fault | None]](deque)

    def attach(self, client: "BaseClient") -> None:
        """Inject faults into the requests of this client."""

        def handle(request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
            return self._send_with_fault(client, request, event_name.rpartition(".")[2])

        # botocore calls all handlers, so moto would execute the request twice.
        client.meta.events.unregister("before-send", cast("Any", botocore_stubber))
        # The botocore stubs do not allow a handler to return a value.
        client.meta.events.register("before-send", cast("Any", handle))

    def schedule(self, faults: Iterable[Fault | None], operation: str = "") -> None:
        """Schedule faults for the next requests, after those already scheduled.

        Args:
            faults: one for each request; None: no fault.
            operation: the operation of the requests; empty: any without its own schedule.
        """
        with self._lock:
            self._scheduled[operation].extend(faults)

    def clear(self) -> None:
        """Remove all scheduled faults."""
        with self._lock:
            self._scheduled.clear()

    def _send_with_fault(
        self, client: "BaseClient", request: AWSPreparedRequest, operation: str
    ) -> AWSResponse:
        self._pause()
        with self._lock:
            scheduled = self._scheduled[operation] or self._scheduled[""]
            fault = scheduled.popleft() if scheduled else None
            if fault:
                self.injected.append((operation, fault))
        if fault in {Fault.THROTTLED, Fault.SERVER_ERROR}:
            return _error(client, request, throttled=fault is Fault.THROTTLED)
        if fault is Fault.RESET:
            raise _connection_lost(request)
        response = self._send(client, request)
        self._on_response(operation, request, response)
        self._pause()
        if fault is None:
            return response
        self.lost_responses.append((operation, request))
        return _damage(request, response, fault)


class Body(BytesIO):
    """The body of a response, as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _error(client: "BaseClient", request: AWSPreparedRequest, *, throttled: bool) -> AWSResponse:
    service = client.meta.service_model.service_name
    code, status, failure = _CODES[service]
    if not throttled:
        code, status = failure, 500
    body = {
        "dynamodb": f'{{"__type": "com.amazonaws.dynamodb.v20120810#{code}"}}',
        "s3": f"<Error><Code>{code}</Code></Error>" if request.method != "HEAD" else "",
        "sns": f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>",
        "sqs": f'{{"__type": "com.amazonaws.sqs#{code}"}}',
    }[service]
    return _response(request, status, HTTPHeaders(), body.encode())


def _damage(
    request: AWSPreparedRequest,
    response: AWSResponse,
    fault: Fault,
) -> AWSResponse:
    half = response.content[: len(response.content) // 2]
    if fault is Fault.TIMEOUT:
        raise ReadTimeoutError(endpoint_url=request.url, error="timeout")
    if fault is Fault.TRUNCATED:
        headers = HTTPHeaders()
        for name, value in {**response.headers, "Content-Length": len(response.content)}.items():
            headers[name] = str(value)
        return _response(request, response.status_code, headers, half)
    raise _connection_lost(request)


def _response(
    request: AWSPreparedRequest,
    status: int,
    headers: Any,  # noqa: ANN401 - botocore's and urllib3's types differ
    body: bytes,
) -> AWSResponse:
    return AWSResponse(str(request.url), status, headers, cast("Any", Body(body)))


def _connection_lost(request: AWSPreparedRequest) -> ConnectionClosedError:
    return ConnectionClosedError(endpoint_url=request.url, error="reset")
