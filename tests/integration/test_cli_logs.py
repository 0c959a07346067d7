"""`imgmeta logs` on a log group in memory."""

import json
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("botocore", reason="needs the extra aws")

from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.deployment.core.stacks import Stack
from support.cli.command_line import Cli
from support.deployment.dead_letters import InMemoryLogs

LOGS = ("logs", "--stack-name", "photos")
IMPORT_ERROR = "[ERROR] Runtime.ImportModuleError: Unable to import module 'x'\nTraceback"


def line(**fields: object) -> str:
    return json.dumps({"service": "imgmeta", "request_id": "5f", **fields})


FAILURE = line(
    level="ERROR",
    message="error",
    bucket="holiday",
    key="2026/beach.jpg",
    reason="access denied",
    message_id="m1",
)
UNEXPECTED = line(
    level="ERROR", message="unexpected", exception="Traceback\n  File x\nKeyError: 'x'"
)
BATCH = line(level="INFO", message="batch", ImagesProcessed=3)
OTHER = line(level="WARNING", message="failed", bucket="other", key="a.jpg", reason="no image")


@pytest.fixture
def now() -> datetime:
    """Return the time of the test's start, which may be long after this file was imported."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch, now: datetime) -> InMemoryLogs:
    stack = Stack("arn:aws:cloudformation:x", "photos", "CREATE_COMPLETE")
    deployed = DeployedIndex(stack, "t", "q", "d", ("holiday",), "", "f", "/group", "")
    found = InMemoryLogs()
    module = "imgmeta.deployment.bootstrap"
    monkeypatch.setattr(f"{module}.find_deployed_index", lambda *_: deployed)
    monkeypatch.setattr(f"{module}.open_function_logs", lambda _: found)
    texts = [
        "START RequestId: 5f",
        FAILURE,
        UNEXPECTED,
        BATCH,
        OTHER,
        line(_aws={}),
        "END",
        "REPORT",
    ]
    for number, text in enumerate([*texts, IMPORT_ERROR]):
        found.lines.append(LogEvent(now - timedelta(seconds=60 - number), text))
    found.lines.append(LogEvent(now - timedelta(hours=2), line(level="INFO", message="old")))
    return found


@pytest.mark.usefixtures("logs")
def test_lines_are_readable(cli: Cli, now: datetime) -> None:
    done = cli(*LOGS)
    assert (done.code, done.err) == (0, "")
    assert [each.split(None, 2)[2] for each in done.lines] == [
        "ERROR   error  s3://holiday/2026/beach.jpg  access denied  message_id=m1",
        "ERROR   unexpected  KeyError: 'x'",
        "INFO    batch  ImagesProcessed=3",
        "WARNING failed  s3://other/a.jpg  no image",
        "ERROR   Runtime.ImportModuleError: Unable to import module 'x'",
    ]
    assert done.lines[0].startswith(f"{now - timedelta(seconds=59):%Y-%m-%d %H:%M:%S}Z  ERROR")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--key", "2026/beach.jpg"), ["error"]),
        (("--key", "beach"), ["error"]),
        (("--key", "s3://holiday/2026/beach.jpg"), ["error"]),
        (("--key", "s3://holiday/2026%2Fb%65ach.jpg"), ["error"]),
        (("--key", "s3://other/"), ["failed"]),
        (("--key", "s3://other/2026/beach.jpg"), []),
        (("--level", "warning"), ["error", "unexpected", "failed", IMPORT_ERROR]),
        (("--since", "90m"), ["error", "unexpected", "batch", "failed", IMPORT_ERROR]),
        (("--since", "3h", "--until", "30m"), ["old"]),
    ],
)
@pytest.mark.usefixtures("logs")
def test_lines_are_filtered(cli: Cli, options: tuple[str, ...], expected: list[str]) -> None:
    done = cli(*LOGS, "--json", *options)
    assert done.code == 0
    assert [each["message"] for each in done.json] == expected
    assert ("No lines" in done.err) is (not expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--level", "loud"), "invalid --level 'loud': use DEBUG, INFO, WARNING or ERROR"),
        (("--since", "soon"), "invalid time 'soon': "),
        (("--key", "s3://holiday/%FF"), "invalid key in 's3://holiday/%FF': keys must be UTF-8"),
        (("--since", "1h", "--until", "2h"), "--since must be earlier than --until"),
    ],
)
def test_invalid_option_is_a_usage_error(cli: Cli, options: tuple[str, ...], message: str) -> None:
    done = cli(*LOGS, *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


@pytest.mark.usefixtures("logs")
def test_json_line_about_an_object_has_its_uri(cli: Cli) -> None:
    uris = [each.get("Uri") for each in cli(*LOGS, "--json").json]
    assert uris == ["s3://holiday/2026/beach.jpg", None, None, "s3://other/a.jpg", None]


def test_hostile_lines_are_escaped(cli: Cli, logs: InMemoryLogs, now: datetime) -> None:
    logs.lines = [
        LogEvent(now - timedelta(minutes=1), text)
        for text in (
            line(level="ERROR", message="\x1b[31m", bucket="b", key="\u202e\n.jpg", reason="\x07"),
            "[ERROR] \x1b]0;title\x07",
        )
    ]
    for options in ((), ("--json",)):
        done = cli(*LOGS, *options)
        assert (done.code, len(done.lines)) == (0, 2)
        assert all(each.isprintable() for each in done.lines)
