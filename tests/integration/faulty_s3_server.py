"""A server that answers as S3 does when something is wrong, and remembers who asked."""

import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, NamedTuple

__all__ = ["Answer", "Asked", "Misanswering", "misanswering"]

_SCOPE = re.compile(r"Credential=([^/]+)/[0-9]{8}/([^/]+)/([^/]+)/aws4_request")
"""Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header"."""


class Answer(NamedTuple):
    status: int
    code: str
    message: str = "no"
    more: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> bytes:
        if not self.code:
            return b"<html>Welcome!</p>"
        named = f"<Code>{self.code}</Code><Message>{self.message}</Message>{self.more}"
        return f"<?xml version='1.0'?><Error>{named}</Error>".encode()


class Asked(NamedTuple):
    """Who asked which service where, by the signature of the request."""

    key_id: str
    region: str
    service: str


class Misanswering:
    """The server.

    Attributes:
        url: its endpoint.
        answer: what it answers.
        asked: who asked, each time.
        paths: what was asked for, with the parameters.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answer = Answer(404, "NoSuchBucket")
        self.asked: list[Asked] = []
        self.paths: list[str] = []


@contextmanager
def misanswering() -> Generator[Misanswering]:
    """Run the server for a while."""

    class Handler(BaseHTTPRequestHandler):
        told: ClassVar[Misanswering]

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            scope = _SCOPE.search(self.headers.get("Authorization", ""))
            self.told.paths.append(self.path)
            if scope:
                self.told.asked.append(Asked(*scope.groups()))
            answer = self.told.answer
            body = answer.body()
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_POST = do_GET  # noqa: N815 - the names of the base class

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.told = Misanswering(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Handler.told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
