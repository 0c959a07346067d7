"""`imgmeta replay` on queues, a table and a log group of moto, in this process."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from moto.sqs.models import Queue

from imgmeta.adapters.dynamodb import DynamoDBImageRepository, create_table
from imgmeta.core.events import Hint, encode_hint, parse_event
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.ordering import IfRevision
from imgmeta.core.records import WriteMetadata, build_tombstone
from imgmeta.deployment.adapters.cloudwatch_logs import CloudWatchFunctionLogs
from imgmeta.deployment.adapters.sqs import SQSDeadLetterQueue
from imgmeta.deployment.core.dead_letters import DeadLetter
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.deployment.core.stacks import Stack
from support.aws.moto import aws_in_memory, respond_with_error
from support.cli.command_line import Cli
from support.deployment.dead_letters import InMemoryDeadLetters, InMemoryLogs

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients

BUCKET = "holiday"
GROUP = "/imgmeta/photos"
POISON = '{"no": "event"}'
MALFORMED = "not a supported message or event"
DIGEST = '{"imgmeta": "digest", "hours": 24}'


def sequencer(number: int) -> str:
    return f"{number:032X}"


def body(key: str, number: int = 1) -> str:
    return encode_hint(Hint(ObjectLocation(BUCKET, key), sequencer=sequencer(number)))


def failed_invocation(payload: str, kind: str, message: str) -> str:
    return json.dumps(
        {
            "version": "1.0",
            "requestContext": {"requestId": uuid4().hex, "condition": "RetriesExhausted"},
            "requestPayload": json.loads(payload),
            "responsePayload": {"errorType": kind, "errorMessage": message},
        }
    )


@dataclass
class Index:
    """The queues, table and log group of a stack, and a worker in place of its function."""

    clients: "Clients"
    deployed: DeployedIndex

    def send_dead(self, bodies: list[str]) -> dict[str, str]:
        """Put messages into the dead-letter queue; return their IDs by body."""
        ids = dict[str, str]()
        for start in range(0, len(bodies), 10):
            batch = bodies[start : start + 10]
            sent = self.clients.sqs.send_message_batch(
                QueueUrl=self.deployed.dead_letter_queue_url,
                Entries=[{"Id": str(n), "MessageBody": each} for n, each in enumerate(batch)],
            )
            ids |= {batch[int(each["Id"])]: each["MessageId"] for each in sent["Successful"]}
        return ids

    def log(self, *lines: dict[str, object] | str) -> None:
        now = int(time.time() * 1000)
        texts = [each if isinstance(each, str) else json.dumps(each) for each in lines]
        self.clients.logs.put_log_events(
            logGroupName=GROUP,
            logStreamName="stream",
            logEvents=[{"timestamp": now, "message": each} for each in texts],
        )

    def depth(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)  # type: ignore[arg-type]  # names of attributes
        return sum(int(each) for each in found["Attributes"].values())

    @property
    def dead(self) -> int:
        return self.depth(self.deployed.dead_letter_queue_url)

    @property
    def waiting(self) -> int:
        return self.depth(self.deployed.queue_url)

    def bodies(self, url: str) -> list[str]:
        """Return the bodies of all messages of a queue, and remove them."""
        found = list[str]()
        while batch := self.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            found += [each["Body"] for each in batch]
            for each in batch:
                self.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found

    def store(self, key: str, number: int) -> None:
        """Store a record whose newest event has this number."""
        write = WriteMetadata(datetime.now(UTC), uuid4().hex, sequencer(number), None)
        record = build_tombstone(ObjectLocation(BUCKET, key), write)
        repository = DynamoDBImageRepository(
            self.clients.dynamodb, self.deployed.table, clock=lambda: datetime.now(UTC)
        )
        repository.put(record, IfRevision(None))


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    delete, lock = Queue.delete_message, Lock()

    def delete_alone(queue: Queue, receipt: str) -> None:
        with lock:
            delete(queue, receipt)

    # moto replaces the list of messages, so that concurrent deletions get lost.
    monkeypatch.setattr(Queue, "delete_message", delete_alone)
    with aws_in_memory(monkeypatch) as clients:
        dead = clients.sqs.create_queue(QueueName="dead")["QueueUrl"]
        found = clients.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        policy = {"deadLetterTargetArn": found["Attributes"]["QueueArn"], "maxReceiveCount": 2}
        queue = clients.sqs.create_queue(
            QueueName="queue",
            Attributes={"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "0"},
        )["QueueUrl"]
        create_table(clients.dynamodb, "images")
        clients.logs.create_log_group(logGroupName=GROUP)
        clients.logs.create_log_stream(logGroupName=GROUP, logStreamName="stream")
        stack = Stack("arn:aws:cloudformation:x", "photos", "CREATE_COMPLETE")
        deployed = DeployedIndex(
            stack, "images", queue, dead, (BUCKET,), "", "arn:function", GROUP, ""
        )
        for module in ("imgmeta.deployment.bootstrap", "imgmeta.entrypoints.cli.replay_dialog"):
            monkeypatch.setattr(f"{module}.find_deployed_index", lambda *_: deployed)
        monkeypatch.setattr("imgmeta.entrypoints.cli.replay_dialog.time.sleep", lambda _: None)
        defaults = SQSDeadLetterQueue.__init__.__kwdefaults__
        assert defaults is not None
        monkeypatch.setitem(defaults, "wait", timedelta())  # moto responds at once
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield Index(clients, deployed)


@pytest.fixture
def worker(index: Index) -> Iterator[None]:
    """Process the messages of the queue in another thread; leave malformed ones in it."""
    stop = Event()

    def work() -> None:
        sqs, url = index.clients.sqs, index.deployed.queue_url
        while not stop.is_set():
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            for each in found:
                if not parse_event(each["Body"]).malformed:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            if not found:
                stop.wait(0.01)

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


REPLAY = ("replay", "--stack-name", "photos")


class QueueWithFunction(InMemoryDeadLetters):
    """A dead-letter queue whose function fails again only on malformed messages."""

    def send_back(self, letters: Iterable[DeadLetter], *, mark: str) -> list[DeadLetter]:
        accepted = super().send_back(letters, mark=mark)
        for each in accepted:
            if each.parsed.malformed:
                self.come_back(each.body, mark)
        return accepted


@pytest.mark.slow
def test_2000_letters_of_five_reasons_are_grouped_and_sent_back(
    cli: Cli, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, logs, now = QueueWithFunction(), InMemoryLogs(), datetime.now(UTC)
    dialog = "imgmeta.entrypoints.cli.replay_dialog"
    monkeypatch.setattr(f"{dialog}.open_dead_letters", lambda *_, **__: queue)
    monkeypatch.setattr(f"{dialog}.open_function_logs", lambda _: logs)
    for number in range(600):
        logs.failed(queue.put(body(f"denied/{number}.jpg"), now), "access denied")
        queue.put(
            failed_invocation(body(f"{number}.jpg"), "TransientError", f"S3 failed {number} times"),
            now,
        )
    for number in range(500):
        logs.failed(queue.put(body(f"slow/{number}.jpg"), now), "throttled")
    for number in range(299):
        queue.put(body(f"crashed/{number}.jpg"), now)
    logs.lines.append(LogEvent(now, "2026 5f Task timed out after 60.06 seconds"))
    queue.put(POISON, now)
    assert index.dead == 0

    done = cli(*REPLAY, "--yes", "--json")

    assert done.code == 1
    *groups, result = done.json
    assert [(each["Reason"], each["Letters"]) for each in groups] == [
        ("TransientError: S3 failed … times", 600),
        ("access denied", 600),
        ("throttled", 500),
        ("Task timed out after 60.06 seconds", 299),
        (MALFORMED, 1),
    ]
    assert all(each["Ages"] == {"under 1 hour": each["Letters"]} for each in groups)
    assert len(groups[0]["Objects"]) == 600
    assert (result["SentBack"], result["Dropped"], result["Refused"]) == (2000, 0, 0)
    [returned] = result["CameBack"]
    assert returned["Reason"] == MALFORMED
    assert queue.bodies == [POISON]
    assert len(queue.sent) == 2000


@pytest.mark.usefixtures("worker")
def test_message_that_fails_again_is_named(cli: Cli, index: Index) -> None:
    index.send_dead([POISON, body("a.jpg")])
    done = cli(*REPLAY, "--yes")
    assert done.code == 1
    assert "2 sent back, 0 dropped as no longer needed." in done.out
    [line] = [each for each in done.lines if each.startswith("came back")]
    assert line.startswith("came back  message ")
    assert line.endswith(f": {MALFORMED}")
    assert done.lines[-1] == "1 dead letter came back: the function failed again."


def test_dry_run_changes_nothing(cli: Cli, index: Index) -> None:
    index.send_dead([*(body(f"{n}.jpg") for n in range(7)), "no JSON"])
    index.store("3.jpg", 9)
    done = cli(*REPLAY, "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert done.lines[0].split(None, 1) == ["7", "unknown: no reason in the log"]
    assert done.lines[1].strip() == "under 1 hour: 7; 1 no longer needed"
    assert {each.strip() for each in done.lines[2:7]} < {f"s3://holiday/{n}.jpg" for n in range(7)}
    assert done.lines[7].strip() == "and 2 more"
    assert done.lines[8].split(None, 1) == ["1", "the message is not JSON"]
    assert done.lines[10].strip().startswith("message ")
    assert done.lines[-1] == "8 dead letters."
    assert index.waiting == 0
    assert len(index.bodies(index.deployed.dead_letter_queue_url)) == 8  # all are visible


def test_letter_whose_record_is_as_new_is_dropped(cli: Cli, index: Index) -> None:
    index.store("old.jpg", 4)
    index.store("same.jpg", 5)
    index.store("new.jpg", 6)
    index.send_dead([body(f"{name}.jpg", 5) for name in ("old", "same", "new", "missing")])
    done = cli(*REPLAY, "--yes", "--no-wait")
    assert done.code == 0
    assert done.lines[-1] == "2 sent back, 2 dropped as no longer needed."
    assert index.dead == 0
    sent = index.bodies(index.deployed.queue_url)
    assert sorted(sent) == sorted([body("old.jpg", 5), body("missing.jpg", 5)])


def test_wrapped_digest_is_sent_back_as_it_is(cli: Cli, index: Index) -> None:
    letter = failed_invocation(DIGEST, "TransientError", "SNS failed")
    index.send_dead([letter])
    done = cli(*REPLAY, "--yes", "--no-wait")
    assert done.code == 0
    assert "TransientError: SNS failed" in done.lines[0]
    assert done.lines[2].strip() == "digest"
    assert index.bodies(index.deployed.queue_url) == [letter]


def test_only_letters_with_the_reason_are_sent(cli: Cli, index: Index) -> None:
    ids = index.send_dead([body("a.jpg"), body("b.jpg"), POISON])
    line = {"level": "ERROR", "message": "error", "bucket": BUCKET, "key": "b.jpg"}
    index.log({**line, "reason": "Access denied"}, {"level": "INFO", "message": "batch"})
    assert len(ids) == 3
    done = cli(*REPLAY, "--yes", "--no-wait", "--reason", "access DENIED")
    assert done.code == 0
    assert "3 dead letters, 2 of them with other reasons." in done.lines
    assert index.bodies(index.deployed.queue_url) == [body("b.jpg")]
    # The others are visible again.
    assert sorted(index.bodies(index.deployed.dead_letter_queue_url)) == sorted(
        [body("a.jpg"), POISON]
    )


def test_queue_that_nothing_reads_is_named(cli: Cli, index: Index) -> None:
    index.send_dead([body("a.jpg")])
    done = cli(*REPLAY, "--yes")
    assert done.code == 0
    assert (
        "Nothing has read the queue for 30 seconds, and 1 message waits in it. To find the cause: "
        "imgmeta status --stack-name photos"
    ) in done.err


def test_limit_bounds_the_letters_that_are_sent(cli: Cli, index: Index) -> None:
    index.send_dead([body(f"{n}.jpg") for n in range(25)])
    done = cli(*REPLAY, "--yes", "--no-wait", "--limit", "12")
    assert done.code == 0
    assert done.lines[-1] == "12 sent back, 0 dropped as no longer needed."
    assert (index.waiting, index.dead) == (12, 13)
    assert len(index.bodies(index.deployed.dead_letter_queue_url)) == 13


def test_empty_queue_needs_no_confirmation(cli: Cli, index: Index) -> None:
    assert index.dead == 0
    done = cli(*REPLAY)
    assert (done.code, done.out, done.err) == (0, "0 dead letters.\n", "")


def test_without_confirmation_nothing_is_sent(
    cli: Cli, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.send_dead([body("a.jpg")])
    monkeypatch.setattr("imgmeta.entrypoints.cli.replay_dialog.confirm", lambda *_: False)
    done = cli(*REPLAY)
    assert (done.code, done.err) == (1, "Nothing was changed.\n")
    assert (index.waiting, index.dead) == (0, 1)


def test_letters_that_another_process_received_are_reported(
    cli: Cli, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.send_dead([body(f"{n}.jpg") for n in range(3)])

    def receive_one(*_: object) -> bool:
        url = index.deployed.dead_letter_queue_url
        index.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
        return True

    monkeypatch.setattr("imgmeta.entrypoints.cli.replay_dialog.confirm", receive_one)
    done = cli(*REPLAY, "--no-wait")
    assert done.code == 1
    assert done.lines[-1] == "2 sent back, 0 dropped as no longer needed."
    assert done.err.splitlines()[-1] == (
        "1 dead letter was not found; another process may have received it. Run replay again."
    )
    assert (index.waiting, index.dead) == (2, 1)


def test_unreadable_log_is_reported_once(
    cli: Cli, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.send_dead([body("a.jpg"), body("b.jpg")])
    respond_with_error(index.clients.logs, "logs", "AccessDeniedException", 400, "no permission")
    monkeypatch.setattr(
        "imgmeta.entrypoints.cli.replay_dialog.open_function_logs",
        lambda _: CloudWatchFunctionLogs(index.clients.logs),
    )
    done = cli(*REPLAY, "--dry-run")
    assert done.code == 0
    [line] = done.err.splitlines()
    assert line.startswith("Some reasons are unknown: cannot read the log group /imgmeta/photos: ")


def test_hostile_body_is_escaped(cli: Cli, index: Index) -> None:
    index.send_dead([body("\x1b[31m\u202e.jpg"), "\u00ff" * 100_000])
    for arguments in ((), ("--json",)):
        done = cli(*REPLAY, "--dry-run", *arguments)
        assert done.code == 0
        assert done.out.isascii() or arguments == ()
        assert all(each.isprintable() for each in done.lines)


def test_old_letters_are_reported_with_their_age(
    cli: Cli, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.send_dead([body("a.jpg")])

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            assert tz is UTC
            return datetime.now(UTC) + timedelta(days=13)

    monkeypatch.setattr("imgmeta.entrypoints.cli.replay_dialog.datetime", Later)
    done = cli(*REPLAY, "--dry-run")
    assert "over 7 days: 1" in done.out
    assert "The queue deletes 1 dead letter within two days" in done.err
