"""Worker processes are killed while a bucket changes, requests fail and foreign events arrive."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from imgmeta.adapters.aws import Clients
from support.aws import emulators
from support.aws.emulators import Emulator, clients_at
from support.convergence.aws_functions import Functions
from support.convergence.aws_machine import Endpoints, aws_over_http
from support.convergence.bucket import foreign_event
from support.convergence.deliveries import FOREIGN_SEQUENCERS, divergences

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("aws_environment")]

KEYS = tuple(f"album {number}/{number}.jpg" for number in range(12))
CHANGES = 2_000
"""The least number of changes; more are made while workers are too slow to send requests."""
KILLS = 33
CHANGES_PER_KILL = 60
FOREIGN = 0.05
"""Share of changes that are followed by an event with a foreign sequencer."""
FAULTS: list[dict[str, Any]] = [
    {"service": "s3", "probability": 0.04, "error": {"code": "SlowDown", "status": 503}},
    {
        "service": "dynamodb",
        "probability": 0.04,
        "error": {"code": "ProvisionedThroughputExceededException"},
    },
    {"service": "*", "probability": 0.03, "reset": True},
    {
        "service": "dynamodb",
        "operation": "PutItem",
        "probability": 0.03,
        "response": {"abort_bytes": 1},
    },
]
"""Faults of about every tenth request."""
TIMEOUT = 600.0
"""Seconds until workers must have made progress: many times what it takes."""


class Workers:
    """Processes that are killed at random and replaced.

    Attributes:
        killed: number of killed processes.
    """

    def __init__(self, arguments: list[str], number: int) -> None:
        self._command = [sys.executable, "-m", "support.convergence.queue_worker", *arguments]
        self._processes = [self._start() for _ in range(number)]
        self.killed = 0

    def kill_one(self, chance: random.Random) -> None:
        number = chance.randrange(len(self._processes))
        self._kill(self._processes[number])
        self._processes[number] = self._start()
        self.killed += 1

    def stop(self) -> None:
        for each in self._processes:
            self._kill(each)

    def assert_running(self) -> None:
        assert [each.poll() for each in self._processes] == [None] * len(self._processes)

    def _start(self) -> subprocess.Popen[bytes]:
        tests = str(Path(__file__).parents[1])
        return subprocess.Popen(self._command, env=os.environ | {"PYTHONPATH": tests})

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()


@pytest.fixture
def clients(ministack: Emulator) -> Clients:
    return clients_at(ministack.url)


@pytest.fixture
def functions(ministack: Emulator) -> Iterator[Functions]:
    with aws_over_http(Endpoints(ministack.url, ministack.url)) as aws, ExitStack() as cleanup:
        yield Functions(aws, cleanup, versioned=True)


@pytest.fixture
def queue_url(clients: Clients, functions: Functions) -> str:
    """Return the URL of a queue that receives the bucket's events."""
    bucket = functions.bucket
    assert list(bucket.list(bucket.name)) == []  # the bucket is created on first use
    url = clients.sqs.create_queue(QueueName=bucket.name, Attributes={"VisibilityTimeout": "5"})
    about = clients.sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=["QueueArn"])
    events: Any = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    target = {"QueueArn": about["Attributes"]["QueueArn"], "Events": events}
    clients.s3.put_bucket_notification_configuration(
        Bucket=bucket.name,
        NotificationConfiguration={"QueueConfigurations": [target]},  # type: ignore[list-item]  # a plain dict
    )
    return url["QueueUrl"]


def is_empty(clients: Clients, queue_url: str) -> bool:
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = clients.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
    return all(int(found["Attributes"][name]) == 0 for name in names)


def change(clients: Clients, functions: Functions, queue_url: str, chance: random.Random) -> None:
    """Change the bucket, and send an event with a foreign sequencer now and then."""
    bucket = functions.bucket
    key = chance.choice(KEYS)
    if chance.random() < 0.7:
        bucket.put(key, chance.randrange(7))
    else:
        bucket.delete(key)
    if chance.random() < FOREIGN:
        now = datetime.now(UTC).isoformat()
        event = foreign_event(bucket.name, key, chance.choice(FOREIGN_SEQUENCERS), now)
        body = json.dumps({"Records": [event]})
        clients.sqs.send_message(QueueUrl=queue_url, MessageBody=body)


def test_killed_workers_lose_nothing(
    ministack: Emulator, clients: Clients, functions: Functions, queue_url: str
) -> None:
    def differences() -> dict[str, Any]:
        return divergences(functions.bucket, functions.repository, KEYS)

    chance = random.Random(10)
    changes = changes_of_last_kill = 0
    with emulators.microburst(ministack) as proxy:
        proxy.set_rules(FAULTS)
        workers = Workers([ministack.url, queue_url, proxy.url, functions.table], 3)
        try:
            deadline = time.monotonic() + TIMEOUT
            while changes < CHANGES or workers.killed < KILLS:
                change(clients, functions, queue_url, chance)
                changes += 1
                if changes - changes_of_last_kill < CHANGES_PER_KILL or workers.killed == KILLS:
                    continue
                if proxy.injected_faults():
                    workers.kill_one(chance)
                    proxy.set_rules(FAULTS)  # clears the list of faults
                    changes_of_last_kill = changes
                    deadline = time.monotonic() + TIMEOUT
                else:
                    assert time.monotonic() < deadline, f"no faults after {workers.killed} kills"
                    time.sleep(0.05)  # workers are starting, or slow
            proxy.set_rules([])
            deadline = time.monotonic() + TIMEOUT
            # MiniStack sends events in threads, perhaps later than the queue was found empty.
            while not is_empty(clients, queue_url) or differences():
                workers.assert_running()
                assert time.monotonic() < deadline, differences() or "the queue is not emptied"
                time.sleep(0.2)
        finally:
            workers.stop()
    assert differences() == {}
