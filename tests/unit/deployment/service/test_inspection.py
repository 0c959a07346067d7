"""The checks of a stack, over in-memory ports."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from imgmeta import IfNewer
from imgmeta.adapters.memory import InMemoryImageRepository, InMemoryObjectStore
from imgmeta.core.objects import Listing, ObjectLocation
from imgmeta.core.targets import suffix_filter
from imgmeta.deployment.core.bucket_notifications import (
    MissingBucketError,
    NotificationConfiguration,
)
from imgmeta.deployment.core.findings import Invocation, Probe, QueueTraffic, Subscription
from imgmeta.deployment.core.health import Findings
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.deployment.core.stacks import Stack, StackResource
from imgmeta.deployment.service.inspection import Inspector
from imgmeta.errors import PermanentError, TransientError
from imgmeta.testing.strategies.record_examples import image_record
from support.convergence.indexer_harness import sequencer
from support.deployment.dead_letters import InMemoryDeadLetters, InMemoryLogs
from support.deployment.health import InMemoryFunctions, InMemoryMetrics, InMemorySubscriptions

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OUTPUTS = {
    "DynamoDBTableName": "images",
    "QueueUrl": "https://sqs/1/main",
    "DeadLetterQueueUrl": "https://sqs/1/dead",
    "LambdaFunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f",
    "LogGroupName": "/imgmeta/photos",
    "S3BucketName": "own",
    "SNSTopicArn": "arn:topic",
}
STACK = Stack("arn", "photos", "CREATE_COMPLETE", outputs=OUTPUTS)
MAPPING = StackResource("ImageEvents", "uuid", "AWS::Lambda::EventSourceMapping", "CREATE_COMPLETE")
IMPORT_ERROR = "[ERROR] Runtime.ImportModuleError: Unable to import module 'imgmeta': no pydantic"


class InMemoryNotifications:
    """The notifications of buckets, all of which send nothing."""

    def check(self, bucket: str) -> None:
        raise AssertionError(bucket)

    def get(self, bucket: str) -> NotificationConfiguration:
        if bucket == "gone":
            raise MissingBucketError(bucket)
        if bucket == "denied":
            msg = f"cannot read {bucket}"
            raise PermanentError(msg)
        configuration = NotificationConfiguration.empty()
        return configuration.with_eventbridge(enabled=bucket == "on")

    def put(self, bucket: str, configuration: NotificationConfiguration) -> None:
        raise AssertionError(bucket, configuration)


class UnlistableStore(InMemoryObjectStore):
    """Objects in memory, and a bucket that cannot be listed."""

    def list(self, bucket: str, prefix: str = "", **options: Any) -> Iterator[Listing]:  # noqa: ANN401 - passed on unchanged
        if bucket == "denied":
            msg = f"cannot list {bucket}"
            raise PermanentError(msg)
        return super().list(bucket, prefix, **options)


@dataclass
class Account:
    """The in-memory ports of one account."""

    functions: InMemoryFunctions = field(
        default_factory=lambda: InMemoryFunctions(
            Invocation('{"statusCode": 200, "body": "{\\"version\\": \\"1.2\\"}"}'),
            mappings={"uuid": "Enabled"},
        )
    )
    metrics: InMemoryMetrics = field(default_factory=InMemoryMetrics)
    logs: InMemoryLogs = field(default_factory=InMemoryLogs)
    letters: InMemoryDeadLetters = field(default_factory=InMemoryDeadLetters)
    objects: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    repository: InMemoryImageRepository = field(default_factory=InMemoryImageRepository)
    seconds: float = 0.0
    seconds_per_call: float = 0.0

    def check(self, stack: Stack = STACK, *resources: StackResource) -> Findings:
        def clock() -> float:
            self.seconds += self.seconds_per_call
            return self.seconds

        inspector = Inspector(
            self.functions,
            self.metrics,
            InMemorySubscriptions(Subscription("email", "a@example.com", confirmed=True)),
            self.logs,
            InMemoryNotifications(),
            lambda _: self.objects,
            open_repository=lambda _: nullcontext(self.repository),
            open_dead_letters=lambda _: self.letters,
            is_indexed=lambda _: suffix_filter({"jpg"}),
            clock=clock,
        )
        return inspector.run(stack, resources or [MAPPING], NOW)

    def log(self, text: str, age: timedelta = timedelta(minutes=1)) -> None:
        self.logs.lines.append(LogEvent(NOW - age, text))

    def put(self, key: str, age: timedelta, *, indexed: bool = False) -> None:
        location = ObjectLocation("own", key)
        self.objects.put(location, b"x", last_modified=NOW - age)
        if indexed:
            record = image_record(
                key, bucket_name="own", last_modified=NOW - age, sequencer=sequencer(1)
            )
            self.repository.put(record, IfNewer())


@pytest.fixture
def account() -> Account:
    return Account()


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_all_checks_of_a_quiet_stack_find_nothing(account: Account) -> None:
    found = account.check()
    assert found.checked_at == NOW
    assert found.unchecked == {}
    assert found.probe == Probe(version="1.2")
    assert account.functions.events == ['{"imgmeta": "ping"}']
    assert found.event_source == "Enabled"
    assert found.errors is not None
    assert (found.errors.crashes, found.errors.failures) == (0, 0)
    assert found.traffic == QueueTraffic()
    assert found.letters is None
    assert found.subscriptions == (Subscription("email", "a@example.com", confirmed=True),)
    assert found.event_delivery == {}
    assert set((found.throttles or {}).values()) == {0}


def test_stack_without_outputs_is_not_checked(account: Account) -> None:
    found = account.check(replace(STACK, outputs={}))
    assert (found.checked_at, list(found.unchecked)) == (None, ["index"])
    assert account.functions.events == []


def test_failed_checks_are_listed_with_the_reason_and_the_others_go_on(account: Account) -> None:
    account.functions.error = PermanentError("cannot invoke the function f: AccessDenied")
    account.metrics.error = TransientError("cannot read the metrics: throttled")
    found = account.check()
    assert found.unchecked == {
        "function": "cannot invoke the function f: AccessDenied",
        "event source mapping": "cannot invoke the function f: AccessDenied",
        "queue": "cannot read the metrics: throttled",
        "throttles": "cannot read the metrics: throttled",
        "errors in the metrics": "cannot read the metrics: throttled",
    }
    assert (found.probe, found.event_source, found.traffic) == (None, None, None)
    assert found.errors is not None  # from the log alone


@pytest.mark.parametrize(
    ("invocation", "probe"),
    [
        (Invocation(throttled=True), Probe(throttled=True)),
        (
            Invocation(
                '{"errorType": "Runtime.ImportModuleError", "errorMessage": "no x\\nline 2"}',
                failed=True,
            ),
            Probe(error="Runtime.ImportModuleError: no x"),
        ),
        (
            Invocation('{"errorType": "E", "errorMessage": "a\\u001bb"}', failed=True),
            Probe(error="E: a\\x1bb"),
        ),
        (Invocation("\x1b[2J", failed=True), Probe(error="\\x1b[2J")),
        (Invocation("[" * 100_000, failed=True), Probe(error="[" * 299 + "…")),
        (Invocation("", failed=True), Probe(error="unknown error")),
        (Invocation("null"), Probe()),
        (Invocation('{"errorType": "InvalidEventError"}', failed=True), Probe()),
    ],
)
def test_outcome_of_the_probe_is_reported(
    account: Account, invocation: Invocation, probe: Probe
) -> None:
    account.functions.invocation = invocation
    assert account.check().probe == probe


def test_deleted_event_source_mapping_is_reported(account: Account) -> None:
    account.functions.mappings = {}
    assert account.check().event_source == "Deleted"
    assert account.check(STACK, replace(MAPPING, physical_id="")).event_source is None


def test_failed_invocations_are_counted_in_the_log_and_the_metrics(account: Account) -> None:
    account.log(IMPORT_ERROR, minutes(20))
    account.log(IMPORT_ERROR, minutes(7))
    account.log("2026-11-24 id Task timed out after 60.00 seconds", minutes(1))
    errors = account.check().errors
    assert errors is not None
    assert (errors.crashes, errors.recovered) == (2, False)
    assert (errors.reason, errors.newest) == (
        "Task timed out after 60.00 seconds",
        NOW - minutes(1),
    )

    account.metrics.values["Errors", "f"] = {NOW - minutes(9): 3, NOW - minutes(8): 0}
    errors = account.check().errors
    assert errors is not None
    assert errors.crashes == 3

    account.log('{"level": "INFO", "message": "batch"}', minutes(0.5))
    errors = account.check().errors
    assert errors is not None
    assert errors.recovered


def test_failure_of_a_message_is_not_the_reason_of_failed_invocations(account: Account) -> None:
    account.metrics.values["Errors", "f"] = {NOW - minutes(9): 3}
    account.log(FAILED_MESSAGE + ', "reason": "denied"}', minutes(1))
    errors = account.check().errors
    assert errors is not None
    assert (errors.crashes, errors.crash_reason, errors.reason) == (3, "", "denied")
    account.log("2026-11-24 id Task timed out after 60.00 seconds", minutes(7))
    errors = account.check().errors
    assert errors is not None
    assert (errors.crash_reason, errors.reason) == ("Task timed out after 60.00 seconds", "denied")


def test_errors_are_counted_by_the_metrics_if_the_log_is_unreadable(account: Account) -> None:
    account.logs.error = PermanentError("cannot read the log")
    account.metrics.values["Errors", "f"] = {NOW - minutes(2): 2}
    found = account.check()
    assert found.errors is not None
    assert (found.errors.crashes, found.errors.newest) == (2, NOW - minutes(2))
    assert found.errors.log_error == "cannot read the log"
    assert set(found.unchecked) == {"errors in the log", "last digest", "last audit"}
    account.metrics.error = TransientError("cannot read the metrics")
    assert "errors" in account.check().unchecked


FAILED_MESSAGE = '{"level": "ERROR", "message": "error", "message_id": "m", "request_id": "1"'


@pytest.mark.parametrize(
    ("lines", "repeated"),
    [
        ([FAILED_MESSAGE + "}"], 0),
        (
            [FAILED_MESSAGE + ', "receive_count": 2}'],
            1,
        ),
        (
            [
                FAILED_MESSAGE + "}",
                FAILED_MESSAGE.replace("1", "2") + "}",
            ],
            1,
        ),
        (['{"level": "ERROR", "message": "notification failed"}'], 0),
    ],
)
def test_messages_that_failed_more_than_once_are_counted(
    account: Account, lines: list[str], repeated: int
) -> None:
    for line in lines:
        account.log(line)
    errors = account.check().errors
    assert errors is not None
    assert (errors.failures, errors.repeated, errors.crashes) == (len(lines), repeated, 0)


def test_throttles_are_counted_for_function_table_and_each_index(account: Account) -> None:
    age = NOW - minutes(3)
    account.metrics.values = {
        ("Throttles", "f"): {age: 1},
        ("WriteThrottleEvents", "images"): {age: 2},
        ("ReadThrottleEvents", "images"): {age: 3, NOW - minutes(20): 50},
        ("WriteThrottleEvents", "UploadTimestampIndex"): {age: 4},
        ("ReadThrottleEvents", "BucketKeyIndex"): {age: 5, age + minutes(1): 6},
    }
    assert account.check().throttles == {
        "function": 1,
        "table": 5,
        "index UploadTimestampIndex": 4,
        "index BucketKeyIndex": 11,
    }


def test_age_and_redelivered_messages_of_the_queue_are_measured(account: Account) -> None:
    first, last = NOW - minutes(9), NOW - minutes(1)
    account.metrics.values = {
        ("ApproximateAgeOfOldestMessage", "main"): {first: 30, last: 90},
        ("NumberOfMessagesReceived", "main"): {first: 20, last: 20},
        ("NumberOfMessagesDeleted", "main"): {last: 25},
        ("ApproximateNumberOfMessagesNotVisible", "main"): {first: 10, last: 4},
    }
    traffic = account.check().traffic
    assert traffic is not None
    assert (traffic.oldest_seconds, traffic.redelivered) == (90, 5)


def test_commonest_reason_and_age_of_dead_letters_are_found(account: Account) -> None:
    for number in range(5):
        account.letters.put("{}", NOW - minutes(number))
    account.letters.put("not JSON", NOW - timedelta(days=2))
    letters = account.check().letters
    assert letters is not None
    assert (letters.looked_at, letters.count) == (6, 5)
    assert letters.oldest == NOW - timedelta(days=2)
    assert account.letters.visible == 6


def test_object_without_a_record_is_found(account: Account) -> None:
    account.put("a.jpg", minutes(60), indexed=True)
    account.put("b.jpg", minutes(30))
    account.put("new.jpg", minutes(1))
    account.put("newer.txt", minutes(6))
    newest = account.check().newest
    assert newest is not None
    [own] = newest
    assert (own.location, own.uploaded_at) == (ObjectLocation("own", "b.jpg"), NOW - minutes(30))
    assert (own.indexed, own.listed, own.complete) == (False, 4, True)


def test_replaced_object_with_an_old_record_is_not_indexed(account: Account) -> None:
    account.put("a.jpg", minutes(60), indexed=True)
    account.put("a.jpg", minutes(10))
    newest = account.check().newest
    assert newest is not None
    assert not newest[0].indexed


def test_indexed_object_is_indexed(account: Account) -> None:
    assert account.check().newest is not None
    account.put("a.jpg", minutes(60), indexed=True)
    newest = account.check().newest
    assert newest is not None
    assert newest[0].indexed


def test_large_bucket_is_listed_in_part(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgmeta.deployment.service.checks.buckets._MAX_KEYS", 2)
    for number in range(3):
        account.put(f"{number}.jpg", minutes(60 - number))
    newest = account.check().newest
    assert newest is not None
    assert (newest[0].location, newest[0].listed) == (ObjectLocation("own", "1.jpg"), 2)
    assert not newest[0].complete


def test_event_delivery_of_existing_buckets_is_checked(account: Account) -> None:
    stack = replace(STACK, outputs=OUTPUTS | {"Buckets": "on,off,own"})
    assert account.check(stack).event_delivery == {"on": True, "off": False}


def test_unreadable_bucket_does_not_hide_the_others(account: Account) -> None:
    account.objects = UnlistableStore()
    account.put("b.jpg", minutes(30))
    stack = replace(STACK, outputs=OUTPUTS | {"Buckets": "denied,off,gone,own"})
    found = account.check(stack)
    assert found.event_delivery == {"off": False, "gone": None}
    assert found.newest is not None
    assert [each.bucket for each in found.newest] == ["off", "gone", "own"]
    assert not found.newest[-1].indexed
    assert found.unchecked == {
        "EventBridge": "cannot read denied",
        "newest objects": "cannot list denied",
    }


def test_last_digest_and_audit_are_found(account: Account) -> None:
    account.log('{"message": "digest sent", "hours": 24}', timedelta(hours=30))
    account.log('{"message": "digest sent", "hours": 24}', timedelta(hours=5))
    account.log('{"message": "audit finished", "drift": 3}', timedelta(days=6))
    account.log('{"message": "x", "key": "digest sent"}')
    found = account.check()
    assert found.last_digest is not None
    assert found.last_digest.at == NOW - timedelta(hours=5)
    assert found.last_audit is not None
    assert (found.last_audit.at, found.last_audit.fields["drift"]) == (NOW - timedelta(days=6), 3)


def test_search_for_reports_ends_after_a_time_limit(account: Account) -> None:
    account.log('{"message": "audit finished"}', timedelta(days=6))
    account.seconds_per_call = 6
    audit = account.check().last_audit
    assert audit is not None
    assert audit.at is None
    assert audit.since > NOW - timedelta(days=6)


@pytest.mark.parametrize(
    ("key", "digest", "replaced"),
    [
        (f"imgmeta/imgmeta-1-{'ab' * 8}.zip", "ab" * 32, False),
        (f"imgmeta/imgmeta-1-{'ab' * 8}-copy.zip", "ab" * 32, False),
        (f"imgmeta/imgmeta-1-{'ab' * 8}.zip", "cd" * 32, True),
        (f"imgmeta/imgmeta-1-{'ab' * 8}.zip", "", None),
        ("my/own.zip", "cd" * 32, None),
    ],
)
def test_code_that_another_tool_replaced_is_found(
    account: Account, key: str, digest: str, *, replaced: bool | None
) -> None:
    account.functions.digest = bytes.fromhex(digest) or None
    assert account.check(replace(STACK, parameters={"CodeKey": key})).code_replaced is replaced
