"""AWS Lambda's Runtime API, as a runtime's client finds it: a server that hands out invocations.

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

__all__ = ["Answer", "RuntimeAPI", "runtime_api"]

_PREFIX = "/2018-06-01/runtime/"
_ARN = "arn:aws:lambda:us-east-1:111122223333:function:images"
_PATIENCE = 60.0


class Answer(NamedTuple):
    """What the client answered.

    Attributes:
        path: below the API's prefix: `invocation/ID/response`, `invocation/ID/error`, `init/error`.
        content: the bytes of the answer.
    """

    path: str
    content: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever it is
        """The answer, read as JSON."""
        return json.loads(self.content)


class RuntimeAPI:
    """Invocations that wait, and what was answered.

    Attributes:
        address: `host:port`, as `AWS_LAMBDA_RUNTIME_API` has it.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._waiting: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._answers: queue.Queue[Answer] = queue.Queue()
        self._count = 0

    def invoke(self, event: object, *, seconds: float = 60) -> Answer:
        """Have the client handle an event; return its answer."""
        self._count += 1
        name = f"request-{self._count}"
        content = (
            event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        )
        self._waiting.put((f"{name} {int((time.time() + seconds) * 1000)}", content))
        answer = self.answer()
        assert answer.path.split("/")[1] == name
        return answer

    def answer(self) -> Answer:
        """Return what the client says next, of an invocation or of itself."""
        return self._answers.get(timeout=_PATIENCE)

    def next(self) -> tuple[str, str, bytes]:
        """Wait for an invocation; return its id, its deadline and its event."""
        names, content = self._waiting.get()
        name, deadline = names.split()
        return name, deadline, content

    def take(self, path: str, content: bytes) -> None:
        """Take an answer."""
        self._answers.put(Answer(path.removeprefix(_PREFIX), content))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base
        # A client that is ended while it waits breaks its connection off.
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
            api.take(self.path, self.rfile.read(length))
            self._reply(202, b'{"status": "OK"}', {})

        def _reply(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    api = RuntimeAPI(f"127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        # Not server_close(): it would wait for a client that still asks for its next invocation.
        server.socket.close()
        thread.join()
