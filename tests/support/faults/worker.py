"""A process that runs the function or a command in a new child process for each line it reads.

    python -m support.faults.worker PATIENCE [--warm]

Each line of standard input is a JSON object: `event` for the function, or `arguments` for the
command. The process responds with the child's `pid`, waits for an empty line, lets the child start,
and then responds with the child's `signal`, `code`, `result` and `output`.

The clients of the function are created once, before the first child, if `METADATA_TABLE` is set. A
request times out after PATIENCE seconds instead of 10, requests are repeated without a delay, and
the hints of an audit arrive at once instead of after a minute.

With `--warm`, all of this happens in the process itself, as in a warm Lambda function.

A command may have limits: `file_size`, the largest length in bytes of a file that it can write, as
on a full disk; `unprivileged`, so that permissions of files count for root, too; `lock_seconds`,
how long it waits for other writers of a SQLite file.
"""

import ctypes
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import IO, Any

from botocore.retries import standard

from imgmeta.adapters import sqs
from imgmeta.adapters.aws import clients
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.entrypoints import aws_lambda
from imgmeta.entrypoints.cli.runner import run

_CAPABILITY_VERSION = 0x20080522
"""`_LINUX_CAPABILITY_VERSION_3`: capset(2)."""
_SECONDS = 60.0
"""Time limit of an invocation."""


class _Context:
    aws_request_id = "r-1"

    def get_remaining_time_in_millis(self) -> int:
        return int(_SECONDS * 1000)


def _job(line: dict[str, Any]) -> Callable[[], object]:
    if "event" in line:
        return lambda: aws_lambda.handler(line["event"], _Context())
    limits: dict[str, float] = line.get("limits", {})

    def command() -> int:
        if "file_size" in limits:
            size = int(limits["file_size"])
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        if "unprivileged" in limits and os.geteuid() == 0:
            _drop_capabilities()
        if "lock_seconds" in limits:
            defaults: Any = SQLiteImageRepository.__init__.__kwdefaults__
            defaults["patience"] = timedelta(seconds=limits["lock_seconds"])
        return run(line["arguments"])

    return command


def _drop_capabilities() -> None:
    """Give up all capabilities of Linux, such as writing to files without permission."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _child(job: Callable[[], object], start: int, output: int, answer: int) -> None:
    """Run a job when `start` is readable, and write its result; does not return."""
    os.read(start, 1)
    for stream in (1, 2):
        os.dup2(output, stream)
    code, result = 0, None
    try:
        result = job()
    except Exception as error:  # noqa: BLE001 - the result of the job
        code, result = 1, f"{type(error).__name__}: {error}"
    sys.stdout.flush()
    os.write(answer, json.dumps({"code": code, "result": result}).encode())
    os._exit(0)


def _run_here(job: Callable[[], object], answers: IO[str]) -> dict[str, Any]:
    print(json.dumps({"pid": os.getpid()}), file=answers, flush=True)
    sys.stdin.readline()
    try:
        return {"signal": None, "output": "", "code": 0, "result": job()}
    except Exception as error:  # noqa: BLE001 - the result of the job
        return {"signal": None, "output": "", "code": 1, "result": repr(error)}


def _run_child(job: Callable[[], object], answers: IO[str]) -> dict[str, Any]:
    start_read, start_write = os.pipe()
    answer_read, answer_write = os.pipe()
    with tempfile.TemporaryFile() as output:
        pid = os.fork()
        if pid == 0:
            _child(job, start_read, output.fileno(), answer_write)
        os.close(answer_write)
        os.close(start_read)
        print(json.dumps({"pid": pid}), file=answers, flush=True)
        sys.stdin.readline()
        with suppress(BrokenPipeError):  # it may have been killed already
            os.write(start_write, b"\n")
        with os.fdopen(answer_read, "rb") as file:
            answer = file.read()
        _, status = os.waitpid(pid, 0)
        os.close(start_write)
        output.seek(0)
        text = output.read().decode(errors="replace")
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    found: dict[str, Any] = json.loads(answer) if answer and killed is None else {}
    return {"signal": killed, "output": text, **found}


def main() -> None:
    for module, name, value in (
        (clients, "_READ_TIMEOUT", float(sys.argv[1])),
        (sqs, "_DELAY_SECONDS", 0),
        (sqs, "_RETRY_DELAYS", (0.0,) * 5),
        (standard.ExponentialBackoff, "delay_amount", lambda *_: 0),
    ):
        assert hasattr(module, name)
        setattr(module, name, value)
    if os.environ.get("METADATA_TABLE"):
        aws_lambda._event_handler()  # noqa: SLF001 - creates the clients before the first fork
    respond = _run_here if sys.argv[2:] == ["--warm"] else _run_child
    output = os.fdopen(os.dup(1), "w")
    if respond is _run_here:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        if line.strip():
            answer = respond(_job(json.loads(line)), output)
            print(json.dumps(answer), file=output, flush=True)


if __name__ == "__main__":
    main()
