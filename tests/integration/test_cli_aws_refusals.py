"""Error messages when AWS is unusable, and the precedence of AWS settings."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")

from imgmeta.adapters.aws import clients
from integration.faulty_s3_server import (
    CredentialScope,
    ErrorResponse,
    FaultyS3Server,
    faulty_s3_server,
)
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
"""Commands whose first action needs AWS."""

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

DENIAL = (
    "User: arn:aws:sts::111122223333:assumed-role/readers/someone is not authorized to perform: "
    "s3:ListBucket on resource: arn:aws:s3:::holiday because no identity-based policy allows the "
    "s3:ListBucket action"
)
MOVED = ErrorResponse(301, "PermanentRedirect", headers=(("x-amz-bucket-region", "eu-south-1"),))
OTHER_REGION = "the bucket is in another AWS region: pass --region or set AWS_REGION"


@pytest.fixture(autouse=True)
def aws(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws_environment
    monkeypatch.setattr(clients, "_ATTEMPTS", 1)


@pytest.fixture
def server() -> Iterator[FaultyS3Server]:
    with faulty_s3_server() as server:
        yield server


def _error_of(cli: Cli, *arguments: str, code: int = 2) -> str:
    """Run a command that fails with one line and creates no files; return the line."""
    before = set(Path.cwd().rglob("*"))
    result = cli(*arguments)
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("imgmeta: ")
    assert result.err.count("\n") == 1
    assert result.err[:-1].isprintable()
    assert set(Path.cwd().rglob("*")) == before
    return result.err


@EACH_COMMAND
def test_missing_credentials_are_reported(
    cli: Cli, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", "/nonexistent")
    assert "no AWS credentials found: run `aws configure`" in _error_of(cli, *command)


@EACH_COMMAND
def test_unknown_profile_is_reported(cli: Cli, command: list[str]) -> None:
    message = _error_of(cli, *command, "--profile", "nobody\x1b[2J")
    assert r"there is no AWS profile nobody\x1b[2J: check ~/.aws" in message


def test_unknown_profile_in_the_environment_is_reported(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "there is no AWS profile nobody" in _error_of(cli, *COMMANDS[0])


def test_missing_region_is_reported(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    message = _error_of(cli, "stats", "--store", "dynamodb://images")
    assert "no AWS region is set: pass --region or set AWS_REGION" in message


@EACH_COMMAND
def test_invalid_region_is_reported(cli: Cli, command: list[str]) -> None:
    assert "invalid AWS region 'us east': use one such as" in _error_of(
        cli, *command, "--region", "us east"
    )


@EACH_COMMAND
@pytest.mark.parametrize("url", ["nowhere", "localhost:8000", "http://", "/x", "\x1b[2J"])
def test_invalid_endpoint_is_reported(cli: Cli, command: list[str], url: str) -> None:
    message = _error_of(cli, *command, "--endpoint-url", url)
    assert ": use a URL such as https://" in message


def test_invalid_endpoint_in_the_environment_is_reported(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    assert "Invalid endpoint: nowhere" in _error_of(cli, *COMMANDS[0])


@EACH_COMMAND
def test_unreachable_endpoint_is_reported_with_its_url(cli: Cli, command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    message = _error_of(cli, *command, "--endpoint-url", f"{url}/path", code=1)
    assert message.endswith(f": cannot connect to {url}\n")


@EACH_COMMAND
def test_endpoint_that_is_not_aws_is_reported(
    cli: Cli, command: list[str], server: FaultyS3Server
) -> None:
    for status in (200, 302, 404):
        server.response = ErrorResponse(status, "")
        result = cli(*command, "--endpoint-url", server.url)
        assert result.code in {1, 2}
        assert result.err.startswith("imgmeta: ")
        assert result.err.count("\n") == 1


def test_endpoint_that_is_not_dynamodb_is_reported(cli: Cli, server: FaultyS3Server) -> None:
    server.response = ErrorResponse(200, "")
    message = _error_of(cli, "stats", "--store", "dynamodb://images", "--endpoint-url", server.url)
    assert "the response is not from DynamoDB: check the endpoint" in message


def test_bucket_check_requests_one_key_of_the_target(cli: Cli, server: FaultyS3Server) -> None:
    _error_of(cli, "sync", "s3://holiday/2026/a+b", "--endpoint-url", server.url)
    (path,) = server.paths
    assert path.startswith("/holiday?")
    assert {"prefix=2026%2Fa%2Bb", "max-keys=1"} <= set(path.partition("?")[2].split("&"))


@pytest.mark.parametrize(
    ("response", "message", "code"),
    [
        (ErrorResponse(404, "NoSuchBucket"), "there is no such bucket: check its name", 2),
        (MOVED, OTHER_REGION, 2),
        (
            ErrorResponse(
                400, "AuthorizationHeaderMalformed", elements="<Region>eu-south-1</Region>"
            ),
            OTHER_REGION,
            2,
        ),
        (ErrorResponse(400, "IllegalLocationConstraintException"), OTHER_REGION, 2),
        (ErrorResponse(301, "PermanentRedirect"), "check the endpoint", 2),
        (
            ErrorResponse(403, "AccessDenied", "Access Denied."),
            "allow s3:ListBucket",
            2,
        ),
        (ErrorResponse(403, "InvalidAccessKeyId"), "AWS rejected the credentials", 2),
        (ErrorResponse(403, "SignatureDoesNotMatch"), "AWS rejected the credentials", 2),
        (ErrorResponse(400, "ExpiredToken"), "the AWS credentials have expired: log in again", 2),
        (ErrorResponse(403, "RequestTimeTooSkewed"), "this computer's clock is wrong", 2),
        (ErrorResponse(503, "SlowDown"), "AWS throttled the request", 1),
        (ErrorResponse(500, "InternalError"), "the service is temporarily unavailable", 1),
        (ErrorResponse(400, "Odd", "a\u202eb"), r"Odd: a\u202eb", 2),
    ],
    ids=lambda value: value.code if isinstance(value, ErrorResponse) else None,
)
@pytest.mark.parametrize("command", [COMMANDS[0], COMMANDS[1]], ids=" ".join)
def test_s3_error_is_reported_with_the_target(  # noqa: PLR0913, PLR0917 - one argument for each parameter
    cli: Cli,
    command: list[str],
    server: FaultyS3Server,
    response: ErrorResponse,
    message: str,
    code: int,
) -> None:
    server.response = response
    line = _error_of(cli, *command, "--endpoint-url", server.url, code=code)
    assert line.startswith("imgmeta: cannot list s3://holiday/2026: ")
    assert message in line


@pytest.mark.parametrize(
    "command", [*COMMANDS[:2], ["reprocess", "s3://holiday/a.jpg"]], ids=" ".join
)
@pytest.mark.parametrize(
    ("options", "variable", "payer"),
    [
        (["--request-payer"], "", "requester"),
        (["--request-payer", "requester"], "", "requester"),
        (["--request-payer=requester"], "", "requester"),
        ([], "requester", "requester"),
        ([], "", None),
    ],
)
def test_request_payer_is_sent_with_each_request(  # noqa: PLR0913, PLR0917 - one argument for each parameter
    cli: Cli,
    command: list[str],
    server: FaultyS3Server,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    variable: str,
    payer: str | None,
) -> None:
    cli("sync", ".")
    monkeypatch.setenv("IMGMETA_REQUEST_PAYER", variable)
    server.response = ErrorResponse(403, "AccessDenied", "Access Denied")
    message = _error_of(cli, *command, *options, "--endpoint-url", server.url)
    assert set(server.payers) == {payer}
    assert ("pass --request-payer" in message) is (payer is None)


def test_denial_in_the_words_of_aws_is_reported(cli: Cli, server: FaultyS3Server) -> None:
    server.response = ErrorResponse(403, "AccessDenied", DENIAL)
    message = _error_of(cli, *COMMANDS[0], "--endpoint-url", server.url)
    assert message.endswith(f": AccessDenied: {DENIAL}\n")


def test_reprocess_reports_a_problem_of_the_whole_bucket(cli: Cli, server: FaultyS3Server) -> None:
    cli("sync", ".")
    server.response = MOVED
    message = _error_of(cli, "reprocess", "s3://holiday/a.jpg", "--endpoint-url", server.url)
    assert OTHER_REGION in message


def test_missing_bucket_or_table_is_reported(cli: Cli, moto_server: Emulator) -> None:
    made = clients_at(moto_server.url)
    options = ["--endpoint-url", moto_server.url]
    Path("photos").mkdir()
    message = _error_of(cli, "sync", "photos", "s3://no-such-bucket/x", *options)
    assert "cannot list s3://no-such-bucket/x: there is no such bucket" in message
    for command in COMMANDS[2:]:
        message = _error_of(cli, *command[:-1], "dynamodb://no-such-table", *options)
        assert "there is no table no-such-table in the region us-east-1" in message
    made.s3.create_bucket(Bucket="some-bucket")
    message = _error_of(
        cli, "sync", "s3://some-bucket", "--store", "dynamodb://no-such-table", *options
    )
    assert "there is no table no-such-table" in message


def test_table_with_another_layout_is_rejected(cli: Cli, moto_server: Emulator) -> None:
    clients_at(moto_server.url).dynamodb.create_table(
        TableName="not-ours",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for command in COMMANDS[2:]:
        message = _error_of(
            cli, *command[:-1], "dynamodb://not-ours", "--endpoint-url", moto_server.url
        )
        assert "the table not-ours is not an imgmeta table" in message


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a configuration file with profiles and unset the AWS variables."""
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
    ("options", "variables", "expected"),
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
def test_options_override_variables_and_variables_override_files(  # noqa: PLR0913, PLR0917 - one argument for each parameter
    cli: Cli,
    server: FaultyS3Server,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, str],
    variables: dict[str, str],
    expected: tuple[str, str],
    command: list[str],
    service: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    arguments = [word for option in options.items() for word in option]
    assert cli(*command, *arguments, "--endpoint-url", server.url).code == 2
    assert server.scopes == [CredentialScope(*expected, service)]


def test_endpoint_option_overrides_the_variable_of_the_service_and_the_general_one(
    cli: Cli, server: FaultyS3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["sync", "s3://holiday"]
    with faulty_s3_server() as general, faulty_s3_server() as s3_only:
        monkeypatch.setenv("AWS_ENDPOINT_URL", general.url)
        assert cli(*command).code == 2
        assert cli("stats", "--store", "dynamodb://images").code == 2
        assert [each.service for each in general.scopes] == ["s3", "dynamodb"]
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_only.url)
        assert cli(*command).code == 2
        assert cli(*command, "--endpoint-url", server.url).code == 2
        requests = [len(each.scopes) for each in (general, s3_only, server)]
    assert requests == [2, 1, 1]
