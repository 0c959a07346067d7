"""An emulator of AWS in this process that counts requests and the units of DynamoDB."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from write_units import Table, read_units

__all__ = ["CountingServer", "counting_server"]

_CONDITION_FAILED = b"ConditionalCheckFailedException"


class CountingServer:
    """Passes requests to moto and counts them.

    Attributes:
        counts: requests by operation, `write units` and `read units`.
    """

    def __init__(self) -> None:
        self.url = ""
        self.counts = Counter[str]()
        self._application = DomainDispatcherApplication(create_backend_app)
        self._tables: dict[str, Table] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Handle a request: the interface of WSGI, PEP 3333."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        response: Iterable[bytes] = self._application(environ, start_response)
        content = b"".join(response)
        with self._lock:
            self._count(environ, body, content)
        return [content]

    def take_counts(self) -> Counter[str]:
        """Return the counts since the last call."""
        with self._lock:
            counts, self.counts = self.counts, Counter[str]()
        return counts

    def _count(self, environ: dict[str, Any], body: bytes, content: bytes) -> None:
        target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        if not target:
            is_action = body.startswith(b"Action=")
            action = body.partition(b"Action=")[2].partition(b"&")[0].decode()
            self.counts[action if is_action else environ["REQUEST_METHOD"]] += 1
            return
        self.counts[target] += 1
        request = json.loads(body)
        if target == "CreateTable":
            self._tables[request["TableName"]] = _table(request)
        elif target == "PutItem":
            table = self._tables[request["TableName"]]
            units = table.put(request["Item"], is_written=_CONDITION_FAILED not in content)
            self.counts["write units"] += units
        elif target == "GetItem":
            item = self._tables[request["TableName"]].item(request["Key"])
            self.counts["read units"] += read_units(item)


def _table(request: dict[str, Any]) -> Table:
    (key,) = [each["AttributeName"] for each in request["KeySchema"]]
    indexes = request.get("GlobalSecondaryIndexes", [])
    return Table(key, [[key["AttributeName"] for key in each["KeySchema"]] for each in indexes])


@contextmanager
def counting_server() -> Generator[CountingServer]:
    """Run the server in a thread."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else it prints each request
    application = CountingServer()
    server = make_server("127.0.0.1", 0, application, threaded=True)
    application.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield application
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
