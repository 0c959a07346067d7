"""Servers that run in a thread of the test process."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from socketserver import BaseServer

__all__ = ["serving"]


@contextmanager
def serving(server: BaseServer) -> Generator[None]:
    """Serve requests in another thread while the context is open, then close the server."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
