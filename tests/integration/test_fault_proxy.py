"""Each injected fault reaches the client as described, and the request is executed or not."""

import http.client
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from support.faults.kinds import Fault, Operation, error_response
from support.faults.proxy import FaultProxy, fault_proxy
from support.http.serving import serving

PATIENCE = 0.1
BODY = b'{"Item": {}}'
EXECUTED = {
    Fault.LOST,
    Fault.CUT_HEADERS,
    Fault.CUT_BODY,
    Fault.SLOW_RESPONSE,
    Fault.SLOW_REQUEST,
    Fault.KILLED_AFTER,
}
SCOPE = "AWS4-HMAC-SHA256 Credential=k/20261130/us-east-1/{}/aws4_request, Signature=0"


class Once:
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def fault(self, operation: Operation, number: int) -> Fault | None:
        return self._fault if operation.name == "GetItem" and number == 1 else None


class Server:
    def __init__(self, url: str) -> None:
        self.url = url
        self.executed = 0
        self.arrived = threading.Event()


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.executed += 1
            state.arrived.set()
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
            pass

    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Server(f"http://127.0.0.1:{http_server.server_port}")
    with serving(http_server):
        yield state


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    with fault_proxy(server.url, PATIENCE) as proxy:
        yield proxy


def get_item(proxy: FaultProxy, patience: float = 60) -> tuple[int, bytes] | str:
    """Return status and body of a response, or the name of the client's error."""
    url = urlsplit(proxy.url)
    client = http.client.HTTPConnection(str(url.hostname), url.port, timeout=patience)
    headers = {
        "Authorization": SCOPE.format("dynamodb"),
        "X-Amz-Target": "DynamoDB_20120810.GetItem",
        "amz-sdk-request": "ttl=20261130T120000Z; attempt=2; max=4",
    }
    try:
        client.request("POST", "/", b"{}", headers)
        response = client.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        client.close()


RESPONSES: dict[Fault, object] = {
    Fault.RESET: "ConnectionResetError",
    Fault.LOST: "ConnectionResetError",
    Fault.CUT_BODY: "IncompleteRead",
    Fault.SLOW_RESPONSE: "TimeoutError",
    Fault.SLOW_REQUEST: "TimeoutError",
    Fault.KILLED_BEFORE: "ConnectionResetError",
    Fault.KILLED_AFTER: "ConnectionResetError",
}


@pytest.mark.parametrize("fault", Fault)
def test_fault_is_injected_once(server: Server, proxy: FaultProxy, fault: Fault) -> None:
    killed: list[bool] = []
    proxy.kill = lambda: killed.append(True)
    proxy.set_plan(Once(fault))
    is_slow = fault in {Fault.SLOW_REQUEST, Fault.SLOW_RESPONSE}
    first = get_item(proxy, PATIENCE if is_slow else 60)
    if is_slow:
        assert server.arrived.wait(60)
    executed = server.executed
    assert get_item(proxy) == (200, BODY)
    assert executed == (fault in EXECUTED)
    assert killed == [True] * fault.kills
    assert proxy.injected == {(Operation("dynamodb", "GetItem"), fault): 1}
    assert proxy.retried == 2
    if fault in RESPONSES:
        assert first == RESPONSES[fault]
    elif fault.status is not None:
        assert isinstance(first, tuple)
        assert first[0] == fault.status
    else:
        assert first != (200, BODY)


def test_request_of_a_client_that_was_killed_is_not_executed(
    server: Server, proxy: FaultProxy
) -> None:
    url = urlsplit(proxy.url)
    with socket.create_connection((str(url.hostname), url.port or 0)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert server.executed == 0
    assert get_item(proxy) == (200, BODY)


@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("dynamodb", 400, b"ProvisionedThroughputExceededException"),
        ("s3", 503, b"SlowDown"),
        ("sns", 400, b"Throttling"),
        ("sqs", 400, b"RequestThrottled"),
    ],
)
def test_throttling_has_the_form_of_the_service(service: str, status: int, code: bytes) -> None:
    response = error_response(Fault.THROTTLED, Operation(service, "Any"), "POST")
    assert response.startswith(f"HTTP/1.1 {status} ".encode())
    assert code in response


def test_error_for_a_head_request_has_no_body() -> None:
    response = error_response(Fault.STATUS_503, Operation("s3", "HeadObject"), "HEAD")
    assert b"\r\nContent-Length: 0\r\n" in response
    assert response.endswith(b"\r\n\r\n")
