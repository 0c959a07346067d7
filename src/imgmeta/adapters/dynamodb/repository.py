"""Image records in an Amazon DynamoDB table."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import translate_errors
from imgmeta.adapters.dynamodb.items import (
    entry_from_item,
    item_from_record,
    object_key,
    record_from_item,
    text_attribute,
)
from imgmeta.adapters.dynamodb.keys import KeyRange, key_range, sorted_by_key
from imgmeta.adapters.dynamodb.paging import Pager
from imgmeta.adapters.dynamodb.responses import parse_items_directly
from imgmeta.adapters.dynamodb.table import BUCKET_KEY_INDEX, check_table
from imgmeta.adapters.dynamodb.uploads import PAGE_SIZE, UploadSpan, read_uploads, uploaded_between
from imgmeta.adapters.dynamodb.writes import (
    is_condition_failure,
    overwrite_request,
    result_of_failed_condition,
    stored_item,
    write_request,
)
from imgmeta.core.cursors import UploadCursor
from imgmeta.core.decoding import decode_records
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import WriteCondition, WriteResult, decide
from imgmeta.core.records import ImageRecord
from imgmeta.core.status import Status
from imgmeta.core.text import printable
from imgmeta.core.timestamps import ceil_seconds
from imgmeta.errors import InvalidRecordError, Remedy
from imgmeta.ports import OnUnreadable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef

    from imgmeta.adapters.dynamodb.items import Attributes, Item

__all__ = ["DynamoDBImageRepository"]

_MAX_BUCKET_BYTES = 2048
_IMAGE_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class DynamoDBImageRepository:
    """Image records in one table with the schema of `table_definition`.

    Any number of threads and processes may read and write it concurrently. `get` reads the table;
    all other queries read its indexes, which lag behind by moments. The table deletes expired
    tombstones itself if its time to live is set to `ExpiresAt`.

    Args:
        client: a DynamoDB client.
        table: the table's name.
        clock: returns the current time, timezone-aware.
        concurrency: partitions that `uploaded_between` queries concurrently; the client needs as
            many connections.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        clock: Callable[[], datetime],
        concurrency: int = 16,
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._name = f"the table {printable(table)}"
        parse_items_directly(client)
        self._pager = Pager(client, table, self._name, concurrency=concurrency)

    def close(self) -> None:
        """Stop the threads; later queries of several pages raise PermanentError."""
        self._pager.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check(self) -> None:
        """Check that the table can be used as an index.

        Raises:
            ConfigurationError: the table cannot be used.
            TransientError: DynamoDB is temporarily unavailable.
        """
        check_table(self._client, self._table)

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this ID: see `ImageRepository.get`."""
        if not _IMAGE_ID.fullmatch(image_id):
            return None
        item = self._item(image_id)
        return None if item is None else self._record(item)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write the record conditionally: see `ImageRepository.put`."""
        incoming = record.state
        item = item_from_record(record, self._clock())
        request = write_request(self._table, item, incoming, condition)
        failure = self._put_item(request)
        if failure is None:
            return WriteResult.STORED
        stored = stored_item(failure) or self._item(record.image_id)
        if stored is None:  # deleted since the condition failed
            return WriteResult.CONFLICT
        try:
            state = record_from_item(stored).state
        except InvalidRecordError:
            result = decide(None, incoming, condition)
            if result is WriteResult.STORED and self._put_item(overwrite_request(request, stored)):
                return WriteResult.CONFLICT
            return result
        return result_of_failed_condition(failure, state, incoming, condition)

    def uploaded_between(
        self,
        since: datetime,
        until: datetime,
        *,
        after: UploadCursor | None = None,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        """Yield records by upload time: see `ImageRepository.uploaded_between`."""
        start = UploadCursor(ceil_seconds(since), "")
        if after is not None:
            start = max(start, after)
        decode = partial(decode_records, decode=self._record, on_unreadable=on_unreadable)
        return uploaded_between(self._pager, decode, start, ceil_seconds(until), now=self._clock())

    def uploads(
        self,
        first: int,
        last: int,
        *,
        descending: bool = False,
        expected: int | None = None,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        """Yield records by upload time, from either end: see `UploadHistory.uploads`."""
        page_size = PAGE_SIZE if expected is None else min(max(expected, 1), PAGE_SIZE)
        decode = partial(decode_records, decode=self._record, on_unreadable=on_unreadable)
        span = UploadSpan(first, last, descending, page_size)
        return read_uploads(self._pager, decode, span, now=self._clock())

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        """Yield records in key order: see `ImageRepository.list_prefix`."""
        request = {} if include_deleted else _without_tombstones()
        items = self._listed(bucket, key_range(prefix, after), request)
        return decode_records(items, self._record, on_unreadable)

    def entries(
        self, bucket: str, prefix: str = "", *, after: str | None = None
    ) -> Iterator[IndexEntry]:
        """Yield index entries in key order: see `ImageRepository.entries`."""
        # With all attributes, since any of them may be unreadable; DynamoDB charges for all anyway.
        items = self._listed(bucket, key_range(prefix, after), _without_tombstones())
        return map(entry_from_item, items)

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        """Yield every record: see `ImageRepository.scan`."""
        pages = self._pager.scan({} if include_deleted else _without_tombstones())
        items = (item for page in pages for item in page.items)
        return decode_records(items, self._record, on_unreadable)

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return the number of records: see `ImageRepository.count`."""
        keys = key_range(prefix)
        if keys is None or not _is_possible_bucket(bucket):
            return 0
        if not keys.is_exact:
            return sum(1 for _ in self.entries(bucket, prefix))
        request = _in_bucket(bucket, keys, {"Select": "COUNT", **_without_tombstones()})
        return sum(page.item_count for page in self._pager.query(request))

    def _listed(
        self, bucket: str, keys: KeyRange | None, request: dict[str, Any]
    ) -> Iterator["Attributes"]:
        if keys is None or not _is_possible_bucket(bucket):
            return
        pages = self._pager.query(_in_bucket(bucket, keys, request))
        indexed = (
            (text_attribute(item, "ObjectKey"), item) for page in pages for item in page.items
        )
        for item in sorted_by_key(indexed, object_key):
            if keys.matches(object_key(item)):
                yield item

    def _item(self, image_id: str) -> "Item | None":
        with translate_errors(f"cannot read {self._name}"):
            response = self._client.get_item(
                TableName=self._table, Key={"ImageId": {"S": image_id}}, ConsistentRead=True
            )
        return response.get("Item")

    def _put_item(self, request: "PutItemInputTypeDef") -> ClientError | None:
        """Write an item; return the error if the condition does not hold."""
        with translate_errors(f"cannot write to {self._name}"):
            try:
                self._client.put_item(**request)
            except ClientError as error:
                if not is_condition_failure(error):
                    raise
                return error
        return None

    def _record(self, item: "Item") -> ImageRecord:
        try:
            return record_from_item(item)
        except InvalidRecordError as error:
            name = "ObjectKey" if "ObjectKey" in item else "ImageId"
            value = printable(item.get(name, {}).get("S", ""))
            msg = f"the record of {value} in {self._name} is unreadable ({error})"
            raise InvalidRecordError(msg, remedy=Remedy.SYNC) from error


def _without_tombstones() -> dict[str, Any]:
    return {
        "FilterExpression": "#status <> :deleted",
        "ExpressionAttributeNames": {"#status": "Status"},
        "ExpressionAttributeValues": {":deleted": {"S": Status.DELETED.value}},
    }


def _in_bucket(bucket: str, keys: KeyRange, request: dict[str, Any]) -> dict[str, Any]:
    """Return the request, limited to a range of keys in one bucket."""
    condition = "#bucket = :bucket"
    names = {"#bucket": "BucketName"}
    values = {":bucket": {"S": bucket}}
    if keys.start:  # DynamoDB rejects an empty key
        names["#key"] = "ObjectKey"
        values[":start"] = {"S": keys.start}
        condition += " AND #key >= :start"
    if keys.end is not None:
        values[":end"] = {"S": keys.end}
        condition = "#bucket = :bucket AND #key BETWEEN :start AND :end"
    return {
        **request,
        "IndexName": BUCKET_KEY_INDEX,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names | request.get("ExpressionAttributeNames", {}),
        "ExpressionAttributeValues": values | request.get("ExpressionAttributeValues", {}),
    }


def _is_possible_bucket(bucket: str) -> bool:
    try:
        return 0 < len(bucket.encode()) <= _MAX_BUCKET_BYTES
    except UnicodeEncodeError:
        return False
