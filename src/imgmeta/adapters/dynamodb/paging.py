"""Pages of queries and scans, with the next page fetched in advance."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, translate_errors
from imgmeta.adapters.dynamodb.table import lacks_index
from imgmeta.core.text import printable
from imgmeta.errors import PermanentError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef, ScanOutputTypeDef

    from imgmeta.adapters.dynamodb.items import Attributes

    Operation = Callable[..., QueryOutputTypeDef | ScanOutputTypeDef]

__all__ = ["Page", "Pager", "Request"]

Request = Mapping[str, Any]
"""The arguments of Query or Scan, except for the table."""

_INVALID_QUERY = frozenset({"ValidationException", "ResourceNotFoundException"})
"""Responses to a query of an index that the table lacks, or that has other keys."""


class Page(NamedTuple):
    """One page of a query or scan.

    Attributes:
        items: the items; empty if only their number was requested.
        item_count: the number of items.
        next_start: the start key of the next page; None if this is the last page.
    """

    items: "list[Attributes]"
    item_count: int
    next_start: "Attributes | None"


class Pager:
    """Fetches pages of one table. Thread-safe.

    Args:
        client: a DynamoDB client.
        table: the table's name.
        name: the table's name in messages.
        concurrency: pages fetched concurrently; threads are started when they are needed.
    """

    def __init__(
        self, client: "DynamoDBClient", table: str, name: str, *, concurrency: int
    ) -> None:
        self._client = client
        self._table = table
        self._name = name
        self._closed_message = f"cannot read {name}: the repository is closed"
        self.concurrency = max(concurrency, 1)
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False

    def close(self) -> None:
        """Stop the threads; later fetches in them raise PermanentError."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def query(self, request: Request, *, prefetch: bool = False) -> Iterator[Page]:
        """Yield the pages of a query; each page is fetched while the previous one is read.

        Args:
            request: the arguments of the query.
            prefetch: start to fetch the first page immediately.

        Raises:
            TransientError: while iterating: the table is temporarily unavailable.
            PermanentError: while iterating: the table cannot be read.
        """
        first = self._submit(self._client.query, request) if prefetch else None
        return self._pages(self._client.query, request, first)

    def scan(self, request: Request) -> Iterator[Page]:
        """Yield the pages of a scan: see `query`."""
        return self._pages(self._client.scan, request)

    def first_scan_page(self, request: Request) -> Page:
        """Return the first page of a scan, and fetch no other."""
        return self._fetch(self._client.scan, request)

    def missing_index(self, index: str) -> PermanentError:
        """Return the error for an index that the table lacks, or that has other keys."""
        command = f"imgmeta migrate --store dynamodb://{printable(self._table)}"
        msg = f"{self._name} has no index {index} for this query: add it with `{command}`"
        return PermanentError(msg)

    def _pages(
        self, operation: "Operation", request: Request, first: "Future[Page] | None" = None
    ) -> Iterator[Page]:
        page = self._fetch(operation, request) if first is None else self._result(first)
        while page.next_start is not None:
            upcoming = self._submit(operation, {**request, "ExclusiveStartKey": page.next_start})
            yield page
            page = self._result(upcoming)
        yield page

    def _fetch(self, operation: "Operation", request: Request) -> Page:
        try:
            with translate_errors(f"cannot read {self._name}"):
                response = operation(TableName=self._table, **request)
        except PermanentError as error:
            cause = error.__cause__
            is_invalid = isinstance(cause, ClientError) and error_code(cause) in _INVALID_QUERY
            index = request.get("IndexName")
            if is_invalid and index and lacks_index(self._client, self._table, index):
                raise self.missing_index(index) from cause
            raise
        return Page(response.get("Items", []), response["Count"], response.get("LastEvaluatedKey"))

    def _submit(self, operation: "Operation", request: Request) -> "Future[Page]":
        with self._lock:
            if self._closed:
                raise PermanentError(self._closed_message)
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.concurrency, "imgmeta-dynamodb")
            return self._pool.submit(self._fetch, operation, request)

    def _result(self, future: "Future[Page]") -> Page:
        try:
            return future.result()
        except CancelledError as error:
            raise PermanentError(self._closed_message) from error
