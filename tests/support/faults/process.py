"""The process under test, whose invocations can be killed."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

__all__ = ["Invocation", "Worker", "worker"]

_TESTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Invocation:
    """The result of one invocation of the function or of a command.

    Attributes:
        killed: whether it was killed.
        error: whether it raised an exception.
        result: the function's response, or the command's exit code.
        output: the printed text.
    """

    killed: bool
    error: bool
    result: Any
    output: str


class Worker:
    """Starts invocations, each in a process of its own.

    Attributes:
        process: the ID of the process that starts them.
        killed: the number of killed invocations.
    """

    def __init__(self, stdin: IO[str], stdout: IO[str], process: int) -> None:
        self.process = process
        self._stdin = stdin
        self._stdout = stdout
        self._pid: int | None = None
        self._lock = threading.Lock()
        self.killed = 0

    def invoke(self, event: object) -> Invocation:
        """Invoke the function."""
        return self._run({"event": event})

    def run(self, *arguments: str, **limits: float) -> Invocation:
        """Run a command of imgmeta, with limits as `support.faults.worker` describes."""
        return self._run({"arguments": arguments, "limits": limits})

    def kill(self) -> None:
        """Kill the running invocation, if any."""
        with self._lock, suppress(ProcessLookupError):
            if self._pid is not None:
                os.kill(self._pid, signal.SIGKILL)
                self.killed += 1

    def _run(self, job: Mapping[str, object]) -> Invocation:
        self._send(json.dumps(job))
        with self._lock:
            self._pid = self._receive()["pid"]
        self._send("")
        answer = self._receive()
        with self._lock:
            self._pid = None
        if answer["signal"] not in {None, signal.SIGKILL}:
            msg = f"the process ended with signal {answer['signal']}: {answer['output'][-2000:]}"
            raise RuntimeError(msg)
        killed = answer["signal"] is not None
        failed = bool(answer.get("code"))
        return Invocation(killed, failed, answer.get("result"), answer["output"])

    def _send(self, line: str) -> None:
        self._stdin.write(f"{line}\n")
        self._stdin.flush()

    def _receive(self) -> dict[str, Any]:
        line = self._stdout.readline()
        if not line:
            msg = "the worker has ended"
            raise RuntimeError(msg)
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def worker(
    environment: Mapping[str, str], patience: float, *, warm: bool = False
) -> Generator[Worker]:
    """Run a worker within the context.

    Args:
        environment: its environment variables.
        patience: its clients' timeout in seconds.
        warm: whether one process runs all invocations, which then must not be killed.
    """
    command = [sys.executable, "-m", "support.faults.worker", str(patience)]
    command += ["--warm"] * warm
    with subprocess.Popen(
        command,
        env={"PATH": os.environ["PATH"], **environment, "PYTHONPATH": str(_TESTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield Worker(process.stdin, process.stdout, process.pid)
        finally:
            process.stdin.close()
