"""Tests of the DynamoDB repository beyond the contract tests."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from imgmeta.core.cursors import UploadCursor
from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import (
    ConfigurationError,
    InvalidRecordError,
    PermanentError,
    TransientError,
)
from imgmeta.testing.strategies.record_examples import SEEN_AT, image_record

pytest.importorskip("moto")

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import NoCredentialsError

from imgmeta.adapters.dynamodb import (
    DynamoDBImageRepository,
    create_table,
    table_definition,
    uploads,
)
from imgmeta.adapters.dynamodb.partitions import days_between, upload_partition
from support.aws.dynamodb_tables import (
    TableHarness,
    error_response,
    limit_pages,
    moto_client,
    record_calls,
    register_handler,
    stub_responses,
)

DAY = datetime(2026, 11, 20, tzinfo=UTC)
THROTTLED = error_response("ProvisionedThroughputExceededException")


@pytest.fixture
def table() -> Iterator[TableHarness]:
    with ExitStack() as cleanup:
        client = cleanup.enter_context(moto_client())
        yield TableHarness(client, cleanup)


@pytest.fixture
def retrying_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableHarness]:
    """A table whose client retries failed requests."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with ExitStack() as cleanup:
        client = cleanup.enter_context(moto_client(attempts=3))
        yield TableHarness(client, cleanup)


def number(value: int) -> str:
    return f"{value:032X}"


def uploaded(at: datetime, key: str = "a") -> ImageRecord:
    return image_record(key, upload_timestamp=int(at.timestamp()))


def keys(records: Iterator[ImageRecord]) -> list[str]:
    return [record.object_key for record in records]


def text(call: dict[str, Any], name: str) -> str:
    value: str = call["ExpressionAttributeValues"][name]["S"]
    return value


def lose_one_response(table: TableHarness, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Lose the response to the next write, after the write was executed."""

    class EmptyBody:
        def stream(self) -> Iterator[bytes]:
            yield b""

    lost: list[bool] = []

    def lose(**_: object) -> AWSResponse | None:
        if lost:
            return None
        lost.append(True)
        return AWSResponse("http://127.0.0.1", 500, HTTPHeaders(), EmptyBody())

    def before_retry(**_: object) -> None:
        if len(lost) == 1:
            lost.append(True)
            meanwhile()

    # botocore calls all handlers and uses the first response, so moto still executes the write.
    table.client.meta.events.register_first("before-send.dynamodb.PutItem", lose)  # type: ignore[arg-type] # the stubs allow no return value
    register_handler(table.client, "needs-retry.dynamodb.PutItem", before_retry)


class TestWriting:
    @pytest.mark.parametrize("condition", [IfNewer(), IfRevision(None), IfRevision("r0")])
    def test_write_with_lost_response_is_stored(
        self, retrying_table: TableHarness, condition: IfNewer | IfRevision
    ) -> None:
        if condition == IfRevision("r0"):
            retrying_table.insert_directly(image_record(revision="r0"))
        calls: list[object] = []
        register_handler(
            retrying_table.client, "before-send.dynamodb.PutItem", lambda **_: calls.append(None)
        )
        lose_one_response(retrying_table)
        record = image_record(revision="mine", sequencer=number(1))
        assert retrying_table.repository.put(record, condition) is WriteResult.STORED
        assert len(calls) == 2
        assert retrying_table.repository.get(record.image_id) == record

    def test_write_of_another_writer_is_not_mistaken_for_own(
        self, retrying_table: TableHarness
    ) -> None:
        theirs = image_record(revision="theirs", sequencer=number(1))
        lose_one_response(retrying_table, meanwhile=lambda: retrying_table.insert_directly(theirs))
        mine = image_record(revision="mine", sequencer=number(1))
        assert retrying_table.repository.put(mine, IfNewer()) is WriteResult.DUPLICATE

    def test_repeated_write_is_not_mistaken_for_lost_response(
        self, retrying_table: TableHarness
    ) -> None:
        record = image_record(sequencer=number(1))
        results = [
            retrying_table.repository.put(record, condition)
            for condition in (IfNewer(), IfNewer(), IfRevision(None))
        ]
        assert results == [WriteResult.STORED, WriteResult.DUPLICATE, WriteResult.CONFLICT]

    def test_item_is_read_if_response_has_none(self, table: TableHarness) -> None:
        def request_no_item(params: dict[str, Any], **_: object) -> None:
            params["ReturnValuesOnConditionCheckFailure"] = "NONE"

        register_handler(table.client, "provide-client-params.dynamodb.PutItem", request_no_item)
        table.insert_directly(image_record(sequencer=number(2)))
        reads = record_calls(table.client, "GetItem")
        for sequencer, result in [(1, WriteResult.STALE), (2, WriteResult.DUPLICATE)]:
            late = image_record(sequencer=number(sequencer), revision="r2")
            assert table.repository.put(late, IfNewer()) is result
        assert [read["ConsistentRead"] for read in reads] == [True, True]

    def test_item_in_response_is_not_read_again(self, table: TableHarness) -> None:
        table.insert_directly(image_record(sequencer=number(2)))
        reads = record_calls(table.client, "GetItem")
        late = image_record(sequencer=number(1), revision="r2")
        assert table.repository.put(late, IfNewer()) is WriteResult.STALE
        assert reads == []

    def test_failed_condition_that_holds_again_is_a_conflict(self, table: TableHarness) -> None:
        stub_responses(
            table.client, "PutItem", lambda: error_response("ConditionalCheckFailedException")
        )
        result = table.repository.put(image_record(), IfRevision(None))
        assert result is WriteResult.CONFLICT

    @pytest.mark.parametrize(
        ("condition", "revision"),
        [
            (IfNewer(), {}),
            (IfNewer(), {"Revision": {"S": "r0"}}),
            (IfRevision(None), {"Revision": {"S": "r0"}}),
        ],
    )
    def test_unreadable_item_is_overwritten_only_while_it_is_unchanged(
        self, table: TableHarness, revision: dict[str, Any], condition: WriteCondition
    ) -> None:
        record = image_record(sequencer=number(1))
        item = {"ImageId": {"S": record.image_id}, "Sequencer": {"S": number(2)}} | revision
        table.client.put_item(TableName=table.name, Item=item)
        put_item, requests = table.client.put_item, list[Any]()

        def put_after_another_writer(**request: Any) -> object:  # noqa: ANN401 - the arguments of PutItem
            requests.append(request)
            if len(requests) == 2:
                put_item(TableName=table.name, Item=item | {"Revision": {"S": "r1"}})
            return put_item(**request)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(table.client, "put_item", put_after_another_writer)
            assert table.repository.put(record, condition) is WriteResult.CONFLICT
        assert table.repository.put(record, condition) is WriteResult.STORED
        assert table.repository.get(record.image_id) == record

    def test_unreadable_item_conflicts_with_a_revision(self, table: TableHarness) -> None:
        record = image_record()
        table.client.put_item(TableName=table.name, Item={"ImageId": {"S": record.image_id}})
        assert table.repository.put(record, IfRevision("r0")) is WriteResult.CONFLICT


class TestReadingById:
    def test_reads_are_consistent(self, table: TableHarness) -> None:
        calls = record_calls(table.client, "GetItem")
        table.repository.get(image_record().image_id)
        assert [call["ConsistentRead"] for call in calls] == [True]

    def test_invalid_id_sends_no_request(self, table: TableHarness) -> None:
        stub_responses(table.client, "*", lambda: THROTTLED)
        for impossible in ["", "a", "A" * 32, "\ud800", "0" * 33]:
            assert table.repository.get(impossible) is None


class TestLongKeys:
    STEM = "k" * 1021
    KEYS = (
        "k",
        STEM,
        STEM + "abc",
        STEM + "abc" + "b" * 900,
        STEM + "abc" + "a" * 900,
        STEM + "ab\u00e9",
        STEM + "\U0001f600b",
        STEM + "\U0001f600a",
        STEM + "\ufffd",
        "l",
    )

    def test_long_keys_are_listed_in_byte_order(self, table: TableHarness) -> None:
        table.insert_all_directly(map(image_record, self.KEYS))
        expected = sorted(self.KEYS)
        for prefix in ("", "k", self.STEM, self.STEM + "abc", self.STEM + "abca", self.KEYS[3]):
            wanted = [key for key in expected if key.startswith(prefix)]
            assert keys(table.repository.list_prefix("holiday", prefix)) == wanted
            entries = table.repository.entries("holiday", prefix)
            assert [entry.object_key for entry in entries] == wanted
            assert table.repository.count("holiday", prefix) == len(wanted)

    def test_listing_continues_after_long_key(self, table: TableHarness) -> None:
        table.insert_all_directly(map(image_record, self.KEYS))
        for after in (*self.KEYS, self.STEM + "\ud800"):
            found = keys(table.repository.list_prefix("holiday", after=after))
            assert found == sorted(key for key in self.KEYS if key > after)

    def test_written_long_keys_are_read(self, table: TableHarness) -> None:
        for key in self.KEYS:
            table.repository.put(image_record(key), IfRevision(None))
        assert keys(table.repository.list_prefix("holiday")) == sorted(self.KEYS)


class TestListing:
    @pytest.mark.parametrize("bucket", ["", "\ud800", "b" * 3000])
    def test_invalid_bucket_has_no_records(self, table: TableHarness, bucket: str) -> None:
        table.insert_directly(image_record())
        assert list(table.repository.list_prefix(bucket)) == []
        assert list(table.repository.entries(bucket)) == []
        assert table.repository.count(bucket) == 0

    def test_only_the_next_page_is_prefetched(self, table: TableHarness) -> None:
        register_handler(
            table.client,
            "provide-client-params.dynamodb.Query",
            lambda params, **_: params.update(Limit=2),
        )
        table.insert_all_directly(image_record(f"{each:02}") for each in range(20))
        calls = record_calls(table.client, "Query")
        found = table.repository.list_prefix("holiday")
        assert calls == []
        assert keys(islice(found, 2)) == ["00", "01"]
        assert len(calls) <= 3
        assert keys(found) == [f"{each:02}" for each in range(2, 20)]

    def test_failure_between_two_pages_is_raised(self, table: TableHarness) -> None:
        register_handler(
            table.client,
            "provide-client-params.dynamodb.Query",
            lambda params, **_: params.update(Limit=2),
        )
        table.insert_all_directly(image_record(str(each)) for each in range(8))
        answers = iter([None, None])
        stub_responses(table.client, "Query", lambda: next(answers, THROTTLED))
        found = table.repository.list_prefix("holiday")
        assert keys(islice(found, 2)) == ["0", "1"]
        with pytest.raises(TransientError, match=f"cannot read the table {table.name}: AWS"):
            list(found)


class TestUploads:
    def partitions(self, day: str) -> set[str]:
        return {f"{day}#{shard}" for shard in range(8)}

    def test_partitions_of_the_days_are_queried(self, table: TableHarness) -> None:
        table.insert_all_directly([uploaded(DAY, "a"), uploaded(DAY + timedelta(days=1), "b")])
        calls = record_calls(table.client, "Query")
        found = table.repository.uploaded_between(DAY, DAY + timedelta(days=2))
        assert keys(found) == ["a", "b"]
        days = ("2026-11-20", "2026-11-21", "other")
        assert {text(call, ":day") for call in calls} == set().union(*map(self.partitions, days))
        assert len(calls) == 24

    def test_days_outside_the_period_are_not_queried(self, table: TableHarness) -> None:
        table.insert_all_directly(
            uploaded(DAY + timedelta(days=each), f"{each:02}") for each in range(40)
        )
        calls = record_calls(table.client, "Query")
        found = table.repository.uploaded_between(DAY - timedelta(days=10), DAY + timedelta(days=3))
        assert keys(islice(found, 1)) == ["00"]
        after = UploadCursor.after(uploaded(DAY + timedelta(days=1), "01"))
        assert len(calls) < 10 * 8 + 60
        calls.clear()
        found = table.repository.uploaded_between(DAY, DAY + timedelta(days=3), after=after)
        assert keys(found) == ["02"]
        assert {text(call, ":day")[:10] for call in calls} == {
            "2026-11-21",
            "2026-11-22",
            *(f"other#{shard}" for shard in range(8)),
        }

    def test_partitions_of_a_day_are_queried_concurrently(self, table: TableHarness) -> None:
        table.insert_directly(uploaded(DAY))
        meeting = threading.Barrier(16)

        def meet() -> None:
            meeting.wait(60)

        stub_responses(table.client, "Query", meet)
        found = table.repository.uploaded_between(DAY, DAY + timedelta(days=1))
        assert keys(found) == ["a"]

    def test_records_of_one_second_are_ordered_by_id(self, table: TableHarness) -> None:
        def disorder(parsed: dict[str, Any], **_: object) -> None:
            parsed["Items"].reverse()
            parsed["Items"].sort(key=lambda item: int(item["UploadTimestamp"]["N"]))

        register_handler(table.client, "after-call.dynamodb.Query", disorder)
        limit_pages(table.client, 3)
        records = [uploaded(DAY + timedelta(seconds=each % 2), str(each)) for each in range(80)]
        table.insert_all_directly(records)
        found = table.repository.uploaded_between(DAY, DAY + timedelta(days=1))
        assert list(found) == sorted(records, key=UploadCursor.after)

    @pytest.mark.parametrize("concurrency", [0, 1, 7, 40])
    def test_order_does_not_depend_on_concurrency(
        self, table: TableHarness, concurrency: int
    ) -> None:
        records = [uploaded(DAY + timedelta(hours=each % 96), str(each)) for each in range(60)]
        table.insert_all_directly(records)
        with DynamoDBImageRepository(
            table.client, table.name, clock=lambda: SEEN_AT, concurrency=concurrency
        ) as repository:
            found = list(repository.uploaded_between(DAY, DAY + timedelta(days=4)))
        assert found == sorted(records, key=UploadCursor.after)

    def test_long_period_queries_only_existing_days(self, table: TableHarness) -> None:
        old = uploaded(datetime(2011, 5, 6, tzinfo=UTC), "old")
        table.insert_all_directly([old, uploaded(DAY, "new")])
        scans, calls = record_calls(table.client, "Scan"), record_calls(table.client, "Query")
        found = table.repository.uploaded_between(DAY.min.replace(tzinfo=UTC), SEEN_AT)
        assert keys(found) == ["old", "new"]
        assert [text(call, ":day")[:10] for call in calls] == ["2011-05-06", "2026-11-20"]
        [scan] = scans
        assert scan["ExpressionAttributeNames"][scan["ProjectionExpression"]] == "UploadDay"

    def test_long_period_with_many_uploads_queries_each_day(
        self, table: TableHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploads, "_MAX_DAYS", 10)
        register_handler(
            table.client,
            "provide-client-params.dynamodb.Scan",
            lambda params, **_: params.update(Limit=5),
        )
        records = [uploaded(DAY - timedelta(days=each), f"{each:02}") for each in range(12)]
        table.insert_all_directly(records)
        scans, calls = record_calls(table.client, "Scan"), record_calls(table.client, "Query")
        found = table.repository.uploaded_between(DAY - timedelta(days=11), DAY + timedelta(1))
        assert list(found) == records[::-1]
        assert len(scans) == 1
        assert len(calls) == 13 * 8

    @pytest.mark.parametrize(
        "at",
        [
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(1969, 12, 31, tzinfo=UTC),
            datetime(2006, 3, 13, 23, 59, 59, tzinfo=UTC),
            datetime(2006, 3, 14, tzinfo=UTC),
            SEEN_AT.replace(microsecond=0),
            SEEN_AT.replace(microsecond=0) + timedelta(minutes=59),
            SEEN_AT.replace(microsecond=0) + timedelta(hours=3),
            datetime(9999, 12, 31, 23, 59, 58, tzinfo=UTC),
        ],
    )
    def test_any_upload_time_is_found(self, table: TableHarness, at: datetime) -> None:
        record = uploaded(at)
        table.repository.put(record, IfRevision(None))
        second = timedelta(seconds=1)
        assert list(table.repository.uploaded_between(at, at + second)) == [record]
        always = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        assert list(table.repository.uploaded_between(*always)) == [record]

    def test_reader_with_slow_clock_finds_record(self, table: TableHarness) -> None:
        midnight = datetime(2026, 11, 21, tzinfo=UTC)
        record = uploaded(midnight + timedelta(minutes=5))
        behind = midnight - timedelta(minutes=55)
        writer = DynamoDBImageRepository(table.client, table.name, clock=lambda: midnight)
        reader = DynamoDBImageRepository(table.client, table.name, clock=lambda: behind)
        with writer, reader:
            writer.put(record, IfRevision(None))
            always = (midnight, datetime.max.replace(tzinfo=UTC))
            assert list(reader.uploaded_between(*always)) == [record]

    def test_upload_ahead_of_slow_reader_by_almost_twice_the_skew_is_found(
        self, table: TableHarness
    ) -> None:
        midnight = datetime(2026, 11, 24, tzinfo=UTC)
        record = uploaded(midnight)
        skew = timedelta(minutes=59)
        writer = DynamoDBImageRepository(table.client, table.name, clock=lambda: midnight - skew)
        reader = DynamoDBImageRepository(
            table.client, table.name, clock=lambda: midnight - 2 * skew
        )
        with writer, reader:
            writer.put(record, IfRevision(None))
            period = (midnight - timedelta(days=1), datetime.max.replace(tzinfo=UTC))
            assert list(reader.uploaded_between(*period)) == [record]


class TestPartitions:
    NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("at", "day"),
        [
            (datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC), "2026-11-23"),
            (datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24"),
            (datetime(2026, 11, 24, 0, 30, tzinfo=UTC), "other"),
            (datetime(2006, 3, 14, tzinfo=UTC), "2006-03-14"),
            (datetime(2006, 3, 13, tzinfo=UTC), "other"),
            (datetime(900, 1, 1, tzinfo=UTC), "other"),
        ],
    )
    def test_possible_upload_time_has_partition_of_its_day(self, at: datetime, day: str) -> None:
        record = uploaded(at)
        shard = int(record.image_id, 16) % 8
        assert upload_partition(record, self.NOW) == f"{day}#{shard}"

    def test_records_are_distributed_evenly_over_shards(self) -> None:
        found = [upload_partition(uploaded(DAY, str(each)), self.NOW) for each in range(800)]
        counts = [found.count(f"2026-11-20#{shard}") for shard in range(8)]
        assert sum(counts) == 800
        assert min(counts) > 60

    def test_record_without_upload_has_no_partition(self) -> None:
        assert upload_partition(image_record(), self.NOW) is None
        gone = image_record(status=Status.DELETED, upload_timestamp=int(DAY.timestamp()))
        assert upload_partition(gone, self.NOW) is None

    def test_days_end_after_current_day(self) -> None:
        start = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
        days = days_between(start, 2**62, self.NOW)
        assert days == ["2026-11-22", "2026-11-23", "2026-11-24"]

    @pytest.mark.parametrize(
        ("ahead", "is_included"),
        [(timedelta(hours=1, minutes=59, seconds=59), True), (timedelta(hours=2), False)],
    )
    def test_days_include_uploads_ahead_of_reader_by_less_than_twice_the_skew(
        self, ahead: timedelta, *, is_included: bool
    ) -> None:
        midnight = datetime(2026, 11, 24, tzinfo=UTC)
        days = days_between(0, int(midnight.timestamp()) + 86_400, midnight - ahead)
        assert ("2026-11-24" in days) is is_included

    def test_days_begin_with_launch_of_s3(self) -> None:
        assert days_between(-(2**62), 2**62, self.NOW)[0] == "2006-03-14"
        assert days_between(-(2**62), 0, self.NOW) == []


class TestTable:
    def test_created_table_passes_check(self, table: TableHarness) -> None:
        table.repository.check()

    def test_existing_table_cannot_be_created(self, table: TableHarness) -> None:
        with pytest.raises(PermanentError, match=f"cannot create the table {table.name}"):
            create_table(table.client, table.name)

    def test_missing_table_is_reported_with_region(self, table: TableHarness) -> None:
        table.fail_permanently()
        with pytest.raises(ConfigurationError) as raised:
            table.repository.check()
        assert f"there is no table {table.name} in the region us-east-1: " in str(raised.value)

    def test_table_with_another_key_is_refused(self, table: TableHarness) -> None:
        table.client.create_table(
            TableName="theirs",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "BucketName", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "BucketName", "KeyType": "HASH"}],
        )
        repository = DynamoDBImageRepository(table.client, "theirs", clock=lambda: SEEN_AT)
        with pytest.raises(
            ConfigurationError, match=r"theirs is not an imgmeta table .*: choose another store"
        ):
            repository.check()

    @pytest.mark.parametrize("fault", ["index", "keys of an index"])
    def test_table_without_an_index_passes_check_but_refuses_its_queries(
        self, table: TableHarness, fault: str
    ) -> None:
        definition: Any = table_definition("theirs")
        indexes = definition["GlobalSecondaryIndexes"]
        if fault == "index":
            indexes.pop(0)
        else:
            indexes[0]["KeySchema"].pop()
        used = str(definition["KeySchema"]) + str(indexes)
        definition["AttributeDefinitions"] = [
            each
            for each in definition["AttributeDefinitions"]
            if f"'{each['AttributeName']}'" in used
        ]
        table.client.create_table(**definition)
        repository = DynamoDBImageRepository(table.client, "theirs", clock=lambda: SEEN_AT)
        repository.check()
        with pytest.raises(PermanentError, match="no index UploadTimestampIndex for this query"):
            list(repository.uploaded_between(DAY, DAY + timedelta(days=1)))

    @pytest.mark.parametrize("resource", ["table", "index"])
    def test_table_that_is_not_ready_is_reported(self, table: TableHarness, resource: str) -> None:
        def not_yet(parsed: dict[str, Any], **_: object) -> None:
            table = parsed["Table"]
            if resource == "table":
                table["TableStatus"] = "CREATING"
            else:
                table["GlobalSecondaryIndexes"][0]["IndexStatus"] = "CREATING"

        register_handler(table.client, "after-call.dynamodb.DescribeTable", not_yet)
        with pytest.raises(ConfigurationError, match=r"is not ready \(CREATING\): try again"):
            table.repository.check()

    def test_denied_describe_table_passes_check(self, table: TableHarness) -> None:
        stub_responses(
            table.client, "DescribeTable", lambda: error_response("AccessDeniedException")
        )
        table.repository.check()

    def test_throttled_check_is_transient(self, table: TableHarness) -> None:
        stub_responses(table.client, "DescribeTable", lambda: THROTTLED)
        with pytest.raises(TransientError, match="AWS throttled the request"):
            table.repository.check()

    def test_missing_credentials_raise_configuration_error(self, table: TableHarness) -> None:
        def none_found() -> None:
            raise NoCredentialsError

        stub_responses(table.client, "DescribeTable", none_found)
        with pytest.raises(ConfigurationError, match="no AWS credentials found: configure"):
            table.repository.check()


class TestFailures:
    def test_error_messages_name_table(self, table: TableHarness) -> None:
        stub_responses(table.client, "*", lambda: THROTTLED)
        with pytest.raises(TransientError, match=f"^cannot write to the table {table.name}: "):
            table.repository.put(image_record(), IfRevision(None))
        with pytest.raises(TransientError, match=f"^cannot read the table {table.name}: "):
            table.repository.get(image_record().image_id)

    def test_damaged_item_is_named(self, table: TableHarness) -> None:
        record = image_record()
        table.insert_directly(record)
        table.corrupt(record.image_id)
        with pytest.raises(InvalidRecordError) as raised:
            table.repository.get(record.image_id)
        assert (
            f"the record of {record.object_key} in the table {table.name} is unreadable ("
            in str(raised.value)
        )

    @pytest.mark.parametrize("value", [{"S": "many"}, {"NULL": True}])
    def test_entry_of_a_damaged_item_has_the_reason(
        self, table: TableHarness, value: dict[str, Any]
    ) -> None:
        table.insert_directly(image_record("a"))
        table.client.update_item(
            TableName=table.name,
            Key={"ImageId": {"S": image_record("a").image_id}},
            UpdateExpression="SET FileSize = :size",
            ExpressionAttributeValues={":size": value},
        )
        [entry] = table.repository.entries("holiday")
        assert entry.object_key == "a"
        assert "FileSize" in (entry.unreadable or "")


class TestThreads:
    def named(self) -> set[threading.Thread]:
        return {each for each in threading.enumerate() if "imgmeta-dynamodb" in each.name}

    def test_threads_start_on_demand_and_stop_on_close(self, table: TableHarness) -> None:
        before = self.named()  # of other tests, whose threads may end meanwhile
        with DynamoDBImageRepository(table.client, table.name, clock=lambda: SEEN_AT) as repository:
            repository.put(uploaded(DAY), IfRevision(None))
            list(repository.list_prefix("holiday"))
            assert self.named() <= before
            list(repository.uploaded_between(DAY, SEEN_AT))
            assert self.named() - before
        assert self.named() <= before
        with pytest.raises(PermanentError, match="is closed"):
            list(repository.uploaded_between(DAY, SEEN_AT))


def test_boto3_is_not_imported() -> None:
    script = "import imgmeta.adapters.dynamodb, sys; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
