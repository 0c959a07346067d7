"""An event gives the same record through every transport.

`tests/events` has one event of each kind, in the form of the AWS documentation: Amazon S3 User
Guide, "Event message structure", "EventBridge event message structure" and "Invoke AWS Lambda
function"; AWS Lambda Developer Guide, "Using Lambda with Amazon SQS" and "... with Amazon SNS".
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("moto")
pytest.importorskip("aws_lambda_powertools")

from imgmeta import IfRevision, ImageRecord, ObjectLocation, Status
from support.aws.moto import move_to_storage_class
from support.convergence.aws_functions import Functions
from support.convergence.aws_machine import AWS, aws_in_this_process
from support.convergence.deliveries import Function

FOLDER = Path(__file__).parents[1] / "events"
LOCATION = ObjectLocation("amzn-s3-demo-bucket", "holiday/July+August/é photo.JPG")
WRITE_ATTRIBUTES = {"ProcessedAt", "Revision", "ExpiresAt"}
"""Attributes of a record that differ with each write."""

Change = Callable[[Functions], object]


def document(name: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def put(number: int) -> Change:
    return lambda functions: functions.bucket.put(LOCATION.key, number)


def remove(functions: Functions) -> object:
    return functions.bucket.delete(LOCATION.key)


HISTORIES: dict[str, tuple[list[Change], bool]] = {
    "created": ([put(3)], True),
    "overwritten": ([put(3), put(5)], True),
    "deleted": ([put(3), put(5), remove], False),
    "delete-marker": ([put(3), put(5), remove], True),
    "expired": ([put(3), put(5), remove], False),
    "expired-marker": ([put(3), put(5), remove], True),
}
"""The changes before each event, and whether the bucket is versioned."""

SEQUENCERS = {"created": 0x617F08299329D189, "overwritten": 0x617F08299329F2AB}
LAST = 0x617F0829A000000C


def in_sqs(message: object) -> object:
    envelope = document("in-sqs")
    envelope["Records"][0]["body"] = json.dumps(message)
    return envelope


def in_sns(message: object) -> object:
    envelope = document("in-sns")
    envelope["Records"][0]["Sns"]["Message"] = json.dumps(message)
    return envelope


def in_sns_in_sqs(message: object) -> object:
    return in_sqs(document("in-sns-to-sqs") | {"Message": json.dumps(message)})


TRANSPORTS: dict[str, Callable[[object], object]] = {
    "directly": lambda message: message,
    "in SQS": in_sqs,
    "in SNS": in_sns,
    "in SNS in SQS": in_sns_in_sqs,
}
DONE: dict[str, object] = {"batchItemFailures": []}


@pytest.fixture(scope="module")
def aws() -> Iterator[AWS]:
    with aws_in_this_process() as aws:
        yield aws


@pytest.fixture
def functions(aws: AWS, request: pytest.FixtureRequest) -> Iterator[Functions]:
    history, versioned = HISTORIES[request.param]
    with ExitStack() as cleanup:
        functions = Functions(aws, cleanup, versioned=versioned)
        functions.bucket.name = LOCATION.bucket
        for change in history:
            change(functions)
        yield functions
        functions.bucket.empty()


@pytest.fixture
def function(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Function:
    return functions.handler(monkeypatch)


def stored(functions: Functions) -> ImageRecord:
    record = functions.repository.get(LOCATION.image_id)
    assert record is not None
    return record


def stored_attributes(functions: Functions) -> dict[str, object]:
    item = stored(functions).to_item()
    return {name: value for name, value in item.items() if name not in WRITE_ATTRIBUTES}


def reset(functions: Functions) -> None:
    """Replace the record with one of an older event."""
    record = stored(functions)
    changes = {"sequencer": f"{1:032X}", "etag": "old", "revision": "old"}
    functions.repository.put(record.model_copy(update=changes), IfRevision(record.revision))


def record_of_all_transports(
    functions: Functions, function: Function, name: str
) -> dict[str, object]:
    """Process an event through every transport; return the record, which must be the same."""
    records: list[dict[str, object]] = []
    for source in ("s3", "eventbridge"):
        for transport, wrap in TRANSPORTS.items():
            if records:
                reset(functions)
            response = function(wrap(document(f"{source}-{name}")))
            assert response == DONE if "SQS" in transport else response["statusCode"] == 200
            records.append(stored_attributes(functions))
    assert len(records) == 8
    assert all(each == records[0] for each in records)
    return records[0]


@pytest.mark.parametrize(
    ("functions", "name"), [(name, name) for name in HISTORIES], indirect=["functions"]
)
def test_event_gives_the_same_record_through_every_transport(
    functions: Functions, function: Function, name: str
) -> None:
    record = record_of_all_transports(functions, function, name)
    assert record["Sequencer"] == f"{SEQUENCERS.get(name, LAST):032X}"
    number = {"created": 3, "overwritten": 5}.get(name)
    assert record["Status"] == ("processed" if number else "deleted")
    assert record.get("Width") == number
    assert ("VersionId" in record) == bool(number)


@pytest.mark.parametrize(
    ("functions", "name"), [(name, name) for name in HISTORIES], indirect=["functions"]
)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_batch_operations_job_does_not_change_the_record_of_an_event(
    functions: Functions, function: Function, name: str, version: str
) -> None:
    function(document(f"s3-{name}"))
    before = stored_attributes(functions)
    job = document(f"batch-operations-{version}")
    response = function(job)
    assert [result["resultCode"] for result in response["results"]] == ["Succeeded"]
    assert (response["invocationSchemaVersion"], response["invocationId"]) == (
        version,
        job["invocationId"],
    )
    assert stored_attributes(functions) == before


@pytest.mark.parametrize("functions", ["created"], indirect=True)
def test_batch_operations_job_writes_the_record_of_an_event_without_its_sequencer(
    functions: Functions, function: Function
) -> None:
    function(document("batch-operations-1.0"))
    by_job = stored_attributes(functions)
    function(document("s3-created"))
    by_event = stored_attributes(functions)
    assert by_event.pop("Sequencer")
    assert by_event == by_job


@pytest.mark.parametrize("functions", ["created"], indirect=True)
@pytest.mark.parametrize("version", ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.10"])
def test_every_minor_event_version_gives_the_same_record(
    functions: Functions, function: Function, version: str
) -> None:
    event = document("s3-created")
    function(event)
    before = stored_attributes(functions)
    reset(functions)
    event["Records"][0] |= {"eventVersion": version, "new": {"in": version}}
    event["Records"][0]["s3"]["object"]["new"] = version
    function(event)
    assert stored_attributes(functions) == before


@pytest.mark.parametrize("functions", ["created"], indirect=True)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_test_event_writes_no_record(
    functions: Functions, function: Function, transport: str
) -> None:
    response = function(TRANSPORTS[transport](document("s3-test")))
    assert response == DONE if "SQS" in transport else response["statusCode"] == 200
    assert functions.repository.get(LOCATION.image_id) is None


@pytest.mark.parametrize("source", ["s3", "eventbridge"])
@pytest.mark.parametrize("wrap", TRANSPORTS.values(), ids=TRANSPORTS)
@pytest.mark.parametrize("functions", ["created"], indirect=True)
def test_event_of_a_restore_reads_the_archived_object_again(
    functions: Functions,
    function: Function,
    aws: AWS,
    source: str,
    wrap: Callable[[object], object],
) -> None:
    function(document("s3-created"))
    move_to_storage_class(LOCATION.bucket, LOCATION.key, "GLACIER")
    function(document("batch-operations-2.0"))
    archived = stored(functions)
    assert (archived.status, archived.width) == (Status.PROCESSED, 3)
    assert archived.storage_class == "GLACIER"
    assert archived.content_error == "archived (GLACIER): restore it, then reprocess it"
    aws.s3.restore_object(Bucket=LOCATION.bucket, Key=LOCATION.key, RestoreRequest={"Days": 1})
    function(wrap(document(f"{source}-restored")))
    restored = stored(functions)
    assert (restored.width, restored.content_error) == (3, None)
    assert restored.sequencer == archived.sequencer
