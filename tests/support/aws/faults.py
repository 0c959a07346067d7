"""Harm that comes to requests between a client and AWS, as a schedule says: in this process, by
botocore's own events, so that its retries and imgmeta's translation of errors are the real ones."""

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

__all__ = ["Fault", "Send", "Wire", "in_this_process", "over_http", "without_pauses"]


class Fault(StrEnum):
    """What comes to one request."""

    THROTTLED = "throttled"
    """It is refused: too many of them."""
    BROKEN = "broken"
    """It is answered with an error of the server's, 500, and is not carried out."""
    RESET = "reset"
    """The connection breaks before it arrives."""
    LOST = "lost"
    """It is carried out; the connection breaks before the answer comes."""
    LATE = "late"
    """It is carried out; the answer does not come in time."""
    CUT = "cut"
    """It is carried out; the answer ends in the middle."""


Send = Callable[["BaseClient", AWSPreparedRequest], AWSResponse]
"""Carries a request of a client out."""

_CODES = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400, "InternalServerError"),
    "s3": ("SlowDown", 503, "InternalError"),
    "sns": ("Throttling", 400, "InternalFailure"),
    "sqs": ("RequestThrottled", 400, "InternalFailure"),
}
"""How each service says that it is asked too much, with the status, and that it is broken."""

_moto_lock = Lock()


def in_this_process(_: "BaseClient", request: AWSPreparedRequest) -> AWSResponse:
    """Have moto carry a request out. It does not check and write in one step; AWS does."""
    with _moto_lock:
        answer = botocore_stubber("before-send", request=request)
    assert answer is not None
    return answer


def over_http(client: "BaseClient", request: AWSPreparedRequest) -> AWSResponse:
    """Send a request to the server that the client is for."""
    session: Any = cast("Any", client)._endpoint.http_session  # noqa: SLF001 - what botocore itself sends by
    answer: AWSResponse = session.send(request)
    return answer


def without_pauses(patch: pytest.MonkeyPatch) -> None:
    """Have requests tried again at once."""
    patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


class Wire:
    """What is between clients and AWS.

    Args:
        send: carries requests out.
        stop: called before and after each request.
        done: called with each request that was carried out, by its operation, and what came of it.

    Attributes:
        met: what was done to requests, by their operations.
        unanswered: requests that were carried out, and whose answers did not arrive whole.
    """

    def __init__(
        self,
        send: Send,
        *,
        stop: Callable[[], None] = lambda: None,
        done: Callable[[str, AWSPreparedRequest, AWSResponse], None] = lambda *_: None,
    ) -> None:
        self.met: list[tuple[str, Fault]] = []
        self.unanswered: list[tuple[str, AWSPreparedRequest]] = []
        self._send = send
        self._stop = stop
        self._done = done
        self._lock = Lock()
        self._scheduled = defaultdict[str, deque[Fault | None]](deque)

    def join(self, client: "BaseClient") -> None:
        """Have all requests of this client go this way."""

        def carry(request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
            return self._carry(client, request, event_name.rpartition(".")[2])

        # Every handler is called, and would carry the request out once more.
        client.meta.events.unregister("before-send", cast("Any", botocore_stubber))
        # The stubs of botocore take a handler for one that answers nothing.
        client.meta.events.register("before-send", cast("Any", carry))

    def schedule(self, faults: Iterable[Fault | None], operation: str = "") -> None:
        """Do this to the next requests, one after the other, once what is scheduled is done.

        Args:
            faults: what comes to each; None: it passes.
            operation: requests of this operation alone; empty: those of any other.
        """
        with self._lock:
            self._scheduled[operation].extend(faults)

    def clear(self) -> None:
        """Let all requests pass from now on."""
        with self._lock:
            self._scheduled.clear()

    def _carry(
        self, client: "BaseClient", request: AWSPreparedRequest, operation: str
    ) -> AWSResponse:
        self._stop()
        with self._lock:
            scheduled = self._scheduled[operation] or self._scheduled[""]
            fault = scheduled.popleft() if scheduled else None
            if fault:
                self.met.append((operation, fault))
        if fault in {Fault.THROTTLED, Fault.BROKEN}:
            return _refusal(client, request, throttled=fault is Fault.THROTTLED)
        if fault is Fault.RESET:
            raise _broken(request)
        answer = self._send(client, request)
        self._done(operation, request, answer)
        self._stop()
        if fault is None:
            return answer
        self.unanswered.append((operation, request))
        return _spoilt(client, request, answer, fault)


class _Body(BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _refusal(client: "BaseClient", request: AWSPreparedRequest, *, throttled: bool) -> AWSResponse:
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
    return _answer(request, status, HTTPHeaders(), body.encode())


def _spoilt(
    client: "BaseClient",
    request: AWSPreparedRequest,
    answer: AWSResponse,
    fault: Fault,
) -> AWSResponse:
    content = answer.content
    if fault is Fault.LATE:
        raise ReadTimeoutError(endpoint_url=request.url, error="late")
    # Botocore does not see that a body is shorter than it should be, but for DynamoDB's, whose
    # checksum tells: that is as good as no answer.
    if fault is Fault.CUT and client.meta.service_model.service_name != "dynamodb":
        return _answer(request, answer.status_code, answer.headers, content[: len(content) // 2])
    raise _broken(request)


def _answer(
    request: AWSPreparedRequest,
    status: int,
    headers: Any,  # noqa: ANN401 - botocore's and urllib3's types of them differ
    body: bytes,
) -> AWSResponse:
    return AWSResponse(str(request.url), status, headers, cast("Any", _Body(body)))


def _broken(request: AWSPreparedRequest) -> ConnectionClosedError:
    return ConnectionClosedError(endpoint_url=request.url, error="reset")
