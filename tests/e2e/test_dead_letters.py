"""Dead-letter messages, and the status of the stack."""

import json
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from imgmeta.core.events import Hint, encode_hint
from imgmeta.core.objects import ObjectLocation
from support.deployment.account import Deployment, photo, wait_until

pytestmark = pytest.mark.e2e

MAX_RECEIVE_COUNT = 5


@pytest.fixture
def fast_retry_stack(shared_stack: Deployment) -> Iterator[Deployment]:
    """Yield the stack with quick retries and an empty dead-letter queue."""
    queue, sqs = shared_stack.outputs["QueueUrl"], shared_stack.account.sqs
    # On a busy machine, a function takes longer to start than a message is invisible.
    first = f"{uuid4().hex}.jpg"
    shared_stack.put(first, photo(40))
    shared_stack.wait_for_record(first)
    original = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])
    shared_stack.retry_after(2)
    assert shared_stack.depth("DeadLetterQueueUrl") == (0, 0)
    yield shared_stack
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=original["Attributes"])
    sqs.purge_queue(QueueUrl=shared_stack.outputs["DeadLetterQueueUrl"])
    wait_until(lambda: shared_stack.depth("DeadLetterQueueUrl") == (0, 0))


def wait_for_dead_letters(stack: Deployment, number: int, keys: set[str]) -> None:
    """Wait until there are `number` dead letters, and the function has ended its work on the keys.

    A message becomes a dead letter although the function still works on its last delivery.
    """
    wait_until(lambda: stack.depth("DeadLetterQueueUrl") == (number, 0))
    last = {"message": "error", "receive_count": MAX_RECEIVE_COUNT}

    def failed() -> set[str]:
        return {line["key"] for line in stack.log() if line.items() >= last.items()}

    wait_until(lambda: failed() >= keys)


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
    fast_retry_stack.retry_after(15)
    sqs.send_message(QueueUrl=queue, MessageBody='{"no": "event"}')
    fast_retry_stack.put(f"{prefix}photo.jpg", photo(40))
    fast_retry_stack.wait_for_record(f"{prefix}photo.jpg")
    fast_retry_stack.retry_after(2)
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
        wait_for_dead_letters(fast_retry_stack, 1, {f"{prefix}photo.jpg"})
    assert f"{prefix}photo.jpg" not in fast_retry_stack.items()

    sqs, dead_letter_queue = (
        fast_retry_stack.account.sqs,
        fast_retry_stack.outputs["DeadLetterQueueUrl"],
    )
    [message] = sqs.receive_message(QueueUrl=dead_letter_queue)["Messages"]
    assert json.loads(message["Body"])["Records"][0]["eventName"] == "ObjectCreated:Put"
    fast_retry_stack.retry_after(60)
    # Like `aws sqs start-message-move-task`, which the emulator does not support.
    sqs.send_message(QueueUrl=fast_retry_stack.outputs["QueueUrl"], MessageBody=message["Body"])
    sqs.delete_message(QueueUrl=dead_letter_queue, ReceiptHandle=message["ReceiptHandle"])
    assert fast_retry_stack.wait_for_record(f"{prefix}photo.jpg")["Width"] == "44"
    wait_until(lambda: fast_retry_stack.status().code == 0)


def test_replay_groups_and_empties_the_dead_letters_of_five_reasons(
    fast_retry_stack: Deployment, prefix: str
) -> None:
    """The causes are fixed, except for two messages that can never be processed."""
    stack, account = fast_retry_stack, fast_retry_stack.account
    sqs, queue = account.sqs, stack.outputs["QueueUrl"]
    dead_letter_queue = stack.outputs["DeadLetterQueueUrl"]
    photos = {f"{prefix}{number}.jpg" for number in range(3)}
    stack.put(f"{prefix}indexed.jpg", photo(50))
    sequencer = stack.wait_for_record(f"{prefix}indexed.jpg")["Sequencer"]
    with stack.without_permission("Observe"):
        for number in range(3):
            stack.put(f"{prefix}{number}.jpg", photo(60 + number))
        for body in ('{"no": "event"}', "no JSON"):
            sqs.send_message(QueueUrl=queue, MessageBody=body)
        # Each message fails five times, two seconds apart; MiniStack retries the batches in turn.
        wait_for_dead_letters(stack, 5, photos)
    wrapped = {
        "requestContext": {"condition": "RetriesExhausted"},
        "requestPayload": {"imgmeta": "digest", "hours": 24},
        "responsePayload": {"errorType": "TransientError", "errorMessage": "SNS failed"},
    }
    location = ObjectLocation(stack.bucket, f"{prefix}indexed.jpg")
    for body in (json.dumps(wrapped), encode_hint(Hint(location, sequencer))):
        sqs.send_message(QueueUrl=dead_letter_queue, MessageBody=body)

    command = ("replay", "--stack-name", stack.name, "--json")
    # MiniStack adds the function's output to the log after a while.
    wait_until(lambda: "denied" in account.run(*command, "--dry-run").out)
    shown = account.run(*command, "--dry-run")
    assert (shown.code, shown.err) == (0, "7 dead letters.\n")
    groups = {each["Reason"]: each for each in shown.json}
    [denied] = [each for each in shown.json if each["Letters"] == 3]
    assert "denied" in denied["Reason"]
    assert sorted(denied["Objects"]) == [
        f"s3://{stack.bucket}/{prefix}{number}.jpg" for number in range(3)
    ]
    malformed = {"not a supported message or event", "the message is not JSON"}
    others = {*malformed, "TransientError: SNS failed", "unknown: no reason in the log"}
    assert groups.keys() == {denied["Reason"], *others}
    assert groups["unknown: no reason in the log"]["NotNeeded"] == 1

    stack.retry_after(15)
    process = account.start(*command, "--yes")
    wait_until(lambda: stack.items().keys() >= photos)
    stack.retry_after(2)  # the messages that fail
    out, err = process.communicate()
    assert process.returncode == 1, err
    result = json.loads(out.splitlines()[-1])
    assert (result["SentBack"], result["Dropped"], result["Refused"]) == (6, 1, 0)
    assert {each["Reason"] for each in result["CameBack"]} == malformed
    assert result["DeadLetters"] == 2
    for number in range(3):
        assert stack.items()[f"{prefix}{number}.jpg"]["Width"] == str(60 + number)


def test_log_of_an_object_is_shown(fast_retry_stack: Deployment, prefix: str) -> None:
    stack = fast_retry_stack
    with stack.without_permission("Observe"):
        stack.put(f"{prefix}photo.jpg", photo(44))
        wait_until(lambda: stack.depth("DeadLetterQueueUrl") == (1, 0))
    arguments = ("logs", "--stack-name", stack.name, "--since", "3h")
    # MiniStack adds the function's output to the log after a while.
    wait_until(lambda: stack.account.run(*arguments, "--key", f"{prefix}photo.jpg").out)
    shown = stack.account.run(*arguments, "--key", f"{prefix}photo.jpg")
    assert (shown.code, shown.err) == (0, "")
    assert shown.lines
    assert all(f"ERROR   error  s3://{stack.bucket}/{prefix}photo.jpg" in s for s in shown.lines)

    # Other tests need an index that agrees with the bucket.
    stack.put(f"{prefix}photo.jpg", photo(45))
    stack.wait_for_record(f"{prefix}photo.jpg", Width="45")


def test_killed_replay_loses_no_message(fast_retry_stack: Deployment, prefix: str) -> None:
    """Kill the process when it has read messages, and another when it has sent some back."""
    stack = fast_retry_stack
    keys = {f"{prefix}{number}.jpg" for number in range(100)}
    for number, key in enumerate(keys):
        hint = Hint(ObjectLocation(stack.bucket, key), f"{number + 1:032X}")
        stack.account.sqs.send_message(
            QueueUrl=stack.outputs["DeadLetterQueueUrl"], MessageBody=encode_hint(hint)
        )
    command = ("replay", "--stack-name", stack.name, "--yes")
    # A message must not fail only because other messages are processed first.
    stack.retry_after(60)

    def has_read() -> bool:
        return stack.depth("DeadLetterQueueUrl")[1] > 0

    def has_sent() -> bool:
        return sum(stack.depth("DeadLetterQueueUrl")) < len(keys)

    for is_time_to_kill in (has_read, has_sent):
        process = stack.account.start(*command)
        wait_until(is_time_to_kill)
        process.kill()
        process.communicate()

    def is_finished() -> bool:
        # A replay may end before the messages that a killed one received are visible again.
        code = stack.account.run(*command).code
        return code == 0 and stack.depth("DeadLetterQueueUrl") == (0, 0)

    wait_until(is_finished)
    # The objects do not exist, so that the function recorded them as deleted.
    wait_until(lambda: keys <= stack.items().keys())
