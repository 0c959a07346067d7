"""An HTTP server on the loopback interface with one file and settings for its responses."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.http.serving import serving

__all__ = ["FileServer", "Respond", "Response", "file_server", "ranged"]


@dataclass
class Response:
    """A response: its status, headers and body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


Respond = Callable[[str, dict[str, str]], Response]
"""Returns the response for a path and the headers of the request."""


@dataclass
class FileServer:
    """A running server.

    Attributes:
        url: the URL of its root, without a slash at the end.
        respond: the responses.
        requests: the paths and headers of the requests so far.
    """

    url: str
    respond: Respond
    requests: list[tuple[str, dict[str, str]]] = field(
        default_factory=list[tuple[str, dict[str, str]]]
    )


def ranged(data: bytes, etag: str = '"1"') -> Respond:
    """Return the responses of a server that supports ranges of a file."""

    def respond(_path: str, headers: dict[str, str]) -> Response:
        first, _, last = headers["Range"].removeprefix("bytes=").partition("-")
        block = data[int(first) : int(last) + 1]
        if not block:
            return Response(416, {"Content-Range": f"bytes */{len(data)}"})
        content_range = f"bytes {first}-{int(first) + len(block) - 1}/{len(data)}"
        return Response(206, {"Content-Range": content_range, "ETag": etag}, block)

    return respond


@contextmanager
def file_server(respond: Respond) -> Generator[FileServer]:
    """Run a server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, dict(self.headers)))
            response = server.respond(self.path, dict(self.headers))
            self.send_response(response.status)
            headers = {"Content-Length": str(len(response.body))} | response.headers
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - as in the base class
            """Log nothing."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = FileServer(f"http://127.0.0.1:{httpd.server_port}", respond)
    with serving(httpd):
        yield server
