"""User names, passwords and queries of URLs never reach a message or a log."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from imgmeta.adapters.aws import clients
from support.cli.command_line import Cli

SECRET = "s3cr3t-Value"  # noqa: S105 - a marker


@pytest.fixture(autouse=True)
def aws(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws_environment
    monkeypatch.setattr(clients, "_ATTEMPTS", 1)
    monkeypatch.setattr(clients, "_CONNECT_TIMEOUT", 0.2)
    monkeypatch.setattr(clients, "_READ_TIMEOUT", 0.2)


@pytest.fixture
def hanging_server() -> Iterator[str]:
    """Yield the host and port of a server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def check(cli: Cli, *arguments: str) -> str:
    """Run a command that fails with one line without the secret; return the line."""
    result = cli(*arguments)
    assert result.code in {1, 2}
    assert SECRET not in result.out + result.err
    assert result.err.startswith("imgmeta: ")
    assert result.err.count("\n") == 1
    return result.err


COMMANDS = [
    ["sync", "s3://holiday"],
    ["verify", "s3://holiday"],
    ["list", "--store", "dynamodb://images"],
    ["status", "--stack-name", "photos"],
]
ENDPOINTS = [
    f"http://user:{SECRET}@127.0.0.1:1",
    f"https://user:{SECRET}@127.0.0.1:1",
    f"http://{SECRET}@127.0.0.1:1",
    f"http://{SECRET}:password@127.0.0.1:1/path",
    f"http://127.0.0.1:1/?token={SECRET}",
    f"http://127.0.0.1:1/#{SECRET}",
    f"http://user:{SECRET}@no-such-host.invalid",
    f"http://user:{SECRET}@127.0.0.1:99999",
    f"http://user:{SECRET}@127.0.0.1:port",
    f"http://user:{SECRET}@[::1",
    f"http://[user:{SECRET}@::1]:1",
    f"http://user:{SECRET}@/",
    f"http://user:pass/{SECRET}@host",
    f"http://user:pass?{SECRET}@host",
    f"http://user:pass {SECRET}@127.0.0.1:1",
    f"http://user:pass'{SECRET}@127.0.0.1:1",
    f"http://user:pass@{SECRET}@127.0.0.1:1",
    f"user:{SECRET}@host",
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("url", ENDPOINTS)
@pytest.mark.parametrize("variable", ["", pytest.param("AWS_ENDPOINT_URL", marks=pytest.mark.slow)])
def test_endpoint_is_redacted(
    cli: Cli, command: list[str], url: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(variable, url)
        check(cli, *command)
    else:
        check(cli, *command, "--endpoint-url", url)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_endpoint_that_does_not_respond_is_redacted(
    cli: Cli, command: list[str], hanging_server: str
) -> None:
    url = f"http://user:{SECRET}@{hanging_server}/?{SECRET}"
    check(cli, *command, "--endpoint-url", url)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{SECRET}@127.0.0.1:1",
        f"http://user:{SECRET}@no-such-host.invalid:3128",
        f"user:{SECRET}@127.0.0.1:1",
        f"socks5://user:{SECRET}@127.0.0.1:1",
    ],
)
def test_proxy_is_redacted(
    cli: Cli, command: list[str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    monkeypatch.setenv("https_proxy", url)
    check(cli, *command)


@pytest.mark.parametrize(
    "command", [["sync"], ["verify"], ["show"], ["reprocess"], ["list", "--prefix"]], ids=" ".join
)
@pytest.mark.parametrize(
    "target",
    [
        f"https://holiday.s3.amazonaws.com/a.jpg?X-Amz-Signature={SECRET}",
        f"holiday.s3.amazonaws.com/a.jpg?X-Amz-Credential=a&X-Amz-Signature={SECRET}",
        f"s3://holiday/a.jpg?X-Amz-Security-Token={SECRET}",
        f"s3://holiday/a.jpg?AWSAccessKeyId=a&Signature={SECRET}",
        f"s3://b!/a.jpg?token={SECRET}",
        f"s3://user:{SECRET}@holiday/a.jpg",
        f"https://user:{SECRET}@host/a.jpg",
        f"file://user:{SECRET}@host/a.jpg",
        f"file:///photos/a.jpg?token={SECRET}",
        f"file:///photos/a.jpg?token={SECRET}.jpg",
    ],
)
def test_target_is_redacted(cli: Cli, command: list[str], target: str) -> None:
    cli("sync", ".")
    result = cli(*command, target)
    assert SECRET not in result.out + result.err


@pytest.mark.parametrize(
    "store",
    [
        f"postgres://user:{SECRET}@host/db",
        f"dynamodb://user:{SECRET}@images",
        f"dynamodb://images?key={SECRET}",
        f"sqlite://user:{SECRET}@host/x.db",
        f"sqlite:///user:{SECRET}@host/x.db",
        f"sqlite:///x.db?key={SECRET}",
        f"sqlite:////srv/x.db?a=b&key={SECRET}",
        f"https://host/db?token={SECRET}",
    ],
)
@pytest.mark.parametrize("command", [["sync", "."], ["list"], ["stats"]], ids=" ".join)
def test_store_is_redacted(
    cli: Cli, command: list[str], store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = check(cli, *command, "--store", store)
    assert "use sqlite:///imgmeta.db or dynamodb://table" in message
    monkeypatch.setenv("IMGMETA_STORE", store)
    check(cli, *command)


def test_unexpected_argument_is_redacted(cli: Cli) -> None:
    check(cli, "show", "a.jpg", f"https://user:{SECRET}@host/b.jpg?{SECRET}")


def test_log_of_the_function_is_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")
    from imgmeta.testing.strategies.events import notification, queue  # noqa: PLC0415 - an extra
    from support.function.harness import InMemoryFunction, event, parse_log  # noqa: PLC0415 - an extra

    function = InMemoryFunction()
    function.put("a.jpg")
    function.fail("a.jpg", ValueError(f"cannot use 'http://user:{SECRET}@host/?x={SECRET}'"))
    function(queue(notification(event("a.jpg"))))
    output = capsys.readouterr().out
    assert SECRET not in output
    assert any("http://***" in json.dumps(line) for line in parse_log(output))


def test_secret_is_not_written_to_files(cli: Cli) -> None:
    check(cli, "sync", "s3://holiday", "--endpoint-url", ENDPOINTS[0])
    for folder, _, names in os.walk("."):
        assert all(SECRET not in name for name in names)
        assert all(SECRET.encode() not in (Path(folder) / name).read_bytes() for name in names)
