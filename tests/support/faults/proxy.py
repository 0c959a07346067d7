"""A proxy between AWS clients and a server, which injects a fault into chosen requests."""

import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import IO, ClassVar, NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit

from support.faults.kinds import Fault, Operation, error_response
from support.http.serving import serving

__all__ = ["FaultProxy", "NoFaults", "Plan", "fault_proxy"]

_SERVICE = re.compile(rb"Credential=[^/]+/[0-9]{8}/[^/]+/([^/]+)/aws4_request")
"""Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header"."""
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_TARGET = re.compile(rb"\r\nx-amz-target: *[^.\r]+\.([A-Za-z]+)", re.IGNORECASE)
_ATTEMPT = re.compile(rb"\r\namz-sdk-request:[^\r]*attempt=([0-9]+)", re.IGNORECASE)
_SERVER_TIMEOUT = 300.0
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


class Plan(Protocol):
    """Decides which requests get a fault."""

    def fault(self, operation: Operation, number: int) -> Fault | None:
        """Return the fault of a request.

        Args:
            operation: the operation.
            number: 1 for the first request of this operation since the plan was set.
        """
        ...


class NoFaults:
    """The plan without faults."""

    def fault(self, operation: Operation, number: int) -> Fault | None:
        del operation, number
        return None


class _Request(NamedTuple):
    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode()

    @property
    def operation(self) -> Operation:
        found = _SERVICE.search(self.head)
        service = found[1].decode() if found else "unknown"
        if target := _TARGET.search(self.head):
            return Operation(service, target[1].decode())
        if service == "s3":
            return Operation(service, self._s3_operation())
        action = parse_qs(self.body.decode(errors="replace")).get("Action", ["unknown"])[0]
        return Operation(service, action)

    def _s3_operation(self) -> str:
        url = urlsplit(self.head.split(b" ", 2)[1].decode())
        has_key = "/" in url.path.strip("/")
        if self.method == "GET" and not has_key:
            return "ListObjectsV2" if "list-type=2" in url.query else "GetBucket"
        return f"{self.method.title()}{'Object' if has_key else 'Bucket'}"


class FaultProxy:
    """The proxy.

    Attributes:
        url: its endpoint.
        kill: kills the client's process.
        patience: the client's timeout in seconds.
        requests: the number of requests by operation, since the plan was set.
        injected: the number of faults by operation and kind, since the plan was set.
        retried: the number of requests that a client repeated, since the plan was set.
    """

    def __init__(self, upstream: tuple[str, int], patience: float) -> None:
        self.url = ""
        self.upstream = upstream
        self.patience = patience
        self.kill: Callable[[], None] = lambda: None
        self.requests = Counter[Operation]()
        self.injected = Counter[tuple[Operation, Fault]]()
        self.retried = 0
        self._plan: Plan = NoFaults()
        self._lock = threading.Lock()
        # moto checks the condition of a write and writes in two steps.
        self.forwarding = threading.Lock()

    def set_plan(self, plan: Plan) -> None:
        """Replace the plan, and clear all counts."""
        with self._lock:
            self._plan = plan
            self.requests.clear()
            self.injected.clear()
            self.retried = 0

    def choose(self, operation: Operation, attempt: int) -> Fault | None:
        """Count a request, and return its fault."""
        with self._lock:
            self.requests[operation] += 1
            self.retried += attempt > 1
            fault = self._plan.fault(operation, self.requests[operation])
            if fault is not None:
                self.injected[operation, fault] += 1
            return fault


class _Handler(StreamRequestHandler):
    proxy: ClassVar[FaultProxy]
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(self.proxy.upstream) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.settimeout(_SERVER_TIMEOUT)
            responses = server.makefile("rb")
            requests = self.connection.makefile("rb")
            while (request := _read_request(requests)) is not None:
                if not self._respond(request, server, responses):
                    return

    def _respond(self, request: _Request, server: socket.socket, responses: IO[bytes]) -> bool:
        """Respond to a request; return whether the connection stays open."""
        found = _ATTEMPT.search(request.head)
        fault = self.proxy.choose(request.operation, int(found[1]) if found else 1)
        if fault is not None and fault.status is not None:
            self.wfile.write(error_response(fault, request.operation, request.method))
            return True
        if fault is Fault.KILLED_BEFORE:
            self.proxy.kill()
        if fault in {Fault.KILLED_BEFORE, Fault.RESET}:
            return self._reset()
        if fault is Fault.SLOW_REQUEST:
            time.sleep(self.proxy.patience * 1.5)
        with self.proxy.forwarding:
            server.sendall(request.head + request.body)
            head, body = _read_response(responses, request.method)
        if fault is None:
            self.wfile.write(head + body)
            return _CLOSE.search(head) is None
        return self._damage(fault, head, body)

    def _damage(self, fault: Fault, head: bytes, body: bytes) -> bool:
        if fault is Fault.KILLED_AFTER:
            self.proxy.kill()
        if fault in {Fault.KILLED_AFTER, Fault.LOST}:
            return self._reset()
        if fault is Fault.SLOW_RESPONSE:
            time.sleep(self.proxy.patience * 1.5)
            return self._reset()
        if fault is Fault.CUT_BODY and body:
            self.wfile.write(head + body[: len(body) // 2])
        elif fault is not Fault.SLOW_REQUEST:
            self.wfile.write(head[: len(head) // 2])
        return False

    def _reset(self) -> bool:
        # Closing with data that may linger for 0 seconds sends RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        return False

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()


def _read_request(file: IO[bytes]) -> _Request | None:
    head = _read_head(file)
    if head is None:
        return None
    body = _read_body(file, head)
    found = _LENGTH.search(head)
    # A client that was killed may not have sent all of it; the server would wait for the rest.
    return None if found and len(body) < int(found[1]) else _Request(head, body)


def _read_response(file: IO[bytes], method: str) -> tuple[bytes, bytes]:
    head = _read_head(file)
    if head is None:
        msg = "the server closed the connection"
        raise ConnectionError(msg)
    has_body = method != "HEAD" and head.split(b" ", 2)[1] not in {b"204", b"304"}
    return head, _read_body(file, head) if has_body else b""


def _read_head(file: IO[bytes]) -> bytes | None:
    lines: list[bytes] = []
    while line := file.readline():
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return None


def _read_body(file: IO[bytes], head: bytes) -> bytes:
    if _CHUNKED.search(head):
        parts: list[bytes] = []
        while (size := file.readline()).strip():
            parts += [size, file.read(int(size.split(b";")[0], 16) + 2)]
            if int(size.split(b";")[0], 16) == 0:
                break
        return b"".join(parts)
    found = _LENGTH.search(head)
    return file.read(int(found[1])) if found else b""


@contextmanager
def fault_proxy(upstream: str, patience: float) -> Generator[FaultProxy]:
    """Run a proxy within the context.

    Args:
        upstream: the URL of the server.
        patience: the client's timeout in seconds.
    """
    url = urlsplit(upstream)
    proxy = FaultProxy((url.hostname or "127.0.0.1", url.port or 80), patience)

    class Handler(_Handler):
        pass

    class Server(ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # clients are killed

    Handler.proxy = proxy
    server = Server(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield proxy
