"""The function does not repeat the bugs of the one that it replaces (docs/original.md)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import TransientError
from imgmeta.adapters.dynamodb import DynamoDBImageRepository
from imgmeta.entrypoints import aws_lambda
from imgmeta.testing.strategies.events import (
    ObjectEvent,
    notification,
    notified,
    queue,
    setup_message,
)
from support.aws.moto import respond_with_error
from support.function.harness import EmulatedFunction, emulated_function

PHOTO = (Path(__file__).parents[2] / "examples/photos/lighthouse.jpg").read_bytes()


def event(key: str, number: int = 1, name: str = "ObjectCreated:Put") -> ObjectEvent:
    return ObjectEvent(key, sequencer=f"{number:X}", name=name)


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatedFunction]:
    with emulated_function(monkeypatch) as function:
        yield function


def repository(function: EmulatedFunction) -> DynamoDBImageRepository:
    return DynamoDBImageRepository(
        function.clients.dynamodb, "images", clock=lambda: datetime.now(UTC)
    )


def function_client(name: str) -> Any:  # noqa: ANN401 - the client of any service
    return getattr(aws_lambda._event_handler().function._aws.clients, name)  # noqa: SLF001 - to control its calls


def test_throttled_write_is_not_reported_as_success(
    function: EmulatedFunction,
) -> None:
    function.put("a.jpg", PHOTO)
    respond_with_error(function_client("dynamodb"), "dynamodb.PutItem", "ThrottlingException", 400)
    with pytest.raises(TransientError, match="throttled"):
        function.handler(notification(event("a.jpg")))
    assert function.handler(queue(notification(event("a.jpg")))) == {
        "batchItemFailures": [{"itemIdentifier": "m-0"}]
    }


def test_malformed_entry_does_not_stop_its_batch(function: EmulatedFunction) -> None:
    function.put("a.jpg", PHOTO)
    malformed = [{}, {"eventSource": "aws:s3", "s3": {"bucket": {"name": "holiday"}}}]
    response = function.handler({"Records": [*malformed, notified(event("a.jpg"))]})
    assert json.loads(response["body"]) == {"processed": 1, "failed": 2}
    assert set(function.items()) == {"a.jpg"}


def test_old_event_does_not_overwrite_a_newer_record(function: EmulatedFunction) -> None:
    function.put("a.jpg", PHOTO)
    function.handler(notification(ObjectEvent("a.jpg", sequencer="000000000000000010")))
    items = function.items()
    # "9" sorts after the first sequencer as text, but S3 compares sequencers as numbers.
    response = function.handler(notification(ObjectEvent("a.jpg", sequencer="9")))
    assert json.loads(response["body"]) == {"processed": 0, "failed": 0}
    assert function.items() == items


def test_upload_time_is_recorded_and_can_be_queried_by_range(
    function: EmulatedFunction,
) -> None:
    function.put("a.jpg", PHOTO)
    uploaded = function.clients.s3.head_object(Bucket="holiday", Key="a.jpg")["LastModified"]
    function.handler(notification(event("a.jpg")))
    assert function.items()["a.jpg"]["UploadTimestamp"] == {"N": f"{uploaded.timestamp():.0f}"}
    hour = timedelta(hours=1)
    found = repository(function).uploaded_between(uploaded - hour, uploaded + hour)
    assert [record.object_key for record in found] == ["a.jpg"]
    assert list(repository(function).uploaded_between(uploaded + hour, uploaded + 2 * hour)) == []


def test_deleted_image_is_removed_from_the_index(function: EmulatedFunction) -> None:
    function.put("a.jpg", PHOTO)
    function.handler(notification(event("a.jpg", 1)))
    function.delete("a.jpg")
    function.handler(notification(event("a.jpg", 2, "LifecycleExpiration:Delete")))
    assert list(repository(function).scan()) == []
    tombstone = function.items()["a.jpg"]
    assert tombstone["Status"] == {"S": "deleted"}
    assert "ExpiresAt" in tombstone


def test_suffixes_are_case_insensitive(function: EmulatedFunction) -> None:
    keys = ["a.JPG", "b.Jpeg", "c.PNG", "d.jpg"]
    for key in keys:
        function.put(key, PHOTO)
    function.handler(notification(*map(event, keys)))
    assert set(function.items()) == set(keys)


def test_notifications_are_sent_only_for_failures(function: EmulatedFunction) -> None:
    function.put("a.jpg", PHOTO)
    function.handler(notification(event("a.jpg")))
    assert function.receive_notifications() == []
    function.put("b.jpg", b"no image")
    function.handler(notification(event("b.jpg")))
    assert [subject for subject, _ in function.receive_notifications()] == [
        "imgmeta: 0 processed, 1 failed (prod)"
    ]


def test_record_contains_image_properties(function: EmulatedFunction) -> None:
    function.put("a.jpg", PHOTO)
    function.handler(notification(event("a.jpg")))
    item = function.items()["a.jpg"]
    assert {"ImageId", "BucketName", "ObjectKey", "FileSize", "ContentType"} <= set(item)
    assert item["Status"] == {"S": "processed"}
    assert item["FileSize"] == {"N": str(len(PHOTO))}
    assert item["Format"] == {"S": "JPEG"}
    assert {"Width", "Height", "CameraModel", "TakenAt", "Latitude"} <= set(item)


def test_s3_test_event_is_ignored(
    function: EmulatedFunction,
) -> None:
    assert json.loads(function.handler(setup_message())["body"]) == {"processed": 0, "failed": 0}
    assert function.handler(queue(setup_message())) == {"batchItemFailures": []}


def test_log_names_the_missing_permission(
    function: EmulatedFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    respond_with_error(function_client("s3"), "s3.GetObject", "AccessDenied", 403)
    function.handler(queue(notification(event("gone.jpg"))))
    assert "s3:ListBucket" in capsys.readouterr().out
    assert function.items() == {}


def test_objects_are_only_read(function: EmulatedFunction) -> None:
    operations: list[str] = []
    function_client("s3").meta.events.register(
        "before-call.s3", lambda model, **_: operations.append(model.name)
    )
    function.put("a.jpg", PHOTO)
    function.put("empty.jpg", b"")
    function.handler(notification(*map(event, ["a.jpg", "empty.jpg", "gone.jpg"])))
    assert set(operations) == {"GetObject", "HeadObject"}
