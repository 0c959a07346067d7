"""`imgmeta backfill` and `imgmeta verify` as processes, with a stub of the API of AWS."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from support.aws.moto import HAS_AWS
from support.aws.stub_api import BUCKET, STACK, TABLE, StubAPI, numbered_keys, stub_api

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

PROGRAM = "from imgmeta.entrypoints.cli import main; main()"
FEW = 3_000
MAX_REPEATED = 40
"""Hints of the batches in flight: four batches of ten."""

MAX_GROWTH = 8.0
"""MiB that 100,000 keys may take more than 20,000: about 100 bytes per key."""


@pytest.fixture
def stub() -> Iterator[StubAPI]:
    with stub_api(StubAPI(numbered_keys(FEW))) as stub:
        yield stub


@pytest.fixture
def environment(stub: StubAPI, tmp_path: Path) -> dict[str, str]:
    return environment_of(stub, tmp_path)


def environment_of(stub: StubAPI, folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": stub.url,
        "XDG_STATE_HOME": str(folder / "state"),
    }


def start(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(environment: Mapping[str, str], *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    process = start(environment, *arguments)
    out, err = process.communicate(timeout=300)
    return process.returncode, [json.loads(line) for line in out.splitlines()], err


def assert_survives_kills(
    stub: StubAPI, environment: Mapping[str, str], kills: int, seed: int
) -> None:
    """Check that a backfill that is killed at random requests sends each key, nearly all once."""
    stub.index.clear()
    stub.processed = stub.counts_waiting = False
    choice = random.Random(seed)
    killed = 0
    while killed < kills:
        left = choice.randrange(3, 60)
        is_before = choice.random() < 0.5
        process = start(environment, "backfill", "--stack-name", STACK, "--no-wait")

        def kill_at_zero(process: subprocess.Popen[str] = process) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                process.kill()

        stub.before, stub.after = (
            (kill_at_zero, lambda: None) if is_before else (lambda: None, kill_at_zero)
        )
        _, err = process.communicate(timeout=300)
        stub.before = stub.after = lambda: None
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, err
        killed += 1
    else:
        code, _, err = backfill_all(environment)
        assert code == 0, err
    assert killed > 0
    counts = Counter(stub.sent_keys())
    assert counts.keys() == stub.objects.keys()
    assert counts.total() - len(counts) <= killed * MAX_REPEATED


def backfill_all(environment: Mapping[str, str]) -> tuple[int, list[dict[str, Any]], str]:
    return run(environment, "backfill", "--stack-name", STACK, "--no-wait", "--json")


@pytest.mark.slow
def test_killed_backfill_is_continued_by_the_same_command(
    stub: StubAPI, environment: dict[str, str]
) -> None:
    assert_survives_kills(stub, environment, kills=1, seed=1)


@pytest.mark.slow
def test_backfill_that_is_killed_twenty_times_sends_everything(tmp_path: Path) -> None:
    with stub_api(StubAPI(numbered_keys(10_000))) as stub:
        assert_survives_kills(stub, environment_of(stub, tmp_path), kills=20, seed=2)


@pytest.mark.slow
@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_interrupted_backfill_repeats_nothing(
    stub: StubAPI, environment: dict[str, str], number: signal.Signals, code: int
) -> None:
    stub.index.clear()
    stub.processed = stub.counts_waiting = False
    process = start(environment, "backfill", "--stack-name", STACK, "--no-wait")

    def interrupt() -> None:
        if len(stub.sent) >= 100:
            process.send_signal(number)
            # Until a busy machine has delivered the signal, little is sent.
            stub.after = lambda: time.sleep(0.05)

    stub.after = interrupt
    _, err = process.communicate(timeout=300)
    stub.after = lambda: None
    assert process.returncode == code, err
    assert "run the same command again to continue" in err
    sent = len(stub.sent)
    assert 100 <= sent < FEW
    code, [result], err = backfill_all(environment)
    assert code == 0
    assert "Resuming the backfill of" in err
    assert sorted(stub.sent_keys()) == sorted(stub.objects)
    assert (result["Compared"], result["Sent"]) == (FEW, FEW)


@pytest.mark.slow
def test_second_backfill_of_the_same_objects_is_refused(
    stub: StubAPI, environment: dict[str, str]
) -> None:
    stub.index.clear()
    stub.processed = stub.counts_waiting = False
    refused: list[tuple[int, list[dict[str, Any]], str]] = []

    def start_another() -> None:
        if stub.sent:
            stub.after = lambda: None
            refused.append(backfill_all(environment))

    stub.after = start_another
    code, _, err = backfill_all(environment)
    assert code == 0, err
    assert sorted(stub.sent_keys()) == sorted(stub.objects)
    [(code, lines, err)] = refused
    assert (code, lines) == (1, [])
    assert err.startswith("imgmeta: another process runs this backfill")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_differences_among_100_000_keys_are_found_in_constant_memory(tmp_path: Path) -> None:
    peaks: dict[tuple[str, int], float] = {}
    for count in (20_000, 100_000):
        with stub_api(StubAPI(numbered_keys(count))) as stub:
            planted = stub.plant(50)
            environment = environment_of(stub, tmp_path)
            verify = ("verify", f"s3://{BUCKET}", "--store", f"dynamodb://{TABLE}", "--json")
            peaks["verify", count], lines = measured(environment, *verify)
            assert {each["ObjectKey"]: each["Difference"] for each in lines} == planted
            arguments = ("backfill", "--stack-name", STACK, "--json")
            peaks["backfill", count], [result] = measured(environment, *arguments)
            assert sorted(stub.sent_keys()) == sorted(planted)
            assert (result["Compared"], result["Differences"]) == (
                count,
                Counter(planted.values()),
            )
    for command in ("verify", "backfill"):
        assert peaks[command, 100_000] - peaks[command, 20_000] < MAX_GROWTH, peaks


def measured(environment: Mapping[str, str], *arguments: str) -> tuple[float, list[dict[str, Any]]]:
    """Run a command; return its peak memory in MiB and its lines."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from imgmeta.entrypoints.cli import main\n"
        "try:\n    main()\n"
        "finally:\n"
        # ru_maxrss includes the memory of the parent.
        "    status = Path('/proc/self/status').read_text()\n"
        "    print(status.partition('VmHWM:')[2].split()[0], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    peak = int(done.stderr.splitlines()[-1]) / 1024
    return peak, [json.loads(line) for line in done.stdout.splitlines()]
