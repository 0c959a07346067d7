import socket
from socketserver import BaseRequestHandler, TCPServer

import pytest

from support.http.serving import serving


@pytest.mark.parametrize(
    ("error", "is_printed"), [(ConnectionResetError(), False), (ValueError("a bug"), True)]
)
def test_only_errors_of_the_server_are_printed(
    capfd: pytest.CaptureFixture[str], error: Exception, *, is_printed: bool
) -> None:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            raise error

    server = TCPServer(("127.0.0.1", 0), Handler)
    address = ("127.0.0.1", server.server_address[1])
    with serving(server), socket.create_connection(address) as client:
        assert client.recv(1) == b""
    assert ("Traceback" in capfd.readouterr().err) == is_printed
