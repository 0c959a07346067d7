"""What the commands say where AWS cannot be used, and which of several settings they follow."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws, and its double")

from imgmeta.adapters.aws import clients
from integration.faulty_s3_server import Answer, Asked, Misanswering, misanswering
from support.aws.emulators import Emulator, clients_at
from support.cli.command_line import Cli

COMMANDS = [
    ["sync", "s3://holiday/2026"],
    ["verify", "s3://holiday/2026"],
    ["sync", ".", "--store", "dynamodb://images"],
    ["verify", ".", "--store", "dynamodb://images"],
    ["reprocess", "a.jpg", "--store", "dynamodb://images"],
    ["show", "a.jpg", "--store", "dynamodb://images"],
    ["list", "--store", "dynamodb://images"],
    ["stats", "--store", "dynamodb://images"],
]
"""Each command, where it needs AWS first of all."""

EACH_COMMAND = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
FILES = """
[default]
aws_access_key_id = default-key
aws_secret_access_key = x
region = eu-west-1

[profile work]
aws_access_key_id = work-key
aws_secret_access_key = x
region = eu-west-2

[profile nowhere]
aws_access_key_id = nowhere-key
aws_secret_access_key = x
"""

MOVED = Answer(301, "PermanentRedirect", headers=(("x-amz-bucket-region", "eu-south-1"),))
ELSEWHERE = "it is in another AWS region: set an AWS region"


@pytest.fixture(autouse=True)
def aws(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws_environment
    monkeypatch.setattr(clients, "_ATTEMPTS", 1)


@pytest.fixture
def server() -> Iterator[Misanswering]:
    with misanswering() as server:
        yield server


def _refused(cli: Cli, *arguments: str, code: int = 2) -> str:
    """Run a command that is refused in one sentence and leaves nothing behind; return that."""
    before = set(Path.cwd().rglob("*"))
    result = cli(*arguments)
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("imgmeta: ")
    assert result.err.count("\n") == 1
    assert result.err[:-1].isprintable()
    assert set(Path.cwd().rglob("*")) == before
    return result.err


@EACH_COMMAND
def test_missing_credentials_are_a_sentence(
    cli: Cli, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", "/nonexistent")
    assert "no AWS credentials found: configure AWS credentials" in _refused(cli, *command)


@EACH_COMMAND
def test_an_unknown_profile_is_named(cli: Cli, command: list[str]) -> None:
    said = _refused(cli, *command, "--profile", "nobody\x1b[2J")
    assert r"there is no AWS profile nobody\x1b[2J: check ~/.aws" in said


def test_a_profile_of_the_environment_that_is_unknown_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "there is no AWS profile nobody" in _refused(cli, *COMMANDS[0])


def test_a_table_without_a_region_is_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    said = _refused(cli, "stats", "--store", "dynamodb://images")
    assert "no AWS region is set: set an AWS region" in said


@EACH_COMMAND
def test_what_is_no_region_is_named(cli: Cli, command: list[str]) -> None:
    assert "invalid AWS region us east: use one such as" in _refused(
        cli, *command, "--region", "us east"
    )


@EACH_COMMAND
@pytest.mark.parametrize("url", ["nowhere", "localhost:8000", "http://", "/x", "\x1b[2J"])
def test_what_is_no_endpoint_is_named(cli: Cli, command: list[str], url: str) -> None:
    said = _refused(cli, *command, "--endpoint-url", url)
    assert ": use a URL such as https://" in said


def test_what_is_no_endpoint_in_the_environment_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    assert "Invalid endpoint: nowhere" in _refused(cli, *COMMANDS[0])


@EACH_COMMAND
def test_an_endpoint_where_nothing_answers_is_a_failure_that_names_it(
    cli: Cli, command: list[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    said = _refused(cli, *command, "--endpoint-url", f"{url}/path", code=1)
    assert said.endswith(f": cannot connect to {url}\n")


@EACH_COMMAND
def test_what_is_no_aws_is_a_sentence(cli: Cli, command: list[str], server: Misanswering) -> None:
    for status in (200, 302, 404):
        server.answer = Answer(status, "")
        result = cli(*command, "--endpoint-url", server.url)
        assert result.code in {1, 2}
        assert result.err.startswith("imgmeta: ")
        assert result.err.count("\n") == 1


def test_what_is_no_dynamodb_is_not_taken_for_a_table_of_somebody_else(
    cli: Cli, server: Misanswering
) -> None:
    server.answer = Answer(200, "")
    said = _refused(cli, "stats", "--store", "dynamodb://images", "--endpoint-url", server.url)
    assert "not a DynamoDB response: check the endpoint" in said


def test_a_bucket_is_asked_for_what_the_target_names_and_no_more(
    cli: Cli, server: Misanswering
) -> None:
    _refused(cli, "sync", "s3://holiday/2026/a+b", "--endpoint-url", server.url)
    (path,) = server.paths
    assert path.startswith("/holiday?")
    assert {"prefix=2026%2Fa%2Bb", "max-keys=1"} <= set(path.partition("?")[2].split("&"))


@pytest.mark.parametrize(
    ("answer", "said", "code"),
    [
        (Answer(404, "NoSuchBucket"), "there is no such bucket: check its name", 2),
        (MOVED, ELSEWHERE, 2),
        (
            Answer(400, "AuthorizationHeaderMalformed", more="<Region>eu-south-1</Region>"),
            ELSEWHERE,
            2,
        ),
        (Answer(400, "IllegalLocationConstraintException"), ELSEWHERE, 2),
        (Answer(301, "PermanentRedirect"), "check the endpoint", 2),
        (Answer(403, "AccessDenied", "Access Denied."), "allow s3:ListBucket", 2),
        (Answer(403, "InvalidAccessKeyId"), "AWS rejected the credentials", 2),
        (Answer(403, "SignatureDoesNotMatch"), "AWS rejected the credentials", 2),
        (Answer(400, "ExpiredToken"), "the AWS credentials have expired: log in again", 2),
        (Answer(403, "RequestTimeTooSkewed"), "this computer's clock is wrong", 2),
        (Answer(503, "SlowDown"), "AWS throttled the request", 1),
        (Answer(500, "InternalError"), "the service is temporarily unavailable", 1),
        (Answer(400, "Odd", "a\u202eb"), r"Odd: a\u202eb", 2),
    ],
    ids=lambda value: value.code if isinstance(value, Answer) else None,
)
@pytest.mark.parametrize("command", [COMMANDS[0], COMMANDS[1]], ids=" ".join)
def test_what_s3_answers_is_a_sentence_about_the_bucket(  # noqa: PLR0913, PLR0917 - one for each thing that varies
    cli: Cli, command: list[str], server: Misanswering, answer: Answer, said: str, code: int
) -> None:
    server.answer = answer
    sentence = _refused(cli, *command, "--endpoint-url", server.url, code=code)
    assert sentence.startswith("imgmeta: s3://holiday/2026 cannot be listed: ")
    assert said in sentence


def test_one_object_is_refused_for_what_ails_the_whole_bucket(
    cli: Cli, server: Misanswering
) -> None:
    cli("sync", ".")
    server.answer = MOVED
    said = _refused(cli, "reprocess", "s3://holiday/a.jpg", "--endpoint-url", server.url)
    assert ELSEWHERE in said


def test_a_bucket_and_a_table_that_are_missing_are_named(cli: Cli, moto_server: Emulator) -> None:
    made = clients_at(moto_server.url)
    options = ["--endpoint-url", moto_server.url]
    Path("photos").mkdir()
    said = _refused(cli, "sync", "photos", "s3://no-such-bucket/x", *options)
    assert "s3://no-such-bucket/x cannot be listed: there is no such bucket" in said
    for command in COMMANDS[2:]:
        said = _refused(cli, *command[:-1], "dynamodb://no-such-table", *options)
        assert "there is no table no-such-table in the region us-east-1" in said
    made.s3.create_bucket(Bucket="some-bucket")
    said = _refused(
        cli, "sync", "s3://some-bucket", "--store", "dynamodb://no-such-table", *options
    )
    assert "there is no table no-such-table" in said


def test_a_table_of_somebody_else_is_refused(cli: Cli, moto_server: Emulator) -> None:
    clients_at(moto_server.url).dynamodb.create_table(
        TableName="not-ours",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for command in COMMANDS[2:]:
        said = _refused(
            cli, *command[:-1], "dynamodb://not-ours", "--endpoint-url", moto_server.url
        )
        assert "the table not-ours is not an imgmeta table" in said


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have AWS's files hold some profiles, and its variables nothing."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        if name != "AWS_EC2_METADATA_DISABLED":
            monkeypatch.delenv(name)
    files = tmp_path / "config"
    files.write_text(FILES)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(files))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


KEYS = {"AWS_ACCESS_KEY_ID": "variable-key", "AWS_SECRET_ACCESS_KEY": "x"}


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize(
    ("options", "variables", "asked"),
    [
        ({}, {}, ("default-key", "eu-west-1")),
        ({}, {"AWS_PROFILE": "work"}, ("work-key", "eu-west-2")),
        ({"--profile": "work"}, {}, ("work-key", "eu-west-2")),
        ({"--profile": "work"}, {"AWS_PROFILE": "nowhere"}, ("work-key", "eu-west-2")),
        ({"--profile": "work"}, KEYS, ("work-key", "eu-west-2")),
        ({"--profile": ""}, {"AWS_PROFILE": "work"}, ("work-key", "eu-west-2")),
        ({}, KEYS, ("variable-key", "eu-west-1")),
        ({}, {"AWS_DEFAULT_REGION": "eu-north-1"}, ("default-key", "eu-north-1")),
        ({}, {"AWS_REGION": "eu-north-1"}, ("default-key", "eu-north-1")),
        (
            {},
            {"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-south-1"},
            ("default-key", "eu-north-1"),
        ),
        (
            {"--region": "eu-central-1", "--profile": "work"},
            {"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-south-1"},
            ("work-key", "eu-central-1"),
        ),
        ({"--region": ""}, {"AWS_REGION": "eu-north-1"}, ("default-key", "eu-north-1")),
    ],
)
@pytest.mark.parametrize(
    ("command", "service"),
    [(["sync", "s3://holiday"], "s3"), (["stats", "--store", "dynamodb://images"], "dynamodb")],
    ids=["s3", "dynamodb"],
)
def test_an_option_counts_before_a_variable_and_that_before_the_files(  # noqa: PLR0913, PLR0917 - one for each thing that varies
    cli: Cli,
    server: Misanswering,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, str],
    variables: dict[str, str],
    asked: tuple[str, str],
    command: list[str],
    service: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    given = [word for option in options.items() for word in option]
    assert cli(*command, *given, "--endpoint-url", server.url).code == 2
    assert server.asked == [Asked(*asked, service)]


def test_the_endpoint_is_the_option_or_else_that_of_the_service_or_else_that_of_all(
    cli: Cli, server: Misanswering, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["sync", "s3://holiday"]
    with misanswering() as of_all, misanswering() as of_s3:
        monkeypatch.setenv("AWS_ENDPOINT_URL", of_all.url)
        assert cli(*command).code == 2
        assert cli("stats", "--store", "dynamodb://images").code == 2
        assert [each.service for each in of_all.asked] == ["s3", "dynamodb"]
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", of_s3.url)
        assert cli(*command).code == 2
        assert cli(*command, "--endpoint-url", server.url).code == 2
        asked = [len(each.asked) for each in (of_all, of_s3, server)]
    assert asked == [2, 1, 1]
