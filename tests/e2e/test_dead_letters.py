"""What cannot be processed is a dead letter, and whoever asks for the status is told."""

import json
import time
from collections.abc import Iterator

import pytest

from support.deployment.account import Deployment, photo, until

pytestmark = pytest.mark.e2e


@pytest.fixture
def hurried(shared: Deployment) -> Iterator[Deployment]:
    """Return the stack with a queue that delivers again at once, and no dead letters."""
    queue, sqs = shared.outputs["QueueUrl"], shared.account.sqs
    usual = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    assert shared.depth("DeadLetterQueueUrl") == (0, 0)
    yield shared
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=usual["Attributes"])
    sqs.purge_queue(QueueUrl=shared.outputs["DeadLetterQueueUrl"])
    until(lambda: shared.depth("DeadLetterQueueUrl") == (0, 0))


def test_a_stack_where_nothing_is_wrong_is_healthy(shared: Deployment, folder: str) -> None:
    time.sleep(1.1)  # S3 tells the time of an upload in whole seconds
    shared.put(f"{folder}last.jpg", photo(77))
    shared.recorded(f"{folder}last.jpg")
    until(shared.is_quiet)
    status = shared.status()
    assert (status.code, status.err) == (0, "")
    [health] = status.json
    assert (health["Healthy"], health["Faults"]) == (True, [])
    assert (health["StackName"], health["StackStatus"]) == ("photos", "CREATE_COMPLETE")
    assert health["LastRecord"]["ObjectKey"] == f"{folder}last.jpg"
    assert health["LastRecord"]["Width"] == 77
    assert health["Queue"] == health["DeadLetters"] == {"Waiting": 0, "InFlight": 0}
    assert len(health["Alarms"]) == 6
    assert health["Outputs"] == shared.outputs


def test_a_message_that_is_no_event_is_a_dead_letter_and_stops_no_other(
    hurried: Deployment, folder: str
) -> None:
    sqs, queue = hurried.account.sqs, hurried.outputs["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody='{"no": "event"}')
    hurried.put(f"{folder}photo.jpg", photo(40))
    hurried.recorded(f"{folder}photo.jpg")
    until(lambda: hurried.depth("DeadLetterQueueUrl") == (1, 0))

    status = hurried.status()
    assert status.code == 1
    assert status.json[0]["Faults"] == ["1 dead letter"]
    assert status.err == "imgmeta: the stack is unhealthy: 1 dead letter\n"
    dead = sqs.receive_message(QueueUrl=hurried.outputs["DeadLetterQueueUrl"], VisibilityTimeout=0)
    assert [each["Body"] for each in dead["Messages"]] == ['{"no": "event"}']


def test_an_event_of_an_object_that_cannot_be_read_is_tried_again_and_replayed(
    hurried: Deployment, folder: str
) -> None:
    """Whoever mends what was wrong moves the dead letters back, and nothing is lost."""
    with hurried.without("Observe"):
        hurried.put(f"{folder}photo.jpg", photo(44))
        until(lambda: hurried.depth("DeadLetterQueueUrl") == (1, 0))
    assert f"{folder}photo.jpg" not in hurried.items()

    sqs, dead = hurried.account.sqs, hurried.outputs["DeadLetterQueueUrl"]
    [letter] = sqs.receive_message(QueueUrl=dead)["Messages"]
    assert json.loads(letter["Body"])["Records"][0]["eventName"] == "ObjectCreated:Put"
    # As `aws sqs start-message-move-task` does, which the emulator cannot.
    sqs.send_message(QueueUrl=hurried.outputs["QueueUrl"], MessageBody=letter["Body"])
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"])
    assert hurried.recorded(f"{folder}photo.jpg")["Width"] == "44"
    until(lambda: hurried.status().code == 0)
