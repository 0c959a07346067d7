"""What the DynamoDB store promises beyond the contract of its port."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from imgmeta.core.ordering import IfNewer, IfRevision, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import (
    ConfigurationError,
    InvalidRecordError,
    PermanentError,
    TransientError,
)
from imgmeta.ports import UploadCursor
from support.strategies.record_examples import SEEN_AT, image_record

pytest.importorskip("moto")

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import NoCredentialsError

from imgmeta.adapters.dynamodb import DynamoDBImageRepository, create_table, table_definition
from imgmeta.adapters.dynamodb.partitions import days_between, upload_day
from support.aws.dynamodb_tables import (
    DynamoDBScene,
    answering,
    failed,
    hook,
    moto_client,
    seen,
    small_pages,
)

DAY = datetime(2026, 11, 20, tzinfo=UTC)
THROTTLED = failed("ProvisionedThroughputExceededException")


@pytest.fixture
def scene() -> Iterator[DynamoDBScene]:
    with ExitStack() as cleanup:
        client = cleanup.enter_context(moto_client())
        yield DynamoDBScene(client, cleanup)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBScene]:
    """A scene whose client sends a request again that was not answered."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with ExitStack() as cleanup:
        client = cleanup.enter_context(moto_client(attempts=3))
        yield DynamoDBScene(client, cleanup)


def number(value: int) -> str:
    return f"{value:032X}"


def uploaded(at: datetime, key: str = "a") -> ImageRecord:
    return image_record(key, upload_timestamp=int(at.timestamp()))


def keys(records: Iterator[ImageRecord]) -> list[str]:
    return [record.object_key for record in records]


def text(call: dict[str, Any], name: str) -> str:
    value: str = call["ExpressionAttributeValues"][name]["S"]
    return value


def lose_one_answer(scene: DynamoDBScene, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Have the answer to the next write lost after it was made."""

    class Nothing:
        def stream(self) -> Iterator[bytes]:
            yield b""

    lost: list[bool] = []

    def lose(**_: object) -> AWSResponse | None:
        if lost:
            return None
        lost.append(True)
        return AWSResponse("http://127.0.0.1", 500, HTTPHeaders(), Nothing())

    def after_the_first(**_: object) -> None:
        if len(lost) == 1:
            lost.append(True)
            meanwhile()

    # botocore calls every handler and takes the first answer: moto writes all the same.
    scene.client.meta.events.register_first("before-send.dynamodb.PutItem", lose)  # type: ignore[arg-type] # the stubs know of no answers
    hook(scene.client, "needs-retry.dynamodb.PutItem", after_the_first)


class TestWriting:
    @pytest.mark.parametrize("condition", [IfNewer(), IfRevision(None), IfRevision("r0")])
    def test_a_write_whose_answer_was_lost_is_stored(
        self, patient: DynamoDBScene, condition: IfNewer | IfRevision
    ) -> None:
        if condition == IfRevision("r0"):
            patient.plant(image_record(revision="r0"))
        calls: list[object] = []
        hook(patient.client, "before-send.dynamodb.PutItem", lambda **_: calls.append(None))
        lose_one_answer(patient)
        record = image_record(revision="mine", sequencer=number(1))
        assert patient.repository.put(record, condition) is WriteResult.STORED
        assert len(calls) == 2
        assert patient.repository.get(record.image_id) == record

    def test_a_write_of_another_is_not_taken_for_a_lost_one(self, patient: DynamoDBScene) -> None:
        theirs = image_record(revision="theirs", sequencer=number(1))
        lose_one_answer(patient, meanwhile=lambda: patient.plant(theirs))
        mine = image_record(revision="mine", sequencer=number(1))
        assert patient.repository.put(mine, IfNewer()) is WriteResult.DUPLICATE

    def test_the_same_record_offered_twice_is_no_lost_write(self, patient: DynamoDBScene) -> None:
        record = image_record(sequencer=number(1))
        results = [
            patient.repository.put(record, condition)
            for condition in (IfNewer(), IfNewer(), IfRevision(None))
        ]
        assert results == [WriteResult.STORED, WriteResult.DUPLICATE, WriteResult.CONFLICT]

    def test_where_the_answer_shows_no_item_it_is_read(self, scene: DynamoDBScene) -> None:
        def ask_for_none(params: dict[str, Any], **_: object) -> None:
            params["ReturnValuesOnConditionCheckFailure"] = "NONE"

        hook(scene.client, "provide-client-params.dynamodb.PutItem", ask_for_none)
        scene.plant(image_record(sequencer=number(2)))
        reads = seen(scene.client, "GetItem")
        for sequencer, result in [(1, WriteResult.STALE), (2, WriteResult.DUPLICATE)]:
            late = image_record(sequencer=number(sequencer), revision="r2")
            assert scene.repository.put(late, IfNewer()) is result
        assert [read["ConsistentRead"] for read in reads] == [True, True]

    def test_an_answer_that_shows_the_item_saves_reading_it(self, scene: DynamoDBScene) -> None:
        scene.plant(image_record(sequencer=number(2)))
        reads = seen(scene.client, "GetItem")
        late = image_record(sequencer=number(1), revision="r2")
        assert scene.repository.put(late, IfNewer()) is WriteResult.STALE
        assert reads == []

    def test_what_refused_a_write_and_is_gone_again_is_transient(
        self, scene: DynamoDBScene
    ) -> None:
        answering(scene.client, "PutItem", lambda: failed("ConditionalCheckFailedException"))
        with pytest.raises(TransientError, match="another writer"):
            scene.repository.put(image_record(), IfRevision(None))

    def test_a_write_over_what_is_no_record_is_an_invalid_record_error(
        self, scene: DynamoDBScene
    ) -> None:
        record = image_record(sequencer=number(1))
        item = {"ImageId": {"S": record.image_id}, "Sequencer": {"S": number(2)}}
        scene.client.put_item(TableName=scene.table, Item=item)
        with pytest.raises(InvalidRecordError, match="Revision"):
            scene.repository.put(record, IfNewer())


class TestReadingById:
    def test_reads_are_consistent(self, scene: DynamoDBScene) -> None:
        single, many = seen(scene.client, "GetItem"), seen(scene.client, "BatchGetItem")
        scene.repository.get(image_record().image_id)
        list(scene.repository.get_many([image_record().image_id]))
        assert [call["ConsistentRead"] for call in single] == [True]
        assert [call["RequestItems"][scene.table]["ConsistentRead"] for call in many] == [True]

    def test_what_can_be_no_id_is_not_asked_for(self, scene: DynamoDBScene) -> None:
        answering(scene.client, "*", lambda: THROTTLED)
        for impossible in ["", "a", "A" * 32, "\ud800", "0" * 33]:
            assert scene.repository.get(impossible) is None
            assert list(scene.repository.get_many([impossible])) == []

    def test_what_was_not_processed_is_asked_for_again(self, scene: DynamoDBScene) -> None:
        records = [image_record(str(each)) for each in range(5)]
        scene.plant_all(records)
        asked: list[int] = []

        def one_at_a_time(params: dict[str, Any], **_: object) -> None:
            request = params["RequestItems"][scene.table]
            asked.append(len(request["Keys"]))
            left[:] = request["Keys"][1:]
            params["RequestItems"] = {scene.table: {**request, "Keys": request["Keys"][:1]}}

        def leave_the_rest(parsed: dict[str, Any], **_: object) -> None:
            if left:
                parsed["UnprocessedKeys"] = {scene.table: {"Keys": list(left)}}

        left: list[Any] = []
        hook(scene.client, "provide-client-params.dynamodb.BatchGetItem", one_at_a_time)
        hook(scene.client, "after-call.dynamodb.BatchGetItem", leave_the_rest)
        pauses: list[float] = []
        repository = DynamoDBImageRepository(
            scene.client, scene.table, clock=lambda: SEEN_AT, pause=pauses.append
        )
        found = repository.get_many(record.image_id for record in records)
        assert sorted(keys(found)) == ["0", "1", "2", "3", "4"]
        assert asked == [5, 4, 3, 2, 1]
        assert len(pauses) == 4

    def test_what_is_never_processed_is_a_transient_error(self, scene: DynamoDBScene) -> None:
        wanted = [{"ImageId": {"S": image_record().image_id}}]
        nothing = {
            "Responses": {},
            "UnprocessedKeys": {scene.table: {"Keys": wanted}},
            "ResponseMetadata": {},
        }
        answering(scene.client, "BatchGetItem", lambda: (200, nothing))
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            assert len(pauses) <= 20, "it asks for ever"

        repository = DynamoDBImageRepository(
            scene.client, scene.table, clock=lambda: SEEN_AT, pause=pause
        )
        with pytest.raises(TransientError, match="cannot be read: AWS asks to slow down"):
            list(repository.get_many([image_record().image_id]))
        assert len(pauses) >= 3
        assert all(0 <= pause <= 10 for pause in pauses)
        assert sum(pauses) < 60


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

    def test_they_are_listed_in_the_order_of_their_whole_bytes(self, scene: DynamoDBScene) -> None:
        scene.plant_all(map(image_record, self.KEYS))
        expected = sorted(self.KEYS)
        for prefix in ("", "k", self.STEM, self.STEM + "abc", self.STEM + "abca", self.KEYS[3]):
            wanted = [key for key in expected if key.startswith(prefix)]
            assert keys(scene.repository.list_prefix("holiday", prefix)) == wanted
            entries = scene.repository.entries("holiday", prefix)
            assert [entry.object_key for entry in entries] == wanted
            assert scene.repository.count("holiday", prefix) == len(wanted)

    def test_listing_goes_on_after_each_of_them(self, scene: DynamoDBScene) -> None:
        scene.plant_all(map(image_record, self.KEYS))
        for after in (*self.KEYS, self.STEM + "\ud800"):
            found = keys(scene.repository.list_prefix("holiday", after=after))
            assert found == sorted(key for key in self.KEYS if key > after)

    def test_what_they_are_written_as_is_read(self, scene: DynamoDBScene) -> None:
        for key in self.KEYS:
            scene.repository.put(image_record(key), IfRevision(None))
        assert keys(scene.repository.list_prefix("holiday")) == sorted(self.KEYS)


class TestListing:
    @pytest.mark.parametrize("bucket", ["", "\ud800", "b" * 3000])
    def test_what_can_be_no_bucket_has_no_records(self, scene: DynamoDBScene, bucket: str) -> None:
        scene.plant(image_record())
        assert list(scene.repository.list_prefix(bucket)) == []
        assert list(scene.repository.entries(bucket)) == []
        assert scene.repository.count(bucket) == 0

    def test_no_more_than_the_next_page_is_fetched_ahead(self, scene: DynamoDBScene) -> None:
        hook(
            scene.client,
            "provide-client-params.dynamodb.Query",
            lambda params, **_: params.update(Limit=2),
        )
        scene.plant_all(image_record(f"{each:02}") for each in range(20))
        asked = seen(scene.client, "Query")
        found = scene.repository.list_prefix("holiday")
        assert asked == []
        assert keys(islice(found, 2)) == ["00", "01"]
        assert len(asked) <= 3
        assert keys(found) == [f"{each:02}" for each in range(2, 20)]

    def test_a_failure_between_two_pages_is_raised(self, scene: DynamoDBScene) -> None:
        hook(
            scene.client,
            "provide-client-params.dynamodb.Query",
            lambda params, **_: params.update(Limit=2),
        )
        scene.plant_all(image_record(str(each)) for each in range(8))
        answers = iter([None, None])
        answering(scene.client, "Query", lambda: next(answers, THROTTLED))
        found = scene.repository.list_prefix("holiday")
        assert keys(islice(found, 2)) == ["0", "1"]
        with pytest.raises(TransientError, match=f"the table {scene.table} cannot be read: AWS"):
            list(found)

    def test_an_entry_takes_no_more_than_it_needs(self, scene: DynamoDBScene) -> None:
        scene.plant(image_record())
        asked = seen(scene.client, "Query")
        list(scene.repository.entries("holiday"))
        [call] = asked
        names = call["ExpressionAttributeNames"]
        projected = {names[each] for each in call["ProjectionExpression"].split(", ")}
        assert "Error" not in projected
        assert {"ObjectKey", "ETag", "FileSize"} <= projected


class TestUploads:
    def partitions(self, day: str) -> set[str]:
        return {f"{day}#{shard}" for shard in range(8)}

    def test_the_partitions_of_the_days_are_asked(self, scene: DynamoDBScene) -> None:
        scene.plant_all([uploaded(DAY, "a"), uploaded(DAY + timedelta(days=1), "b")])
        asked = seen(scene.client, "Query")
        found = scene.repository.uploaded_between(DAY, DAY + timedelta(days=2))
        assert keys(found) == ["a", "b"]
        days = ("2026-11-20", "2026-11-21", "other")
        assert {text(call, ":day") for call in asked} == set().union(*map(self.partitions, days))
        assert len(asked) == 24

    def test_days_that_are_not_wanted_are_not_asked(self, scene: DynamoDBScene) -> None:
        scene.plant_all(uploaded(DAY + timedelta(days=each), f"{each:02}") for each in range(40))
        asked = seen(scene.client, "Query")
        found = scene.repository.uploaded_between(DAY - timedelta(days=50), DAY + timedelta(days=3))
        assert keys(islice(found, 1)) == ["00"]
        after = UploadCursor.after(uploaded(DAY + timedelta(days=1), "01"))
        assert len(asked) < 50 * 8 + 60
        asked.clear()
        found = scene.repository.uploaded_between(DAY, DAY + timedelta(days=3), after=after)
        assert keys(found) == ["02"]
        assert {text(call, ":day")[:10] for call in asked} == {
            "2026-11-21",
            "2026-11-22",
            *(f"other#{shard}" for shard in range(8)),
        }

    def test_the_partitions_of_a_day_are_asked_side_by_side(self, scene: DynamoDBScene) -> None:
        scene.plant(uploaded(DAY))
        meeting = threading.Barrier(16)

        def meet() -> None:
            meeting.wait(10)

        answering(scene.client, "Query", meet)
        found = scene.repository.uploaded_between(DAY, DAY + timedelta(days=1))
        assert keys(found) == ["a"]

    def test_in_one_second_the_order_is_that_of_ids_whatever_the_index_says(
        self, scene: DynamoDBScene
    ) -> None:
        def disorder(parsed: dict[str, Any], **_: object) -> None:
            parsed["Items"].reverse()
            parsed["Items"].sort(key=lambda item: int(item["UploadTimestamp"]["N"]))

        hook(scene.client, "after-call.dynamodb.Query", disorder)
        small_pages(scene.client, 3)
        records = [uploaded(DAY + timedelta(seconds=each % 2), str(each)) for each in range(80)]
        scene.plant_all(records)
        found = scene.repository.uploaded_between(DAY, DAY + timedelta(days=1))
        assert list(found) == sorted(records, key=UploadCursor.after)

    @pytest.mark.parametrize("concurrency", [0, 1, 7, 40])
    def test_any_concurrency_gives_the_same_order(
        self, scene: DynamoDBScene, concurrency: int
    ) -> None:
        records = [uploaded(DAY + timedelta(hours=each % 96), str(each)) for each in range(60)]
        scene.plant_all(records)
        with DynamoDBImageRepository(
            scene.client, scene.table, clock=lambda: SEEN_AT, concurrency=concurrency
        ) as repository:
            found = list(repository.uploaded_between(DAY, DAY + timedelta(days=4)))
        assert found == sorted(records, key=UploadCursor.after)

    def test_of_a_long_time_only_the_days_that_there_are_are_asked(
        self, scene: DynamoDBScene
    ) -> None:
        old = uploaded(datetime(2011, 5, 6, tzinfo=UTC), "old")
        scene.plant_all([old, uploaded(DAY, "new")])
        scans, asked = seen(scene.client, "Scan"), seen(scene.client, "Query")
        found = scene.repository.uploaded_between(DAY.min.replace(tzinfo=UTC), SEEN_AT)
        assert keys(found) == ["old", "new"]
        assert [text(call, ":day")[:10] for call in asked] == ["2011-05-06", "2026-11-20"]
        [scan] = scans
        assert scan["ExpressionAttributeNames"][scan["ProjectionExpression"]] == "UploadDay"

    def test_of_a_long_time_with_many_uploads_each_day_is_asked(self, scene: DynamoDBScene) -> None:
        hook(
            scene.client,
            "provide-client-params.dynamodb.Scan",
            lambda params, **_: params.update(Limit=5),
        )
        records = [uploaded(DAY - timedelta(days=each), f"{each:02}") for each in range(70)]
        scene.plant_all(records)
        scans, asked = seen(scene.client, "Scan"), seen(scene.client, "Query")
        found = scene.repository.uploaded_between(DAY - timedelta(days=69), DAY + timedelta(1))
        assert list(found) == records[::-1]
        assert len(scans) == 1
        assert len(asked) == 71 * 8

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
    def test_a_written_time_is_found_whatever_it_is(
        self, scene: DynamoDBScene, at: datetime
    ) -> None:
        record = uploaded(at)
        scene.repository.put(record, IfRevision(None))
        second = timedelta(seconds=1)
        assert list(scene.repository.uploaded_between(at, at + second)) == [record]
        always = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        assert list(scene.repository.uploaded_between(*always)) == [record]

    def test_a_reader_whose_clock_is_behind_finds_what_was_written(
        self, scene: DynamoDBScene
    ) -> None:
        midnight = datetime(2026, 11, 21, tzinfo=UTC)
        record = uploaded(midnight + timedelta(minutes=5))
        behind = midnight - timedelta(minutes=55)
        writer = DynamoDBImageRepository(scene.client, scene.table, clock=lambda: midnight)
        reader = DynamoDBImageRepository(scene.client, scene.table, clock=lambda: behind)
        with writer, reader:
            writer.put(record, IfRevision(None))
            always = (midnight, datetime.max.replace(tzinfo=UTC))
            assert list(reader.uploaded_between(*always)) == [record]


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
    def test_a_time_that_s3_can_have_given_stands_in_its_day(self, at: datetime, day: str) -> None:
        record = uploaded(at)
        shard = int(record.image_id, 16) % 8
        assert upload_day(record, self.NOW) == f"{day}#{shard}"

    def test_shards_take_about_the_same(self) -> None:
        found = [upload_day(uploaded(DAY, str(each)), self.NOW) for each in range(800)]
        counts = [found.count(f"2026-11-20#{shard}") for shard in range(8)]
        assert sum(counts) == 800
        assert min(counts) > 60

    def test_what_has_no_upload_stands_in_no_day(self) -> None:
        assert upload_day(image_record(), self.NOW) is None
        gone = image_record(status=Status.DELETED, upload_timestamp=int(DAY.timestamp()))
        assert upload_day(gone, self.NOW) is None

    def test_days_end_where_a_writer_may_have_been_ahead(self) -> None:
        start = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
        days = days_between(start, 2**62, self.NOW)
        assert days == ["2026-11-22", "2026-11-23", "2026-11-24"]

    def test_days_begin_with_s3(self) -> None:
        assert days_between(-(2**62), 2**62, self.NOW)[0] == "2006-03-14"
        assert days_between(-(2**62), 0, self.NOW) == []


class TestTheTable:
    def test_what_is_created_passes_the_check(self, scene: DynamoDBScene) -> None:
        scene.repository.check()

    def test_a_table_that_is_there_is_not_created_again(self, scene: DynamoDBScene) -> None:
        with pytest.raises(PermanentError, match=f"the table {scene.table} cannot be created"):
            create_table(scene.client, scene.table)

    def test_a_missing_table_is_said_with_its_region(self, scene: DynamoDBScene) -> None:
        scene.refuse_forever()
        with pytest.raises(ConfigurationError) as raised:
            scene.repository.check()
        assert f"there is no table {scene.table} in the region us-east-1: " in str(raised.value)

    @pytest.mark.parametrize("fault", ["key", "index", "keys of an index"])
    def test_another_table_is_not_taken_for_ours(self, scene: DynamoDBScene, fault: str) -> None:
        definition: Any = table_definition("theirs")
        indexes = definition["GlobalSecondaryIndexes"]
        if fault == "key":
            definition["KeySchema"][0]["AttributeName"] = "BucketName"
        elif fault == "index":
            indexes.pop()
        else:
            indexes[0]["KeySchema"].pop()
        used = str(definition["KeySchema"]) + str(indexes)
        definition["AttributeDefinitions"] = [
            each
            for each in definition["AttributeDefinitions"]
            if f"'{each['AttributeName']}'" in used
        ]
        scene.client.create_table(**definition)
        repository = DynamoDBImageRepository(scene.client, "theirs", clock=lambda: SEEN_AT)
        with pytest.raises(ConfigurationError, match=r"theirs is not an imgmeta table: .*give ano"):
            repository.check()

    @pytest.mark.parametrize("what", ["table", "index"])
    def test_a_table_that_is_not_ready_is_said_to_be(self, scene: DynamoDBScene, what: str) -> None:
        def not_yet(parsed: dict[str, Any], **_: object) -> None:
            table = parsed["Table"]
            if what == "table":
                table["TableStatus"] = "CREATING"
            else:
                table["GlobalSecondaryIndexes"][0]["IndexStatus"] = "CREATING"

        hook(scene.client, "after-call.dynamodb.DescribeTable", not_yet)
        with pytest.raises(ConfigurationError, match=r"is not ready \(CREATING\): try again"):
            scene.repository.check()

    def test_who_may_not_describe_a_table_may_use_it(self, scene: DynamoDBScene) -> None:
        answering(scene.client, "DescribeTable", lambda: failed("AccessDeniedException"))
        scene.repository.check()

    def test_a_table_that_does_not_answer_now_is_transient(self, scene: DynamoDBScene) -> None:
        answering(scene.client, "DescribeTable", lambda: THROTTLED)
        with pytest.raises(TransientError, match="AWS asks to slow down"):
            scene.repository.check()

    def test_missing_credentials_are_a_matter_of_configuration(self, scene: DynamoDBScene) -> None:
        def none_found() -> None:
            raise NoCredentialsError

        answering(scene.client, "DescribeTable", none_found)
        with pytest.raises(ConfigurationError, match="no AWS credentials are found: run"):
            scene.repository.check()


class TestFailures:
    def test_sentences_name_the_table(self, scene: DynamoDBScene) -> None:
        answering(scene.client, "*", lambda: THROTTLED)
        with pytest.raises(TransientError, match=f"^the table {scene.table} cannot be written: "):
            scene.repository.put(image_record(), IfRevision(None))
        with pytest.raises(TransientError, match=f"^the table {scene.table} cannot be read: "):
            scene.repository.get(image_record().image_id)

    def test_a_damaged_item_is_named(self, scene: DynamoDBScene) -> None:
        record = image_record()
        scene.plant(record)
        scene.spoil(record.image_id)
        with pytest.raises(InvalidRecordError) as raised:
            scene.repository.get(record.image_id)
        assert f"{scene.table} is damaged at the ImageId {record.image_id} (" in str(raised.value)

    @pytest.mark.parametrize("value", [{"S": "many"}, {"NULL": True}])
    def test_a_damaged_entry_is_named(self, scene: DynamoDBScene, value: dict[str, Any]) -> None:
        scene.plant(image_record("a"))
        scene.client.update_item(
            TableName=scene.table,
            Key={"ImageId": {"S": image_record("a").image_id}},
            UpdateExpression="SET FileSize = :size",
            ExpressionAttributeValues={":size": value},
        )
        with pytest.raises(InvalidRecordError, match=r"is damaged at the ObjectKey a \(.*FileSize"):
            list(scene.repository.entries("holiday"))


class TestThreads:
    def named(self) -> list[str]:
        return [each.name for each in threading.enumerate() if "imgmeta-dynamodb" in each.name]

    def test_there_are_none_before_they_are_needed_and_after_closing(
        self, scene: DynamoDBScene
    ) -> None:
        before = len(self.named())
        with DynamoDBImageRepository(
            scene.client, scene.table, clock=lambda: SEEN_AT
        ) as repository:
            repository.put(uploaded(DAY), IfRevision(None))
            list(repository.list_prefix("holiday"))
            assert len(self.named()) == before
            list(repository.uploaded_between(DAY, SEEN_AT))
            assert len(self.named()) > before
        assert len(self.named()) == before
        with pytest.raises(PermanentError, match="was closed"):
            list(repository.uploaded_between(DAY, SEEN_AT))


def test_boto3_is_not_imported() -> None:
    script = "import imgmeta.adapters.dynamodb, sys; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
