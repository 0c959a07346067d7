"""An HTTP server on the loopback interface that keeps what is posted to it."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.http.serving import serving

__all__ = ["WebhookStub", "webhook_server"]


@dataclass
class WebhookStub:
    """A running server.

    Attributes:
        port: its port.
        statuses: the statuses of the next responses; the last one is repeated. 0 sends garbage,
            and -1 sends it slowly.
        headers: the headers of the responses.
        bodies: the accepted and refused bodies so far.
        requests: the paths and headers of the requests so far.
    """

    port: int = 0
    statuses: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    bodies: list[bytes] = field(default_factory=list[bytes])
    requests: list[tuple[str, dict[str, str]]] = field(
        default_factory=list[tuple[str, dict[str, str]]]
    )

    @property
    def url(self) -> str:
        """The URL of the server, with a secret path."""
        return f"http://127.0.0.1:{self.port}/hook/s3cr3t?key=s3cr3t"


@contextmanager
def webhook_server() -> Generator[WebhookStub]:
    """Run a server."""
    stub = WebhookStub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            stub.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            stub.requests.append((self.path, {**self.headers}))
            status = stub.statuses.pop(0) if len(stub.statuses) > 1 else stub.statuses[0]
            if not status:
                self.wfile.write(b"garbage\r\n\r\n")
                return
            if status < 0:
                for _ in range(100):
                    self.wfile.write(b"g")
                    time.sleep(0.02)
                return
            self.send_response(status)
            for name, value in stub.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.port = server.server_port
    with serving(server):
        yield stub
