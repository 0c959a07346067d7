"""Connections that the function keeps for its most frequent requests to AWS."""

import socket
import ssl
import time
import weakref
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError
from botocore.httpsession import create_urllib3_context, get_cert_path
from botocore.utils import get_environ_proxies

from imgmeta.adapters.aws.http_messages import (
    Answer,
    Body,
    LostConnectionError,
    UnsupportedResponseError,
    read_answer,
    request_message,
)

__all__ = ["DirectTransport"]

_DEFAULT_PORTS = {"http": 80, "https": 443}

_IDLE_SECONDS = 1.0
"""A connection that was not used for this time is checked first: the server may have closed it."""

_RECEIVED_BYTES = 256 * 1024
"""Bytes received at once: more than a first block, so that usually one system call is enough."""


class _Server(NamedTuple):
    scheme: str
    host: str
    port: int


class _Connection:
    """A connection to a server, for one request at a time."""

    def __init__(self, connected: socket.socket, read_timeout: float) -> None:
        self._socket = connected
        self._read_timeout = read_timeout
        self.used_at = 0.0
        connected.settimeout(read_timeout)

    def exchange(self, message: bytes) -> Answer:
        """Send a request and return the response; errors are those of `read_answer`."""
        self._socket.sendall(message)
        return read_answer(lambda: self._socket.recv(_RECEIVED_BYTES))

    def is_open(self) -> bool:
        """Return whether the server has neither closed the connection nor sent anything."""
        self._socket.settimeout(0)
        try:
            self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        else:
            return False
        finally:
            self._socket.settimeout(self._read_timeout)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


class DirectTransport:
    """Sends requests of botocore on connections that it keeps. Thread-safe.

    Args:
        connect_timeout: seconds to wait for a connection.
        read_timeout: seconds to wait for each part of a response.
        certificates: a file or folder of trusted certificates; None: botocore's.
        monotonic: returns the seconds of a clock that never goes back.
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        read_timeout: float,
        certificates: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._certificates = certificates
        self._monotonic = monotonic
        self._lock = Lock()
        self._kept: defaultdict[_Server, list[_Connection]] = defaultdict(list)
        self._has_proxy: dict[_Server, bool] = {}
        self._context: ssl.SSLContext | None = None
        weakref.finalize(self, _close_all, self._kept)

    def send(self, request: AWSPreparedRequest) -> AWSResponse | None:
        """Send a request; return the response, or None if botocore must send it itself.

        A request is repeated by botocore if the server closed a kept connection meanwhile, which is
        no failure. Every other lost response is an error that counts as an attempt.

        Raises:
            ConnectionClosedError: the connection ended before the response was complete.
            ConnectTimeoutError: the server did not accept the connection in time.
            ReadTimeoutError: the server did not respond in time.
        """
        url = urlsplit(request.url)
        server, message = _server(url), _message(request, url)
        if server is None or message is None or self._uses_proxy(server, request.url):
            return None
        connection = self._reuse(server)
        was_kept = connection is not None
        if connection is None and (connection := self._connect(server, request.url)) is None:
            return None
        try:
            answer = connection.exchange(message)
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except UnsupportedResponseError:
            connection.close()
            return None
        except (LostConnectionError, OSError) as error:
            connection.close()
            if was_kept and getattr(error, "is_empty", True):
                return None
            raise ConnectionClosedError(
                endpoint_url=request.url, request=request, error=error
            ) from error
        if answer.keeps_connection:
            self._keep(server, connection)
        else:
            connection.close()
        none: Any = {}
        response: Any = AWSResponse(request.url, answer.status, none, Body(answer.body))
        response.headers = answer.headers
        sent: AWSResponse = response
        return sent

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            _close_all(self._kept)

    def _uses_proxy(self, server: _Server, url: str) -> bool:
        if server not in self._has_proxy:
            self._has_proxy[server] = bool(get_environ_proxies(url))
        return self._has_proxy[server]

    def _reuse(self, server: _Server) -> _Connection | None:
        while True:
            with self._lock:
                connections = self._kept[server]
                connection = connections.pop() if connections else None
            if connection is None:
                return None
            if self._monotonic() - connection.used_at < _IDLE_SECONDS or connection.is_open():
                return connection
            connection.close()

    def _keep(self, server: _Server, connection: _Connection) -> None:
        connection.used_at = self._monotonic()
        with self._lock:
            self._kept[server].append(connection)

    def _connect(self, server: _Server, url: str) -> _Connection | None:
        """Return a new connection; None if botocore must report why there is none."""
        address = (server.host, server.port)
        with ExitStack() as stack:
            try:
                connected = socket.create_connection(address, timeout=self._connect_timeout)
                stack.callback(connected.close)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if server.scheme == "https":
                    context = self._tls_context()
                    connected = context.wrap_socket(connected, server_hostname=server.host)
            except TimeoutError as error:
                raise ConnectTimeoutError(endpoint_url=url, error=error) from error
            except (OSError, ValueError):  # a ValueError for an invalid name of the host
                return None
            stack.pop_all()
        return _Connection(connected, self._read_timeout)

    def _tls_context(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                context: ssl.SSLContext = create_urllib3_context()
                context.check_hostname = True  # which urllib3 does after the handshake
                path = str(self._certificates or get_cert_path(verify=True))
                is_folder = Path(path).is_dir()
                context.load_verify_locations(**{"capath" if is_folder else "cafile": path})
                self._context = context
            return self._context


def _close_all(kept: dict[_Server, list[_Connection]]) -> None:
    for connections in kept.values():
        for connection in connections:
            connection.close()
    kept.clear()


def _server(url: SplitResult) -> _Server | None:
    try:
        port = url.port or _DEFAULT_PORTS[url.scheme]
    except (KeyError, ValueError):
        return None
    if not url.hostname or "@" in url.netloc:
        return None
    return _Server(url.scheme, url.hostname, port)


def _message(request: AWSPreparedRequest, url: SplitResult) -> bytes | None:
    body = request.body
    if body is not None and not isinstance(body, bytes):
        return None
    target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    host = url.netloc.removesuffix(f":{_DEFAULT_PORTS.get(url.scheme)}")
    return request_message(request.method, target, host, dict(request.headers), body or b"")
