"""A server on the loopback interface that follows a script of raw responses."""

import re
import socket
import ssl
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ScriptedServer", "scripted_server"]

_HOST = "127.0.0.1"
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_PATIENCE = 60.0
"""Seconds for a request, so that a test that fails with an open connection ends."""


@dataclass
class ScriptedServer:
    """A running server.

    Attributes:
        url: the URL of its root, without a slash at the end.
        requests: the requests so far, one list for each connection.
        closed: is set once the script of the first connection is finished.
    """

    url: str
    requests: list[list[bytes]] = field(default_factory=list[list[bytes]])
    closed: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted_server(
    *connections: Sequence[bytes], certificate: Path | None = None
) -> Generator[ScriptedServer]:
    """Run a server.

    Args:
        connections: for each connection, in turn, the response to each request. After the last
            one, the server closes the connection. It accepts no further connections.
        certificate: a file with a private key and a certificate, for TLS.
    """
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with socket.create_server((_HOST, 0)) as listener:
        scheme = "https" if context else "http"
        server = ScriptedServer(f"{scheme}://{_HOST}:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(server, listener, connections, context))
        thread.start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(
    server: ScriptedServer,
    listener: socket.socket,
    connections: Sequence[Sequence[bytes]],
    context: ssl.SSLContext | None,
) -> None:
    for responses in connections:
        with suppress(OSError):
            connection, _ = listener.accept()
            connection.settimeout(_PATIENCE)
            with connection:
                received = list[bytes]()
                server.requests.append(received)
                tls = context.wrap_socket(connection, server_side=True) if context else connection
                with tls:
                    for response in responses:
                        received.append(_request(tls))
                        tls.sendall(response)
        server.closed.set()


def _request(connection: socket.socket) -> bytes:
    """Return the next request, or its first part if the client disconnects.

    A connection that is closed before its request is read is reset, which may destroy the response.
    """
    request = connection.recv(65_536)
    while not _is_complete(request) and (more := connection.recv(65_536)):
        request += more
    return request


def _is_complete(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = _CONTENT_LENGTH.search(head)
    return not request or (bool(end) and len(body) >= (int(length[1]) if length else 0))
