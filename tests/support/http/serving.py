"""Servers that run in a thread of the test process."""

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import Any

__all__ = ["serving"]


@contextmanager
def serving(server: BaseServer) -> Generator[None]:
    """Serve requests in another thread while the context is open, then close the server.

    A client that disconnects is not an error: the server would print a traceback, possibly while
    another test compares standard error.
    """
    report = server.handle_error

    def report_other_errors(request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the base class
        if not isinstance(sys.exception(), ConnectionError):
            report(request, client_address)

    # A method of this object only, so that each kind of server can be used.
    server.handle_error = report_other_errors  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
