"""The same event gives the same record, whatever brings it.

`tests/events` has one document of each kind, in the shape of AWS's documentation: Amazon S3 User
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

from imgmeta import IfRevision, ImageRecord, ObjectLocation
from support.convergence.aws_functions import Functions
from support.convergence.aws_machine import AWS, aws_in_this_process
from support.convergence.deliveries import Function

FOLDER = Path(__file__).parents[1] / "events"
PLACE = ObjectLocation("amzn-s3-demo-bucket", "holiday/July+August/é photo.JPG")
OTHERWISE = {"ProcessedAt", "Revision", "ExpiresAt"}
"""What a record says of the moment in which it was written."""

Change = Callable[[Functions], object]


def document(name: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def put(number: int) -> Change:
    return lambda functions: functions.bucket.put(PLACE.key, number)


def remove(functions: Functions) -> object:
    return functions.bucket.delete(PLACE.key)


HISTORIES: dict[str, tuple[list[Change], bool]] = {
    "created": ([put(3)], True),
    "overwritten": ([put(3), put(5)], True),
    "deleted": ([put(3), put(5), remove], False),
    "delete-marker": ([put(3), put(5), remove], True),
    "expired": ([put(3), put(5), remove], False),
    "expired-marker": ([put(3), put(5), remove], True),
}
"""What happened by the time that an event of this name comes; and whether there are versions."""

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


WAYS: dict[str, Callable[[object], object]] = {
    "directly": lambda message: message,
    "in SQS": in_sqs,
    "in SNS": in_sns,
    "in SNS in SQS": in_sns_in_sqs,
}
DONE: dict[str, object] = {"batchItemFailures": []}


@pytest.fixture(scope="module")
def aws() -> Iterator[AWS]:
    with aws_in_this_process() as there:
        yield there


@pytest.fixture
def functions(aws: AWS, request: pytest.FixtureRequest) -> Iterator[Functions]:
    history, versioned = HISTORIES[request.param]
    with ExitStack() as cleanup:
        made = Functions(aws, cleanup, versioned=versioned)
        made.bucket.name = PLACE.bucket
        for change in history:
            change(made)
        yield made
        made.bucket.empty()


@pytest.fixture
def function(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Function:
    return functions.handler(monkeypatch)


def stored(functions: Functions) -> ImageRecord:
    record = functions.repository.get(PLACE.image_id)
    assert record is not None
    return record


def said(functions: Functions) -> dict[str, object]:
    item = stored(functions).to_item()
    return {name: value for name, value in item.items() if name not in OTHERWISE}


def forget(functions: Functions) -> None:
    """Have the index say what it said when it had heard of nothing but the beginning."""
    old = stored(functions)
    beginning = {"sequencer": f"{1:032X}", "etag": "old", "revision": "old"}
    functions.repository.put(old.model_copy(update=beginning), IfRevision(old.revision))


def same_of_all_ways(functions: Functions, function: Function, name: str) -> dict[str, object]:
    """Return what the index says, however the events of this name come."""
    every: list[dict[str, object]] = []
    for source in ("s3", "eventbridge"):
        for way, bring in WAYS.items():
            if every:
                forget(functions)
            answer = function(bring(document(f"{source}-{name}")))
            assert answer == DONE if "SQS" in way else answer["statusCode"] == 200
            every.append(said(functions))
    assert len(every) == 8
    assert all(one == every[0] for one in every)
    return every[0]


@pytest.mark.parametrize(
    ("functions", "name"), [(name, name) for name in HISTORIES], indirect=["functions"]
)
def test_an_event_gives_the_same_record_whatever_brings_it(
    functions: Functions, function: Function, name: str
) -> None:
    record = same_of_all_ways(functions, function, name)
    assert record["Sequencer"] == f"{SEQUENCERS.get(name, LAST):032X}"
    number = {"created": 3, "overwritten": 5}.get(name)
    assert record["Status"] == ("processed" if number else "deleted")
    assert record.get("Width") == number
    assert ("VersionId" in record) == bool(number)


@pytest.mark.parametrize(
    ("functions", "name"), [(name, name) for name in HISTORIES], indirect=["functions"]
)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_job_leaves_the_record_that_an_event_made(
    functions: Functions, function: Function, name: str, version: str
) -> None:
    function(document(f"s3-{name}"))
    before = said(functions)
    job = document(f"batch-operations-{version}")
    answer = function(job)
    assert [result["resultCode"] for result in answer["results"]] == ["Succeeded"]
    assert (answer["invocationSchemaVersion"], answer["invocationId"]) == (
        version,
        job["invocationId"],
    )
    assert said(functions) == before


@pytest.mark.parametrize("functions", ["created"], indirect=True)
def test_a_job_makes_the_record_that_an_event_makes_but_for_its_sequencer(
    functions: Functions, function: Function
) -> None:
    function(document("batch-operations-1.0"))
    by_job = said(functions)
    function(document("s3-created"))
    by_event = said(functions)
    assert by_event.pop("Sequencer")
    assert by_event == by_job


@pytest.mark.parametrize("functions", ["created"], indirect=True)
@pytest.mark.parametrize("version", ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.10"])
def test_every_minor_version_of_an_event_gives_the_same_record(
    functions: Functions, function: Function, version: str
) -> None:
    event = document("s3-created")
    function(event)
    before = said(functions)
    forget(functions)
    event["Records"][0] |= {"eventVersion": version, "new": {"in": version}}
    event["Records"][0]["s3"]["object"]["new"] = version
    function(event)
    assert said(functions) == before


@pytest.mark.parametrize("functions", ["created"], indirect=True)
@pytest.mark.parametrize("way", WAYS)
def test_a_test_event_says_nothing(functions: Functions, function: Function, way: str) -> None:
    answer = function(WAYS[way](document("s3-test")))
    assert answer == DONE if "SQS" in way else answer["statusCode"] == 200
    assert functions.repository.get(PLACE.image_id) is None
