"""What the function that this project grew from got wrong, and what this one does instead.

Each test is the fault of that number in the list of the project's design.
"""

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
from support.aws.moto import answer_with
from support.function.harness import EmulatedFunction, emulated_function
from support.strategies.events import ObjectEvent, notification, notified, queue, setup_message

PHOTO = (Path(__file__).parents[2] / "examples/photos/lighthouse.jpg").read_bytes()


def event(key: str, number: int = 1, name: str = "ObjectCreated:Put") -> ObjectEvent:
    return ObjectEvent(key, sequencer=f"{number:X}", name=name)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatedFunction]:
    with emulated_function(monkeypatch) as cloud:
        yield cloud


def repository(cloud: EmulatedFunction) -> DynamoDBImageRepository:
    return DynamoDBImageRepository(
        cloud.clients.dynamodb, "images", clock=lambda: datetime.now(UTC)
    )


def the_function_s_own_client(name: str) -> Any:  # noqa: ANN401 - of any service
    return getattr(aws_lambda._event_handler().function._aws.clients, name)  # noqa: SLF001 - to see what it asks


def test_1_an_upload_that_cannot_be_indexed_now_is_not_reported_as_done(
    cloud: EmulatedFunction,
) -> None:
    cloud.put("a.jpg", PHOTO)
    answer_with(
        the_function_s_own_client("dynamodb"), "dynamodb.PutItem", "ThrottlingException", 400
    )
    with pytest.raises(TransientError, match="slow down"):
        cloud.handler(notification(event("a.jpg")))
    assert cloud.handler(queue(notification(event("a.jpg")))) == {
        "batchItemFailures": [{"itemIdentifier": "m-0"}]
    }


def test_2_a_malformed_record_does_not_end_its_batch(cloud: EmulatedFunction) -> None:
    cloud.put("a.jpg", PHOTO)
    malformed = [{}, {"eventSource": "aws:s3", "s3": {"bucket": {"name": "holiday"}}}]
    answered = cloud.handler({"Records": [*malformed, notified(event("a.jpg"))]})
    assert json.loads(answered["body"]) == {"processed": 1, "failed": 2}
    assert set(cloud.items()) == {"a.jpg"}


def test_3_an_old_event_does_not_overwrite_a_new_record(cloud: EmulatedFunction) -> None:
    cloud.put("a.jpg", PHOTO)
    cloud.handler(notification(ObjectEvent("a.jpg", sequencer="000000000000000010")))
    new = cloud.items()
    cloud.delete("a.jpg")
    # The later one as text: S3's order is that of the numbers.
    answered = cloud.handler(notification(ObjectEvent("a.jpg", sequencer="9")))
    assert json.loads(answered["body"]) == {"processed": 0, "failed": 0}
    assert cloud.items() == new


def test_4_the_time_is_that_of_the_upload_and_a_range_of_it_can_be_asked_for(
    cloud: EmulatedFunction,
) -> None:
    cloud.put("a.jpg", PHOTO)
    uploaded = cloud.clients.s3.head_object(Bucket="holiday", Key="a.jpg")["LastModified"]
    cloud.handler(notification(event("a.jpg")))
    assert cloud.items()["a.jpg"]["UploadTimestamp"] == {"N": f"{uploaded.timestamp():.0f}"}
    hour = timedelta(hours=1)
    found = repository(cloud).uploaded_between(uploaded - hour, uploaded + hour)
    assert [record.object_key for record in found] == ["a.jpg"]
    assert list(repository(cloud).uploaded_between(uploaded + hour, uploaded + 2 * hour)) == []


def test_5_an_image_that_is_gone_leaves_the_index(cloud: EmulatedFunction) -> None:
    cloud.put("a.jpg", PHOTO)
    cloud.handler(notification(event("a.jpg", 1)))
    cloud.delete("a.jpg")
    cloud.handler(notification(event("a.jpg", 2, "LifecycleExpiration:Delete")))
    assert list(repository(cloud).scan()) == []
    tombstone = cloud.items()["a.jpg"]
    assert tombstone["Status"] == {"S": "deleted"}
    assert "ExpiresAt" in tombstone


def test_6_a_suffix_counts_in_any_case(cloud: EmulatedFunction) -> None:
    keys = ["a.JPG", "b.Jpeg", "c.PNG", "d.jpg"]
    for key in keys:
        cloud.put(key, PHOTO)
    cloud.handler(notification(*map(event, keys)))
    assert set(cloud.items()) == set(keys)


def test_9_people_are_not_told_of_every_invocation(cloud: EmulatedFunction) -> None:
    cloud.put("a.jpg", PHOTO)
    cloud.handler(notification(event("a.jpg")))
    assert cloud.receive_notifications() == []
    cloud.put("b.jpg", b"no image")
    cloud.handler(notification(event("b.jpg")))
    assert [subject for subject, _ in cloud.receive_notifications()] == [
        "imgmeta: 0 processed, 1 failed (prod)"
    ]


def test_12_a_record_says_what_the_image_itself_says(cloud: EmulatedFunction) -> None:
    cloud.put("a.jpg", PHOTO)
    cloud.handler(notification(event("a.jpg")))
    item = cloud.items()["a.jpg"]
    assert {"ImageId", "BucketName", "ObjectKey", "FileSize", "ContentType"} <= set(item)
    assert item["Status"] == {"S": "processed"}
    assert item["FileSize"] == {"N": str(len(PHOTO))}
    assert item["Format"] == {"S": "JPEG"}
    assert {"Width", "Height", "CameraModel", "TakenAt", "Latitude"} <= set(item)


def test_13_what_s3_sends_when_notifications_are_set_up_is_nothing_to_do(
    cloud: EmulatedFunction,
) -> None:
    assert json.loads(cloud.handler(setup_message())["body"]) == {"processed": 0, "failed": 0}
    assert cloud.handler(queue(setup_message())) == {"batchItemFailures": []}


def test_13_a_missing_object_that_looks_forbidden_is_told_with_the_permission_to_give(
    cloud: EmulatedFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    answer_with(the_function_s_own_client("s3"), "s3.GetObject", "AccessDenied", 403)
    cloud.handler(queue(notification(event("gone.jpg"))))
    assert "s3:ListBucket" in capsys.readouterr().out
    assert cloud.items() == {}


def test_13_objects_are_only_ever_read(cloud: EmulatedFunction) -> None:
    asked: list[str] = []
    the_function_s_own_client("s3").meta.events.register(
        "before-call.s3", lambda model, **_: asked.append(model.name)
    )
    cloud.put("a.jpg", PHOTO)
    cloud.put("empty.jpg", b"")
    cloud.handler(notification(*map(event, ["a.jpg", "empty.jpg", "gone.jpg"])))
    assert set(asked) == {"GetObject", "HeadObject"}
