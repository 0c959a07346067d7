"""A network that takes its time: hands every connection on to a server, each request later.

    python benchmarks/latency.py http://127.0.0.1:5000 --milliseconds 20 [--port 0]

Prints its own address when it listens, and ends when it is terminated. What a client sends reaches
the server that many milliseconds later, answers come back at once: to whoever waits for an answer,
that is the whole round trip. Bytes are not looked at, any number of connections are served side by
side, and those of one connection stay in their order. Connecting takes no time: clients keep their
connections, and would pay for that once.
"""

import argparse
import asyncio
from collections import deque
from urllib.parse import urlsplit

HOST = "127.0.0.1"


class End(asyncio.Protocol):
    """One end of a connection: what arrives here leaves at the other end, after a delay."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._on_their_way: deque[bytes | None] = deque()
        self._transport: asyncio.Transport | None = None
        self.other: End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport that is written to."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a TCP server makes
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        self._pass(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on that nothing more will come."""
        del exc
        self._pass(None)

    def send(self, data: bytes | None) -> None:
        """Write to whoever is connected here; None: hang up."""
        if self._transport is None or self._transport.is_closing():
            return
        if data is None:
            self._transport.close()
        else:
            self._transport.write(data)

    def _pass(self, data: bytes | None) -> None:
        # Timers of the same instant have no order; the queue has one.
        self._on_their_way.append(data)
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._arrive)
        else:
            self._arrive()

    def _arrive(self) -> None:
        data = self._on_their_way.popleft()
        if self.other is not None:
            self.other.send(data)


class ClientEnd(End):
    """The end that a client has connected to; connects to the server before it reads."""

    def __init__(self, server: tuple[str, int], delay: float) -> None:
        super().__init__(delay)
        self._server = server
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, and connect to the server."""
        super().connection_made(transport)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        assert self._transport is not None  # noqa: S101 - set just before
        self._transport.pause_reading()
        loop = asyncio.get_running_loop()
        try:
            _, self.other = await loop.create_connection(lambda: End(0), *self._server)
        except OSError:
            self._transport.abort()
            return
        self.other.other = self
        if self._transport.is_closing():
            self.other.send(None)
        else:
            self._transport.resume_reading()


async def serve(server: tuple[str, int], port: int, delay: float) -> None:
    """Listen until cancelled; print the address first."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: ClientEnd(server, delay), HOST, port)
    print(f"http://{HOST}:{listener.sockets[0].getsockname()[1]}", flush=True)
    await listener.serve_forever()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("upstream", help="the server's URL")
    parser.add_argument("--milliseconds", type=float, default=20)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    upstream = urlsplit(arguments.upstream)
    server = (upstream.hostname or HOST, upstream.port or 80)
    asyncio.run(serve(server, arguments.port, arguments.milliseconds / 1000))


if __name__ == "__main__":
    main()
