"""Queries page by page, the next page asked for while one is read, and many queries at once."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from imgmeta.adapters.aws import translated
from imgmeta.errors import PermanentError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef, ScanOutputTypeDef

    from imgmeta.adapters.dynamodb.items import Attributes

    Ask = Callable[..., QueryOutputTypeDef | ScanOutputTypeDef]

__all__ = ["Page", "Pager", "Request"]

Request = Mapping[str, Any]
"""The arguments of Query or Scan, but for the table."""


class Page(NamedTuple):
    """One answer.

    Attributes:
        items: what it holds.
        found: how many were found, also where only that was asked.
        last: where the next page goes on; None: there is no more.
    """

    items: "list[Attributes]"
    found: int
    last: "Attributes | None"


class Pager:
    """Asks for pages of one table. Any number of threads may use it at once.

    Args:
        client: of DynamoDB.
        table: the table's name.
        name: what the table is called in messages.
        concurrency: pages that are asked for at once; the threads are started when they are needed.
    """

    def __init__(
        self, client: "DynamoDBClient", table: str, name: str, *, concurrency: int
    ) -> None:
        self._client = client
        self._table = table
        self._name = name
        self._concurrency = max(concurrency, 1)
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False

    @property
    def concurrency(self) -> int:
        """How many pages are asked for at once."""
        return self._concurrency

    def close(self) -> None:
        """Stop the threads; nothing more can be asked in them."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def query(self, request: Request, *, at_once: bool = False) -> Iterator[Page]:
        """Yield the pages of a query; see `scan`."""
        return self._pages(self._client.query, request, at_once=at_once)

    def scan(self, request: Request) -> Iterator[Page]:
        """Yield the pages of a scan.

        While a page is read, the next one is asked for; no more than that is held.

        Args:
            request: what is asked.
            at_once: ask for the first page before it is wanted.

        Raises:
            TransientError: while iterating: it cannot be answered now.
            PermanentError: while iterating: it cannot be answered.
        """
        return self._pages(self._client.scan, request, at_once=False)

    def first_of_scan(self, request: Request) -> Page:
        """Return the first page of a scan, and ask for no more."""
        return self._page(self._client.scan, request)

    def _pages(self, ask: "Ask", request: Request, *, at_once: bool) -> Iterator[Page]:
        return self._following(ask, request, self._submit(ask, request) if at_once else None)

    def _following(
        self, ask: "Ask", request: Request, first: "Future[Page] | None"
    ) -> Iterator[Page]:
        page = self._page(ask, request) if first is None else self._result(first)
        while page.last is not None:
            following = self._submit(ask, {**request, "ExclusiveStartKey": page.last})
            yield page
            page = self._result(following)
        yield page

    def _page(self, ask: "Ask", request: Request) -> Page:
        with translated(f"{self._name} cannot be read"):
            answer = ask(TableName=self._table, **request)
        return Page(answer.get("Items", []), answer["Count"], answer.get("LastEvaluatedKey"))

    def _submit(self, ask: "Ask", request: Request) -> "Future[Page]":
        with self._lock:
            if self._closed:
                raise PermanentError(self._was_closed)
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._concurrency, "imgmeta-dynamodb")
            return self._pool.submit(self._page, ask, request)

    def _result(self, future: "Future[Page]") -> Page:
        try:
            return future.result()
        except CancelledError as error:
            raise PermanentError(self._was_closed) from error

    @property
    def _was_closed(self) -> str:
        return f"{self._name} was closed"
