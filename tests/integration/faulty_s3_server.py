"""A server that responds with S3 errors and records the requests."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, NamedTuple

from support.http.serving import serving

__all__ = ["CredentialScope", "ErrorResponse", "FaultyS3Server", "faulty_s3_server"]

_SCOPE = re.compile(r"Credential=([^/]+)/[0-9]{8}/([^/]+)/([^/]+)/aws4_request")
"""Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header"."""


class ErrorResponse(NamedTuple):
    status: int
    code: str
    message: str = "no"
    elements: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        if not self.code:
            return b"<html>Welcome!</p>"
        elements = f"<Code>{self.code}</Code><Message>{self.message}</Message>{self.elements}"
        return f"<?xml version='1.0'?><Error>{elements}</Error>".encode()


class CredentialScope(NamedTuple):
    """The access key, region and service in the signature of a request."""

    key_id: str
    region: str
    service: str


class FaultyS3Server:
    """The server.

    Attributes:
        url: its endpoint.
        response: the response to every request.
        scopes: the credential scope of each signed request.
        paths: the path and parameters of each request.
        payers: the value of each request's `x-amz-request-payer`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.response = ErrorResponse(404, "NoSuchBucket")
        self.scopes: list[CredentialScope] = []
        self.paths: list[str] = []
        self.payers: list[str | None] = []


@contextmanager
def faulty_s3_server() -> Generator[FaultyS3Server]:
    """Run the server within the context."""

    class Handler(BaseHTTPRequestHandler):
        shared: ClassVar[FaultyS3Server]

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            scope = _SCOPE.search(self.headers.get("Authorization", ""))
            self.shared.paths.append(self.path)
            self.shared.payers.append(self.headers.get("x-amz-request-payer"))
            if scope:
                self.shared.scopes.append(CredentialScope(*scope.groups()))
            response = self.shared.response
            body = response.body()
            self.send_response(response.status)
            for name, value in response.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_POST = do_GET  # noqa: N815 - names of the base class

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.shared = FaultyS3Server(f"http://127.0.0.1:{server.server_port}")
    with serving(server):
        yield Handler.shared
