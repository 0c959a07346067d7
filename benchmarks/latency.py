"""Proxy that simulates network latency: delays each request to a server.

    python benchmarks/latency.py http://127.0.0.1:5000 --milliseconds 20 [--port 0]

Prints its own URL once it listens, and runs until it is terminated. It forwards the bytes of the
client after the delay and those of the server at once, so the delay is a whole round trip. It does
not parse the bytes, keeps their order in each connection, and serves any number of connections
concurrently. Connecting is not delayed, because clients reuse their connections.
"""

import argparse
import asyncio
from collections import deque
from urllib.parse import urlsplit

HOST = "127.0.0.1"


class End(asyncio.Protocol):
    """One end of a connection; forwards the bytes it receives to the other end after a delay."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._delayed: deque[bytes | None] = deque()
        self._transport: asyncio.Transport | None = None
        self.other: End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for writing."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP transports are of this class
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Forward received bytes."""
        self._forward(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forward the end of the connection."""
        del exc
        self._forward(None)

    def send(self, data: bytes | None) -> None:
        """Write data to this end's peer; close the connection if `data` is None."""
        if self._transport is None or self._transport.is_closing():
            return
        if data is None:
            self._transport.close()
        else:
            self._transport.write(data)

    def _forward(self, data: bytes | None) -> None:
        # Timers that expire at the same moment run in no defined order; the queue keeps the order.
        self._delayed.append(data)
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._arrive)
        else:
            self._arrive()

    def _arrive(self) -> None:
        data = self._delayed.popleft()
        if self.other is not None:
            self.other.send(data)


class ClientEnd(End):
    """The client's end of a connection; connects to the server before it reads."""

    def __init__(self, server: tuple[str, int], delay: float) -> None:
        super().__init__(delay)
        self._server = server
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport and connect to the server."""
        super().connection_made(transport)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        assert self._transport is not None  # noqa: S101 - set before
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
    """Print the proxy's URL and listen until canceled."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: ClientEnd(server, delay), HOST, port)
    print(f"http://{HOST}:{listener.sockets[0].getsockname()[1]}", flush=True)
    await listener.serve_forever()


def main() -> None:
    """Parse the arguments and run the proxy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("upstream", help="URL of the server")
    parser.add_argument("--milliseconds", type=float, default=20, help="delay of each request")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0: any")
    arguments = parser.parse_args()
    upstream = urlsplit(arguments.upstream)
    server = (upstream.hostname or HOST, upstream.port or 80)
    asyncio.run(serve(server, arguments.port, arguments.milliseconds / 1000))


if __name__ == "__main__":
    main()
