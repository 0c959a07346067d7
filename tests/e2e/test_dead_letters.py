"""Dead-letter messages, and the status of the stack."""

import json
import time
from collections.abc import Iterator

import pytest

from support.deployment.account import Deployment, photo, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture
def fast_retry_stack(shared_stack: Deployment) -> Iterator[Deployment]:
    """Yield the stack with a short visibility timeout and an empty dead-letter queue."""
    queue, sqs = shared_stack.outputs["QueueUrl"], shared_stack.account.sqs
    original = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    assert shared_stack.depth("DeadLetterQueueUrl") == (0, 0)
    yield shared_stack
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=original["Attributes"])
    sqs.purge_queue(QueueUrl=shared_stack.outputs["DeadLetterQueueUrl"])
    wait_until(lambda: shared_stack.depth("DeadLetterQueueUrl") == (0, 0))


def test_stack_without_problems_is_healthy(shared_stack: Deployment, prefix: str) -> None:
    time.sleep(1.1)  # upload times in S3 have a resolution of one second
    shared_stack.put(f"{prefix}last.jpg", photo(77))
    shared_stack.wait_for_record(f"{prefix}last.jpg")
    wait_until(shared_stack.is_idle)
    status = shared_stack.status()
    assert (status.code, status.err) == (0, "")
    [health] = status.json
    assert (health["Healthy"], health["Faults"]) == (True, [])
    assert (health["StackName"], health["StackStatus"]) == ("photos", "CREATE_COMPLETE")
    assert health["LastRecord"]["ObjectKey"] == f"{prefix}last.jpg"
    assert health["LastRecord"]["Width"] == 77
    assert health["Queue"] == health["DeadLetters"] == {"Waiting": 0, "InFlight": 0}
    assert len(health["Alarms"]) == 9
    assert health["Outputs"] == shared_stack.outputs


def test_invalid_message_is_dead_lettered_without_blocking_others(
    fast_retry_stack: Deployment, prefix: str
) -> None:
    sqs, queue = fast_retry_stack.account.sqs, fast_retry_stack.outputs["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody='{"no": "event"}')
    fast_retry_stack.put(f"{prefix}photo.jpg", photo(40))
    fast_retry_stack.wait_for_record(f"{prefix}photo.jpg")
    wait_until(lambda: fast_retry_stack.depth("DeadLetterQueueUrl") == (1, 0))

    status = fast_retry_stack.status()
    assert status.code == 1
    assert status.json[0]["Faults"] == ["1 dead letter"]
    assert status.err == "imgmeta: the stack is unhealthy: 1 dead letter\n"
    dead = sqs.receive_message(
        QueueUrl=fast_retry_stack.outputs["DeadLetterQueueUrl"], VisibilityTimeout=0
    )
    assert [each["Body"] for each in dead["Messages"]] == ['{"no": "event"}']


def test_event_of_inaccessible_object_is_dead_lettered_and_can_be_redriven(
    fast_retry_stack: Deployment, prefix: str
) -> None:
    """Move the message back to the queue after the cause is fixed."""
    with fast_retry_stack.without_permission("Observe"):
        fast_retry_stack.put(f"{prefix}photo.jpg", photo(44))
        wait_until(lambda: fast_retry_stack.depth("DeadLetterQueueUrl") == (1, 0))
    assert f"{prefix}photo.jpg" not in fast_retry_stack.items()

    sqs, dead_letter_queue = (
        fast_retry_stack.account.sqs,
        fast_retry_stack.outputs["DeadLetterQueueUrl"],
    )
    [message] = sqs.receive_message(QueueUrl=dead_letter_queue)["Messages"]
    assert json.loads(message["Body"])["Records"][0]["eventName"] == "ObjectCreated:Put"
    # Like `aws sqs start-message-move-task`, which the emulator does not support.
    sqs.send_message(QueueUrl=fast_retry_stack.outputs["QueueUrl"], MessageBody=message["Body"])
    sqs.delete_message(QueueUrl=dead_letter_queue, ReceiptHandle=message["ReceiptHandle"])
    assert fast_retry_stack.wait_for_record(f"{prefix}photo.jpg")["Width"] == "44"
    wait_until(lambda: fast_retry_stack.status().code == 0)
