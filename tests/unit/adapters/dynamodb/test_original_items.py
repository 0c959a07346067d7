"""Items of the original system are records, and each first look at an object replaces one."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from imgmeta.core.ordering import IfNewer, IfRevision, WriteResult
from imgmeta.core.records import Status
from imgmeta.errors import InvalidRecordError, PermanentError
from imgmeta.testing.strategies.record_examples import SEEN_AT, image_record

pytest.importorskip("moto")

from imgmeta.adapters.dynamodb import DynamoDBImageRepository, TableMigration
from support.aws.dynamodb_tables import (
    TableHarness,
    error_response,
    moto_client,
    record_calls,
    register_handler,
    stub_responses,
)
from support.aws.original_table import (
    PROCESSED_AT,
    create_original_table,
    original_item,
    put_original_items,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DAY = timedelta(days=1)

Query = Callable[[DynamoDBImageRepository], Iterable[object]]


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    with moto_client() as client:
        yield client


@pytest.fixture
def table(client: "DynamoDBClient") -> Iterator[TableHarness]:
    """A table with imgmeta's indexes, and two original items."""
    with ExitStack() as cleanup:
        table = TableHarness(client, cleanup)
        put_original_items(client, table.name, [original_item("a.jpg"), original_item("b.jpg")])
        yield table


@pytest.fixture
def original(client: "DynamoDBClient") -> Iterator[DynamoDBImageRepository]:
    """A table with the original indexes, and two original items."""
    create_original_table(client, "original")
    put_original_items(client, "original", [original_item("a.jpg"), original_item("b.jpg")])
    with DynamoDBImageRepository(client, "original", clock=lambda: SEEN_AT) as repository:
        yield repository


def migration(client: "DynamoDBClient", report: list[str] | None = None) -> TableMigration:
    lines = [] if report is None else report
    return TableMigration(
        client=client,
        table="original",
        clock=lambda: SEEN_AT,
        sleep=lambda _: None,
        report=lines.append,
    )


def overwrite(client: "DynamoDBClient", table: str, **changes: Any) -> None:  # noqa: ANN401 - any attribute
    put_original_items(client, table, [original_item("a.jpg", **changes)])


class TestItems:
    def test_original_item_is_a_record_with_times_in_utc(self, table: TableHarness) -> None:
        record = table.repository.get(image_record("a.jpg").image_id)
        assert record is not None
        assert record.to_item() == {
            "ImageId": "60260f752e82fe96db2c98a73d0eac33",
            "BucketName": "holiday",
            "ObjectKey": "a.jpg",
            "FileSize": 11_564,
            "ContentType": "image/jpeg",
            "UploadTimestamp": int(PROCESSED_AT.timestamp()),
            "UploadDate": "2026-11-20T07:30:08.997932Z",
            "ProcessedAt": "2026-11-20T07:30:08.997932Z",
            "Status": "processed",
            "SchemaVersion": 0,
        }

    @pytest.mark.parametrize("content_type", ["unknown", "", None])
    def test_unknown_content_type_is_absent(
        self, table: TableHarness, content_type: str | None
    ) -> None:
        overwrite(table.client, table.name, ContentType=content_type)
        record = table.repository.get(image_record("a.jpg").image_id)
        assert record is not None
        assert record.content_type is None

    def test_attribute_that_others_added_is_left_out(self, table: TableHarness) -> None:
        overwrite(table.client, table.name, Album="summer")
        record = table.repository.get(image_record("a.jpg").image_id)
        assert record is not None
        assert "Album" not in record.to_item()

    @pytest.mark.parametrize(
        "date", ["2026-11-20T09:30:08+02:00", "2026-11-20T02:30:08-05:00", "2026-11-20T07:30:08Z"]
    )
    def test_time_zone_of_a_date_is_kept(self, table: TableHarness, date: str) -> None:
        overwrite(table.client, table.name, ProcessedAt=date)
        record = table.repository.get(image_record("a.jpg").image_id)
        assert record is not None
        assert record.processed_at == datetime(2026, 11, 20, 7, 30, 8, tzinfo=UTC)

    @pytest.mark.parametrize("date", [7, "yesterday", ""])
    def test_invalid_date_is_reported(self, table: TableHarness, date: object) -> None:
        overwrite(table.client, table.name, ProcessedAt=date)
        with pytest.raises(InvalidRecordError, match="ProcessedAt"):
            table.repository.get(image_record("a.jpg").image_id)

    def test_original_items_are_listed_and_counted(self, table: TableHarness) -> None:
        repository = table.repository
        keys = ["a.jpg", "b.jpg"]
        assert sorted(record.object_key for record in repository.scan()) == keys
        assert [record.object_key for record in repository.list_prefix("holiday")] == keys
        assert [entry.object_key for entry in repository.entries("holiday")] == keys
        assert repository.count("holiday", "a") == 1
        assert [record.status for record in repository.scan()] == [Status.PROCESSED] * 2


class TestWriting:
    @pytest.mark.parametrize("condition", [IfRevision(None), IfNewer()])
    def test_first_write_replaces_an_original_item(
        self, table: TableHarness, condition: IfRevision | IfNewer
    ) -> None:
        record = image_record("a.jpg", sequencer="0" * 32)
        assert table.repository.put(record, condition) is WriteResult.STORED
        assert table.repository.get(record.image_id) == record

    def test_tombstone_replaces_an_original_item(self, table: TableHarness) -> None:
        tombstone = image_record("a.jpg", status=Status.DELETED)
        assert table.repository.put(tombstone, IfRevision(None)) is WriteResult.STORED
        assert [each.object_key for each in table.repository.list_prefix("holiday")] == ["b.jpg"]

    def test_concurrent_record_is_not_replaced(self, table: TableHarness) -> None:
        record = image_record("a.jpg")
        assert table.repository.put(record, IfRevision(None)) is WriteResult.STORED
        other = image_record("a.jpg", revision="r2")
        assert table.repository.put(other, IfRevision(None)) is WriteResult.CONFLICT
        assert table.repository.get(record.image_id) == record

    def test_write_over_a_record_that_the_original_system_replaced_conflicts(
        self, table: TableHarness
    ) -> None:
        update = image_record("a.jpg", revision="r2")
        assert table.repository.put(update, IfRevision("r1")) is WriteResult.CONFLICT


class TestOriginalTable:
    def test_records_are_read_by_id_scanned_and_replaced(
        self, original: DynamoDBImageRepository
    ) -> None:
        original.check()
        record = image_record("a.jpg")
        assert original.put(record, IfRevision(None)) is WriteResult.STORED
        assert original.get(record.image_id) == record
        assert sorted(each.object_key for each in original.scan()) == ["a.jpg", "b.jpg"]

    @pytest.mark.parametrize(
        ("query", "index"),
        [
            (lambda table: table.list_prefix("holiday"), "BucketKeyIndex"),
            (lambda table: table.entries("holiday"), "BucketKeyIndex"),
            (lambda table: [table.count("holiday")], "BucketKeyIndex"),
            (
                lambda table: table.uploaded_between(SEEN_AT - DAY, SEEN_AT),
                "UploadTimestampIndex",
            ),
            (
                lambda table: table.uploaded_between(SEEN_AT - 900 * DAY, SEEN_AT),
                "UploadTimestampIndex",
            ),
        ],
        ids=["list", "entries", "count", "short period", "long period"],
    )
    def test_query_of_a_missing_index_names_the_command_that_adds_it(
        self, original: DynamoDBImageRepository, query: Query, index: str
    ) -> None:
        with pytest.raises(PermanentError) as raised:
            list(query(original))
        assert str(raised.value) == (
            f"the table original has no index {index} for this query: add it with "
            "`imgmeta migrate --store dynamodb://original`"
        )

    @pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
    def test_query_of_a_missing_index_fails_if_the_table_cannot_be_described(
        self, original: DynamoDBImageRepository, client: "DynamoDBClient", code: str
    ) -> None:
        stub_responses(client, "DescribeTable", lambda: error_response(code))
        with pytest.raises(PermanentError, match=r"^cannot read the table original: "):
            list(original.list_prefix("holiday"))

    def test_invalid_scan_of_the_table_is_reported_as_it_is(
        self, original: DynamoDBImageRepository, client: "DynamoDBClient"
    ) -> None:
        stub_responses(client, "Scan", lambda: error_response("ValidationException"))
        with pytest.raises(PermanentError, match="ValidationException: no"):
            list(original.scan())


class TestMigration:
    def test_migrated_table_answers_every_query(
        self, original: DynamoDBImageRepository, client: "DynamoDBClient"
    ) -> None:
        report: list[str] = []
        assert migration(client, report).run() == 2
        assert report == [
            "Deleting the index UploadTimestampIndex, which has other keys.",
            "Creating the index UploadTimestampIndex.",
            "Creating the index BucketKeyIndex.",
            "Adding records to the index UploadTimestampIndex.",
        ]
        keys = ["a.jpg", "b.jpg"]
        uploaded = original.uploaded_between(PROCESSED_AT - DAY, PROCESSED_AT + DAY)
        assert sorted(each.object_key for each in uploaded) == keys
        assert [each.object_key for each in original.list_prefix("holiday")] == keys

    def test_second_migration_changes_nothing(
        self, original: DynamoDBImageRepository, client: "DynamoDBClient"
    ) -> None:
        migration(client).run()
        writes = [
            call
            for operation in ("UpdateTable", "UpdateItem", "UpdateTimeToLive")
            for call in record_calls(client, operation)
        ]
        before = list(original.scan())
        assert migration(client).run() == 0
        assert writes == []
        assert list(original.scan()) == before

    @pytest.mark.usefixtures("original")
    def test_migration_enables_time_to_live(self, client: "DynamoDBClient") -> None:
        migration(client).run()
        described = client.describe_time_to_live(TableName="original")
        assert described["TimeToLiveDescription"] == {
            "AttributeName": "ExpiresAt",
            "TimeToLiveStatus": "ENABLED",
        }

    @pytest.mark.usefixtures("original")
    def test_migration_waits_for_changes_of_the_table(self, client: "DynamoDBClient") -> None:
        states = iter(["UPDATING", "UPDATING"])

        def busy(parsed: dict[str, Any], **_: object) -> None:
            parsed["Table"]["TableStatus"] = next(states, "ACTIVE")

        register_handler(client, "after-call.dynamodb.DescribeTable", busy)
        assert migration(client).run() == 2
        assert list(states) == []

    @pytest.mark.usefixtures("original")
    def test_unusable_table_is_reported(self, client: "DynamoDBClient") -> None:
        def archived(parsed: dict[str, Any], **_: object) -> None:
            parsed["Table"]["TableStatus"] = "ARCHIVED"

        register_handler(client, "after-call.dynamodb.DescribeTable", archived)
        with pytest.raises(PermanentError, match="it is ARCHIVED"):
            migration(client).run()

    @pytest.mark.usefixtures("original")
    def test_item_replaced_during_the_migration_is_left_alone(
        self, original: DynamoDBImageRepository, client: "DynamoDBClient"
    ) -> None:
        record = image_record("a.jpg", upload_timestamp=int(SEEN_AT.timestamp()))
        replaced: list[WriteResult] = []

        def replace(**_: object) -> None:
            if not replaced:
                replaced.append(WriteResult.STORED)
                original.put(record, IfRevision(None))

        register_handler(client, "before-parameter-build.dynamodb.UpdateItem", replace)
        assert migration(client).run() == 1
        assert original.get(record.image_id) == record

    def test_tombstones_and_invalid_items_are_not_added_to_the_index(
        self, original: DynamoDBImageRepository, client: "DynamoDBClient"
    ) -> None:
        tombstone = image_record("c.jpg", status=Status.DELETED, upload_timestamp=1)
        original.put(tombstone, IfRevision(None))
        put_original_items(client, "original", [original_item("d.jpg", ProcessedAt="never")])
        assert migration(client).run() == 2

    @pytest.mark.usefixtures("original")
    def test_failed_update_is_reported(self, client: "DynamoDBClient") -> None:
        stub_responses(client, "UpdateItem", lambda: error_response("AccessDeniedException"))
        with pytest.raises(PermanentError, match=r"^cannot migrate the table original: Access"):
            migration(client).run()

    @pytest.mark.usefixtures("original")
    def test_denied_description_is_reported(self, client: "DynamoDBClient") -> None:
        stub_responses(client, "DescribeTable", lambda: error_response("AccessDeniedException"))
        with pytest.raises(PermanentError, match="allow dynamodb:DescribeTable"):
            migration(client).run()

    def test_index_of_a_provisioned_table_has_its_throughput(
        self, client: "DynamoDBClient"
    ) -> None:
        client.create_table(
            TableName="original",
            ProvisionedThroughput={"ReadCapacityUnits": 3, "WriteCapacityUnits": 2},
            AttributeDefinitions=[{"AttributeName": "ImageId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "ImageId", "KeyType": "HASH"}],
        )
        updates = record_calls(client, "UpdateTable")
        migration(client).run()
        created = [call["GlobalSecondaryIndexUpdates"][0]["Create"] for call in updates]
        assert [each["ProvisionedThroughput"] for each in created] == [
            {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
        ] * 2
