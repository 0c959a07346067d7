"""Image records in one table of Amazon DynamoDB."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import translated
from imgmeta.adapters.dynamodb.batches import MAX_BATCH, get_batch
from imgmeta.adapters.dynamodb.items import (
    ENTRY_ATTRIBUTES,
    entry_of,
    item_of,
    object_key_of,
    record_of,
    state_of,
    text_of,
)
from imgmeta.adapters.dynamodb.keys import KeyRange, key_range, sorted_by_key
from imgmeta.adapters.dynamodb.paging import Pager
from imgmeta.adapters.dynamodb.table import BUCKET_KEY_INDEX, check_table
from imgmeta.adapters.dynamodb.uploads import uploaded_between
from imgmeta.adapters.dynamodb.writes import (
    is_refusal,
    refused_over,
    result_of_refusal,
    write_request,
)
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import StoredState, WriteCondition, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.text import printable
from imgmeta.core.timestamps import ceil_seconds
from imgmeta.errors import InvalidRecordError, TransientError
from imgmeta.ports import UploadCursor

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from imgmeta.adapters.dynamodb.items import Attributes, Stored

__all__ = ["DynamoDBImageRepository"]

_MAX_BUCKET_BYTES = 2048
_Read = TypeVar("_Read")

_IMAGE_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class DynamoDBImageRepository:
    """Image records in one table, which is as `table_definition` says.

    Any number of threads and processes may read and write it at once. What `get` and `get_many` do
    not answer comes from indexes, which follow the table within moments. A tombstone is forgotten
    by the table itself, where its time to live is set to `ExpiresAt`.

    Args:
        client: of DynamoDB.
        table: the table's name.
        clock: the time now, aware.
        concurrency: partitions that a query for a time asks at once; the client should have as
            many connections.
        pause: waits for so many seconds.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        clock: Callable[[], datetime],
        concurrency: int = 16,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._pause = pause
        self._name = f"the table {printable(table)}"
        self._pager = Pager(client, table, self._name, concurrency=concurrency)

    def close(self) -> None:
        """End the threads of this repository; the longer queries cannot be made any more."""
        self._pager.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check(self) -> None:
        """Ask once whether the table can be used, so that a person need not find out.

        Raises:
            ConfigurationError: it cannot, in a sentence that says what to do.
            TransientError: DynamoDB cannot say now.
        """
        check_table(self._client, self._table)

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this id, as the port says."""
        if not _IMAGE_ID.fullmatch(image_id):
            return None
        item = self._item(image_id)
        return None if item is None else self._record(item)

    def get_many(self, image_ids: Iterable[str]) -> Iterator[ImageRecord]:
        """Yield the records with these ids, as the port says."""
        wanted = filter(_IMAGE_ID.fullmatch, dict.fromkeys(image_ids))
        while batch := tuple(islice(wanted, MAX_BATCH)):
            items = get_batch(self._client, self._table, self._name, batch, self._pause)
            yield from map(self._record, items)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write on a condition, as the port says."""
        incoming = record.state
        item = item_of(record, self._clock())
        request = write_request(self._table, item, incoming, condition)
        with translated(f"{self._name} cannot be written"):
            try:
                self._client.put_item(**request)
            except ClientError as error:
                if not is_refusal(error):
                    raise
                refusal = error
            else:
                return WriteResult.STORED
        found = refused_over(refusal) or self._item(record.image_id)
        stored = None if found is None else self._state(found)
        result = result_of_refusal(refusal, stored, incoming, condition)
        if result is None:
            msg = f"{self._name} cannot be written: another writer was there in between"
            raise TransientError(msg)
        return result

    def uploaded_between(
        self, since: datetime, until: datetime, *, after: UploadCursor | None = None
    ) -> Iterator[ImageRecord]:
        """Yield the records uploaded in this time, as the port says."""
        start = UploadCursor(ceil_seconds(since), "")
        if after is not None:
            start = max(start, after)
        return uploaded_between(
            self._pager, self._record, start, ceil_seconds(until), now=self._clock()
        )

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
    ) -> Iterator[ImageRecord]:
        """Yield the records whose keys start with `prefix`, as the port says."""
        request = {} if include_deleted else _without_tombstones()
        return map(self._record, self._listed(bucket, key_range(prefix, after), request))

    def entries(self, bucket: str, prefix: str = "") -> Iterator[IndexEntry]:
        """Yield what a listing is compared with, as the port says."""
        request = _without_tombstones()
        names = {f"#{name}": name for name in ENTRY_ATTRIBUTES}
        request["ProjectionExpression"] = ", ".join(names)
        request["ExpressionAttributeNames"] |= names
        return map(self._entry, self._listed(bucket, key_range(prefix), request))

    def scan(self, *, include_deleted: bool = False) -> Iterator[ImageRecord]:
        """Yield every record, as the port says."""
        pages = self._pager.scan({} if include_deleted else _without_tombstones())
        return (self._record(item) for page in pages for item in page.items)

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return how many records `list_prefix` would yield."""
        within = key_range(prefix)
        if within is None or not _can_be_bucket(bucket):
            return 0
        if not within.is_exact:
            return sum(1 for _ in self.entries(bucket, prefix))
        request = _of_bucket(bucket, within, {"Select": "COUNT", **_without_tombstones()})
        return sum(page.found for page in self._pager.query(request))

    def _listed(
        self, bucket: str, within: KeyRange | None, request: dict[str, Any]
    ) -> Iterator["Attributes"]:
        if within is None or not _can_be_bucket(bucket):
            return
        pages = self._pager.query(_of_bucket(bucket, within, request))
        indexed = ((text_of(item, "ObjectKey"), item) for page in pages for item in page.items)
        for item in sorted_by_key(indexed, object_key_of):
            if within.holds(object_key_of(item)):
                yield item

    def _item(self, image_id: str) -> "Stored | None":
        with translated(f"{self._name} cannot be read"):
            answer = self._client.get_item(
                TableName=self._table, Key={"ImageId": {"S": image_id}}, ConsistentRead=True
            )
        return answer.get("Item")

    def _record(self, item: "Stored") -> ImageRecord:
        return self._read(record_of, item)

    def _entry(self, item: "Stored") -> IndexEntry:
        return self._read(entry_of, item)

    def _state(self, item: "Stored") -> StoredState:
        return self._read(state_of, item)

    def _read(self, read: "Callable[[Stored], _Read]", item: "Stored") -> _Read:
        try:
            return read(item)
        except InvalidRecordError as error:
            name = "ImageId" if "ImageId" in item else "ObjectKey"
            where = printable(item.get(name, {}).get("S", ""))
            msg = (
                f"{self._name} is damaged at the {name} {where} ({error}): delete that item, "
                "and `imgmeta sync` makes it anew"
            )
            raise InvalidRecordError(msg) from error


def _without_tombstones() -> dict[str, Any]:
    return {
        "FilterExpression": "#status <> :deleted",
        "ExpressionAttributeNames": {"#status": "Status"},
        "ExpressionAttributeValues": {":deleted": {"S": Status.DELETED.value}},
    }


def _of_bucket(bucket: str, within: KeyRange, request: dict[str, Any]) -> dict[str, Any]:
    """Return the request, asked of the keys of one bucket in this range."""
    condition = "#bucket = :bucket"
    names = {"#bucket": "BucketName"}
    values = {":bucket": {"S": bucket}}
    if within.start:  # an empty text is no key to compare with
        names["#key"] = "ObjectKey"
        values[":start"] = {"S": within.start}
        condition += " AND #key >= :start"
    if within.end is not None:
        values[":end"] = {"S": within.end}
        condition = "#bucket = :bucket AND #key BETWEEN :start AND :end"
    return {
        **request,
        "IndexName": BUCKET_KEY_INDEX,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names | request.get("ExpressionAttributeNames", {}),
        "ExpressionAttributeValues": values | request.get("ExpressionAttributeValues", {}),
    }


def _can_be_bucket(bucket: str) -> bool:
    try:
        return 0 < len(bucket.encode()) <= _MAX_BUCKET_BYTES
    except UnicodeEncodeError:
        return False
