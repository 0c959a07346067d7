"""A server with AWS Lambda's Runtime API, for a runtime interface client.

AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

import json
import queue
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

__all__ = ["Response", "RuntimeAPI", "runtime_api"]

_PREFIX = "/2018-06-01/runtime/"
_ARN = "arn:aws:lambda:us-east-1:111122223333:function:images"
_PATIENCE = 300.0


class Response(NamedTuple):
    """A response of the client.

    Attributes:
        path: below the API's prefix: `invocation/ID/response`, `invocation/ID/error`, `init/error`.
        content: its bytes.
    """

    path: str
    content: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """The content, parsed as JSON."""
        return json.loads(self.content)


class RuntimeAPI:
    """Pending invocations, and the client's responses.

    Attributes:
        address: `host:port`, the value of `AWS_LAMBDA_RUNTIME_API`.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._waiting: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._responses: queue.Queue[Response] = queue.Queue()
        self._count = 0

    def invoke(self, event: object, *, seconds: float = 60) -> Response:
        """Let the client process an event; return its response."""
        self._count += 1
        name = f"request-{self._count}"
        content = (
            event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        )
        self._waiting.put((f"{name} {int((time.time() + seconds) * 1000)}", content))
        response = self.response()
        assert response.path.split("/")[1] == name
        return response

    def response(self) -> Response:
        """Return the next response or error of the client."""
        return self._responses.get(timeout=_PATIENCE)

    def next(self) -> tuple[str, str, bytes]:
        """Wait for an invocation; return its ID, its deadline and its event."""
        names, content = self._waiting.get()
        name, deadline = names.split()
        return name, deadline, content

    def add_response(self, path: str, content: bytes) -> None:
        """Record a response that the client sent."""
        self._responses.put(Response(path.removeprefix(_PREFIX), content))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the base class
        # A client that is killed while it waits breaks its connection.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def runtime_api() -> Generator[RuntimeAPI]:
    """Serve the API on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert self.path == f"{_PREFIX}invocation/next", self.path
            name, deadline, content = api.next()
            headers = {
                "Lambda-Runtime-Aws-Request-Id": name,
                "Lambda-Runtime-Deadline-Ms": deadline,
                "Lambda-Runtime-Invoked-Function-Arn": _ARN,
                "Content-Type": "application/json",
            }
            self._reply(200, content, headers)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            api.add_response(self.path, self.rfile.read(length))
            self._reply(202, b'{"status": "OK"}', {})

        def _reply(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Do not log requests."""

    server = _Server(("127.0.0.1", 0), Handler)
    api = RuntimeAPI(f"127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        # Not server_close(): it would wait for a client that waits for its next invocation.
        server.socket.close()
        thread.join()
