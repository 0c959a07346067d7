"""A mail server on the loopback interface, with settings for its replies (RFC 5321)."""

import ssl
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer

from support.http.serving import serving

__all__ = ["MailStub", "mail_server"]


@dataclass
class MailStub:
    """A running server.

    Attributes:
        port: its port.
        replies: replies by command, or by address in angle brackets, instead of those of success;
            an empty one hangs up.
        features: the extensions in its greeting.
        context: the TLS settings; None: STARTTLS fails.
        delay: seconds before each reply.
        messages: the received messages.
        commands: the received commands; those within TLS start with `TLS `.
    """

    port: int = 0
    replies: dict[str, str] = field(default_factory=dict[str, str])
    features: tuple[str, ...] = ("AUTH PLAIN",)
    context: ssl.SSLContext | None = None
    delay: float = 0
    messages: list[bytes] = field(default_factory=list[bytes])
    commands: list[str] = field(default_factory=list[str])


_REPLIES = {
    "DATA": "354 go on",
    "QUIT": "221 bye",
    "AUTH": "235 welcome",
    "STARTTLS": "220 start",
    "CONNECT": "220 stub",
    "CONTENT": "250 accepted",
}


class _Server(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, stub: MailStub, implicit_tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stub = stub
        self.implicit_tls = implicit_tls


class _Handler(StreamRequestHandler):
    prefix = ""

    @property
    def _owner(self) -> _Server:
        assert isinstance(self.server, _Server)
        return self.server

    def handle(self) -> None:
        try:
            if self._owner.implicit_tls:
                self._encrypt(self._owner.implicit_tls)
            is_open = self._reply("CONNECT")
            while is_open:
                is_open = self._step()
        except OSError:
            pass  # the client closed the connection
        finally:
            self.connection.close()

    def _step(self) -> bool:
        stub = self._owner.stub
        line = self.rfile.readline().decode().strip()
        command = line[:8].partition(" ")[0].upper()
        if not line:
            return False
        # Before the reply, after which a test may go on.
        stub.commands.append(self.prefix + command + line[len(command) :])
        if not self._reply(command, line):
            return False
        if command == "DATA" and "DATA" not in stub.replies:
            stub.messages.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            return self._reply("CONTENT")
        if command == "STARTTLS" and stub.context is not None:
            self._encrypt(stub.context)
        return command != "QUIT"

    def _reply(self, command: str, line: str = "") -> bool:
        stub = self._owner.stub
        features = [f"250-{each}" for each in stub.features]
        greeting = "\r\n".join(["250-stub", *features, "250 8BITMIME"])
        default = greeting if command == "EHLO" else _REPLIES.get(command, "250 fine")
        text = stub.replies.get(
            line.partition(":")[2] or command, stub.replies.get(command, default)
        )
        if text:
            time.sleep(stub.delay)
            self.connection.sendall(f"{text}\r\n".encode())
        return bool(text)

    def _encrypt(self, context: ssl.SSLContext) -> None:
        encrypted = context.wrap_socket(self.connection, server_side=True)
        self.connection = encrypted
        self.rfile = encrypted.makefile("rb")
        self.prefix = "TLS "


@contextmanager
def mail_server(*, implicit_tls: ssl.SSLContext | None = None) -> Generator[MailStub]:
    """Run a server.

    Args:
        implicit_tls: the TLS settings, if connections start with TLS.
    """
    stub = MailStub()
    server = _Server(stub, implicit_tls)
    stub.port = server.server_address[1]
    with serving(server):
        yield stub
