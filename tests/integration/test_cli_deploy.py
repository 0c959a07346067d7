"""`imgmeta deploy`, `status` and `destroy`, in this process, over in-memory stacks."""

import io
import json
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("botocore", reason="needs the extra aws")

from imgmeta.config import DynamoDBTable
from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment import bootstrap
from imgmeta.deployment.core.findings import (
    DeadLetters,
    LastReport,
    NewestObject,
    Probe,
    QueueTraffic,
    RecentErrors,
    Subscription,
)
from imgmeta.deployment.core.health import Findings, StackHealth
from imgmeta.deployment.core.stacks import Alarm, AlarmState, QueueDepth, Stack, StackEvent
from imgmeta.deployment.service import deployer
from imgmeta.deployment.service.waiter import StatusUnavailableError
from imgmeta.entrypoints.cli.commands import status as status_command
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.rendering import stacks
from imgmeta.entrypoints.cli.rendering.health import health_rows
from imgmeta.entrypoints.cli.rendering.screen import OutputError, Screen, Span, compose
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.deployment.deployer import EMAIL, NAME, DeployerHarness, template

UPLOADED = datetime(2026, 11, 24, 12, tzinfo=UTC)
RECORD = image_record(last_modified=UPLOADED)


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> DeployerHarness:
    """Return an account that the commands deploy to."""
    harness = DeployerHarness()
    monkeypatch.setattr(bootstrap, "open_deployer", lambda _, **__: harness.deployer)
    return harness


def type_response(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


DEPLOY = ("deploy", "--stack-name", NAME, "--email", EMAIL)
DESTROY = ("destroy", "--stack-name", NAME)


@pytest.mark.parametrize(
    ("stack_id", "shown"),
    [
        (
            "arn:aws-cn:cloudformation:cn-north-1:111122223333:stack/a/b",
            "a (111122223333, cn-north-1)",
        ),
        ("arn:aws", "a"),
        ("stack/a/b", "a"),
    ],
)
def test_stack_is_shown_with_its_account_and_region(stack_id: str, shown: str) -> None:
    assert stacks.stack_with_account("a", stack_id) == shown


def test_deploy_shows_changes_events_and_outputs(cli: Cli, harness: DeployerHarness) -> None:
    done = cli(*DEPLOY, "--yes")
    assert done.code == 0
    assert harness.stack.status == "CREATE_COMPLETE"
    assert harness.artifacts.uploaded == ["1.zip"]
    shown = done.err.splitlines()
    assert shown[0] == "Building the function for python3.13 on arm64 …"
    assert [line.split()[:3] for line in shown if line.startswith("add")] == [
        ["add", "First", "AWS::SNS::Topic"],
        ["add", "Second", "AWS::SNS::Topic"],
        ["add", "ImageStorageBucket", "AWS::S3::Bucket"],
    ]
    assert "Create the stack photos: 3 to add, 0 to change, 0 to remove." in shown
    assert f"Confirm the subscription in the email sent to {EMAIL}." in shown
    statuses = [line.split()[1:3] for line in done.lines[:-2]]
    assert statuses[0] == ["CREATE_IN_PROGRESS", NAME]
    assert statuses[-1] == ["CREATE_COMPLETE", NAME]
    assert ["CREATE_COMPLETE", "First"] in statuses
    assert [line.split() for line in done.lines[-2:]] == [
        ["DynamoDBTableName", "dev"],
        ["S3BucketName", "artifacts"],
    ]


def test_suggested_commands_use_the_same_account(cli: Cli, harness: DeployerHarness) -> None:
    assert harness.sleeps == []
    options = ("--endpoint-url", "http://127.0.0.1:1", "--profile", "my work", "--region", "x-1")
    lines = cli(*DEPLOY, "--yes", *options).err.splitlines()
    given = "--endpoint-url http://127.0.0.1:1 --profile 'my work' --region x-1"
    first = lines.index("Next:") + 1
    assert lines[first : first + 2] == [
        f"  aws s3 cp PHOTO.jpg s3://artifacts/ {given}",
        f"  imgmeta list --stack-name photos {given}",
    ]


def test_json_output_of_deploy_contains_the_outputs_only(
    cli: Cli, harness: DeployerHarness
) -> None:
    done = cli(*DEPLOY, "--yes", "--json")
    assert done.json == [{"DynamoDBTableName": "dev", "S3BucketName": "artifacts"}]
    assert "CREATE_COMPLETE" in done.err
    assert cli(*DEPLOY, "--yes", "--json").json == done.json
    assert harness.artifacts.uploaded == ["1.zip"]


def test_second_deploy_without_changes_is_reported(cli: Cli, harness: DeployerHarness) -> None:
    cli(*DEPLOY, "--yes")
    again = cli("deploy", "--stack-name", NAME)
    assert again.code == 0
    assert again.lines[0] == "No changes: the stack photos is up to date."
    assert [line.split()[0] for line in again.lines[1:]] == ["DynamoDBTableName", "S3BucketName"]
    assert harness.artifacts.uploaded == ["1.zip"]
    assert harness.buckets == [None, "artifacts"]


def test_dry_run_says_that_another_tool_replaced_the_code(
    cli: Cli, harness: DeployerHarness
) -> None:
    document = json.loads(harness.text)
    document["Outputs"]["LambdaFunctionArn"] = {"Value": {"Ref": "EnvironmentSuffix"}}
    harness.text = json.dumps(document)
    cli(*DEPLOY, "--yes")
    harness.functions.digest = b"another"
    shown = cli("deploy", "--stack-name", NAME, "--dry-run")
    assert shown.code == 0
    assert (
        "Another tool replaced the function's code: this deployment restores the package."
        in shown.err.splitlines()
    )
    assert cli("deploy", "--stack-name", NAME, "--yes").code == 0
    assert harness.stack.status == "UPDATE_COMPLETE"
    harness.functions.error = PermanentError("cannot read the function dev: access denied")
    again = cli("deploy", "--stack-name", NAME)
    assert (again.code, again.lines[0]) == (0, "No changes: the stack photos is up to date.")
    assert (
        "Cannot check whether another tool replaced the function's code: cannot read the function "
        "dev: access denied"
    ) in again.err.splitlines()


def test_empty_artifact_bucket_option_counts_as_not_given(
    cli: Cli, harness: DeployerHarness
) -> None:
    assert cli(*DEPLOY, "--yes", "--artifact-bucket", "").code == 0
    assert harness.buckets == [None]


def test_changed_email_address_needs_confirmation(cli: Cli, harness: DeployerHarness) -> None:
    notice = "Confirm the subscription in the email sent to {}."
    assert notice.format(EMAIL) in cli(*DEPLOY, "--yes").err
    harness.package_number = 2
    assert "Confirm" not in cli(*DEPLOY, "--yes").err
    done = cli("deploy", "--stack-name", NAME, "--yes", "--email", "you@example.com")
    assert done.code == 0
    assert notice.format("you@example.com") in done.err


def test_changes_are_shown_before_confirmation(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(*DEPLOY, "--yes")
    harness.text = template("First", "Third")
    type_response(monkeypatch, "y\n")
    done = cli("deploy", "--stack-name", NAME)
    assert done.code == 0
    shown = done.err.splitlines()
    assert [line.split()[:2] for line in shown[2:5]] == [
        *(["add", "Third"], ["remove", "Second"]),
        ["Update", "the"],
    ]
    assert "1 to add, 0 to change, 1 to remove." in done.err
    assert "Make these changes? [y/N] " in done.err
    assert harness.stack.status == "UPDATE_COMPLETE"


@pytest.mark.parametrize("response", ["n\n", "\n", "no\n", "maybe\n"])
def test_declined_deployment_changes_nothing(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch, response: str
) -> None:
    type_response(monkeypatch, response)
    done = cli(*DEPLOY)
    assert done.code == 1
    assert done.err.endswith("Nothing was changed.\n")
    assert harness.stacks.find(NAME) is None
    assert harness.artifacts.uploaded == []


def test_undecodable_input_does_not_confirm(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"y\xff\n"), "utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)
    done = cli(*DEPLOY)
    assert (done.code, done.lines) == (1, [])
    assert done.err.endswith("Nothing was changed.\n")
    assert harness.stacks.find(NAME) is None


def test_deploy_without_a_response_changes_nothing(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_response(monkeypatch, "")
    done = cli(*DEPLOY)
    assert done.code == 2
    assert done.err.endswith("cannot ask for confirmation: pass --yes or --dry-run\n")
    assert harness.stacks.find(NAME) is None


def test_dry_run_shows_changes_and_leaves_nothing_behind(
    cli: Cli, harness: DeployerHarness
) -> None:
    done = cli(*DEPLOY, "--dry-run")
    assert done.code == 0
    assert "3 to add" in done.err
    assert done.err.endswith("Nothing was changed.\n")
    assert harness.stacks.find(NAME) is None
    assert harness.artifacts.uploaded == []


def test_options_set_template_parameters(cli: Cli, harness: DeployerHarness) -> None:
    options = ("--environment", "prod", "--architecture", "x86_64", "--runtime", "python3.12")
    done = cli(*DEPLOY, "--yes", *options, "--parameter", "MemorySize=1024")
    assert done.code == 0
    assert [(each.runtime, each.architecture) for each in harness.platforms] == [
        ("python3.12", "x86_64")
    ]
    assert harness.stack.parameters == {
        "NotificationEmail": EMAIL,
        "EnvironmentSuffix": "prod",
        "Architecture": "x86_64",
        "Runtime": "python3.12",
        "MemorySize": "1024",
        "CodeBucket": "artifacts",
        "CodeKey": "imgmeta/1.zip",
    }


def test_default_architecture_on_a_local_emulator_is_that_of_this_machine(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    cli(*DEPLOY, "--dry-run", "--endpoint-url", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    cli(*DEPLOY, "--dry-run")
    cli(*DEPLOY, "--dry-run", "--architecture", "arm64")
    assert [each.architecture for each in harness.platforms] == ["x86_64", "x86_64", "arm64"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--stack-name", "my_stack"), "invalid stack name 'my_stack': use at most 128 letters"),
        (("--stack-name", "1st"), "invalid stack name '1st': "),
        (("--email", "me\x1b"), r"invalid NotificationEmail 'me\x1b': must be an address"),
        (("--parameter", "MemorySize"), "invalid --parameter 'MemorySize': expected NAME=VALUE"),
        (("--parameter", ""), "invalid --parameter '': expected NAME=VALUE"),
        (("--parameter", "EnvironmentSuffix=\udcff"), "invalid EnvironmentSuffix '\\udcff'"),
        (("--artifact-bucket", "É"), "invalid artifact bucket 'É': must be the name of a"),
        (("--parameter", "Size=1"), "unknown template parameter Size: choose from Architecture, "),
        (("--parameter", "MemorySize=1"), "invalid MemorySize '1': must be a number from 128"),
        (
            ("--architecture", "x86_64", "--parameter", "Architecture=arm64"),
            "duplicate template parameter Architecture",
        ),
    ],
)
def test_invalid_input_is_one_line_and_changes_nothing(
    cli: Cli, harness: DeployerHarness, arguments: tuple[str, ...], message: str
) -> None:
    done = cli(*DEPLOY, "--yes", *arguments)
    assert done.code == 2
    assert done.out == ""
    [line] = done.err.splitlines()
    assert message in line
    assert harness.platforms == []


def test_unusable_artifact_bucket_is_reported_before_anything_is_built(
    cli: Cli, harness: DeployerHarness
) -> None:
    harness.artifacts.error = ConfigurationError("the artifact bucket mine-1 does not exist")
    done = cli(*DEPLOY, "--yes", "--artifact-bucket", "mine-1")
    assert (done.code, done.err) == (2, "imgmeta: the artifact bucket mine-1 does not exist\n")
    assert harness.platforms == []


def test_new_stack_needs_an_email_address(cli: Cli, harness: DeployerHarness) -> None:
    done = cli("deploy", "--stack-name", NAME, "--yes")
    assert (done.code, done.err) == (
        2,
        "imgmeta: a new stack needs NotificationEmail: pass --email ADDRESS\n",
    )
    assert harness.platforms == []


def test_failed_deployment_shows_the_first_cause(cli: Cli, harness: DeployerHarness) -> None:
    harness.stacks.failing = {"Second": "the quota of topics\x1b is used up"}
    done = cli(*DEPLOY, "--yes")
    assert done.code == 1
    last = done.err.splitlines()[-1]
    assert "Second (AWS::SNS::Topic) failed: the quota of topics\\x1b is used up" in last
    assert "\x1b" not in done.out + done.err
    assert "CREATE_FAILED" in done.out


def interrupt_watching(
    monkeypatch: pytest.MonkeyPatch, harness: DeployerHarness, error: BaseException
) -> None:
    """Raise an error after the first event of an operation."""

    def wait_for_stack(*_: object, **__: object) -> Iterator[StackEvent]:
        yield harness.stacks.events(harness.stack.stack_id)[0]
        raise error

    monkeypatch.setattr(deployer, "wait_for_stack", wait_for_stack)


def test_interrupt_while_watching_reports_that_the_deployment_continues(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    harness.package_number = 2
    interrupt_watching(monkeypatch, harness, KeyboardInterrupt())
    done = cli("deploy", "--stack-name", NAME, "--yes", "--region", "eu-west-1")
    assert done.code == 130
    assert done.err.splitlines()[-1] == (
        "Stopped watching; the operation continues. To check it: "
        "imgmeta status --stack-name photos --region eu-west-1"
    )


@pytest.mark.parametrize(
    ("method", "command"),
    [("execute_change_set", (*DEPLOY, "--yes")), ("delete", (*DESTROY, "--yes"))],
)
def test_interrupt_during_the_starting_request_reports_that_the_operation_continues(
    cli: Cli,
    harness: DeployerHarness,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    command: tuple[str, ...],
) -> None:
    harness.deploy()
    harness.package_number = 2
    start = getattr(harness.stacks, method)

    def start_and_interrupt(argument: object) -> None:
        start(argument)
        raise KeyboardInterrupt

    monkeypatch.setattr(harness.stacks, method, start_and_interrupt)
    done = cli(*command)
    assert done.code == 130
    assert "the operation continues. To check it: imgmeta status" in done.err.splitlines()[-1]
    assert "Stopped before" not in done.err


def test_unavailable_status_reports_that_the_deployment_continues(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    harness.package_number = 2
    interrupt_watching(monkeypatch, harness, StatusUnavailableError("no response"))
    done = cli("deploy", "--stack-name", NAME, "--yes")
    assert done.code == 1
    assert done.err.splitlines()[-1] == (
        "imgmeta: no response; the operation continues. To check it: "
        "imgmeta status --stack-name photos"
    )


def test_output_error_while_watching_reports_that_the_deployment_continues(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    harness.package_number = 2
    interrupt_watching(monkeypatch, harness, OutputError("No space left on device"))
    done = cli("deploy", "--stack-name", NAME, "--yes")
    assert done.code == 1
    command = "imgmeta status --stack-name photos"
    assert done.err.splitlines()[-2:] == [
        f"Stopped watching; the operation continues. To check it: {command}",
        "imgmeta: stopped: No space left on device",
    ]


def test_closed_output_before_the_deployment_starts_leaves_nothing_behind(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(screen: Screen, *spans: Span | str) -> None:
        if str(spans[0]).startswith("Uploading "):
            raise OutputError("no reader") from BrokenPipeError()
        write(screen, *spans)

    write = Screen.line
    monkeypatch.setattr(Screen, "line", fail)
    assert cli(*DEPLOY, "--yes").code == 141
    assert harness.stacks.find(NAME) is None


def test_interrupt_at_the_confirmation_leaves_nothing_behind(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(readline=interrupt))
    done = cli(*DEPLOY)
    assert done.code == 130
    assert done.err.endswith("Make these changes? [y/N] \nStopped before the deployment started.\n")
    assert harness.stacks.find(NAME) is None


def test_destroy_deletes_the_stack_and_lists_kept_resources(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    [bucket] = [
        each.physical_id
        for each in harness.stacks.resources(harness.stack.stack_id)
        if each.logical_id == "ImageStorageBucket"
    ]
    type_response(monkeypatch, "yes\n")
    done = cli(*DESTROY)
    assert done.code == 0
    assert [line.split()[:2] for line in done.err.splitlines()[:3]] == [
        ["keep", "ImageStorageBucket"],
        ["delete", "First"],
        ["delete", "Second"],
    ]
    assert "Delete the stack photos? [y/N] " in done.err
    assert done.lines[-2:] == [
        "Deleted the stack photos.",
        f"Kept: AWS::S3::Bucket {bucket}",
    ]
    assert harness.stacks.retained == [bucket]
    second = cli(*DESTROY, "--yes")
    assert second.code == 2
    assert (
        "the stack photos does not exist: check its name, the region and the account" in second.err
    )


@pytest.mark.parametrize(("response", "code"), [("n\n", 1), ("", 2)])
def test_unconfirmed_destroy_keeps_the_stack(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch, response: str, code: int
) -> None:
    harness.deploy()
    type_response(monkeypatch, response)
    assert cli(*DESTROY).code == code
    assert harness.stack.is_complete


def test_dry_run_of_destroy_lists_kept_resources(cli: Cli, harness: DeployerHarness) -> None:
    harness.deploy()
    done = cli(*DESTROY, "--dry-run")
    assert done.code == 0
    assert done.err.startswith("keep    ImageStorageBucket")
    assert harness.stack.is_complete


def test_stack_not_created_by_imgmeta_is_not_destroyed(cli: Cli, harness: DeployerHarness) -> None:
    harness.stacks.add(Stack("arn", NAME, "CREATE_COMPLETE"))
    done = cli(*DESTROY, "--yes")
    assert done.code == 2
    assert "was not created by imgmeta" in done.err
    assert harness.stack.is_complete


def health(stack: Stack, *, has_all_alarms: bool = True) -> StackHealth:
    return StackHealth(
        stack,
        alarms={
            "DeadLetterAlarm": Alarm("photos-1", AlarmState.OK, "There are dead letters."),
            "QueueAgeAlarm": Alarm("photos-2", AlarmState.INSUFFICIENT_DATA),
            **({} if has_all_alarms else {"LambdaErrorAlarm": None}),
        },
        queue=QueueDepth(3, 2),
        dead_letters=QueueDepth(0, 0),
        latest_record=RECORD,
    )


def set_health(monkeypatch: pytest.MonkeyPatch, run: Callable[[Stack], StackHealth]) -> None:
    """Replace the health check."""
    check = SimpleNamespace(run=lambda stack, *_: run(stack))
    monkeypatch.setattr(bootstrap, "open_health_check", lambda _: check)


def test_status_of_a_healthy_stack_is_shown(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    set_clock(monkeypatch)
    set_health(monkeypatch, health)
    done = cli("status", "--stack-name", NAME)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        "Stack           photos CREATE_COMPLETE",
        "Alarm           OK        DeadLetterAlarm",
        "Alarm           no data   QueueAgeAlarm",
        "Queue           3 waiting, 2 in flight",
        "Dead letters    0 waiting, 0 in flight",
        f"Last image      processed 3 hours ago: s3://{RECORD.bucket_name}/{RECORD.object_key}",
    ]


def test_status_of_an_unhealthy_stack_lists_problems(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()

    def unhealthy(stack: Stack) -> StackHealth:
        alarm = Alarm("photos-1", AlarmState.ALARM, "There are dead letters.\x1b")
        return replace(
            health(stack),
            stack=replace(stack, status="UPDATE_ROLLBACK_FAILED"),
            alarms={"DeadLetterAlarm": alarm},
            queue=None,
            dead_letters=QueueDepth(1200, 0),
            latest_record=None,
            unreadable_records=1200,
        )

    set_health(monkeypatch, unhealthy)
    done = cli("status", "--stack-name", NAME)
    assert done.code == 1
    assert done.err == (
        "imgmeta: the stack is unhealthy: the stack is UPDATE_ROLLBACK_FAILED; "
        "the alarm DeadLetterAlarm is on; 1,200 dead letters\n"
    )
    assert done.lines == [
        "Stack           photos UPDATE_ROLLBACK_FAILED",
        "Alarm           ALARM     DeadLetterAlarm",
        "                There are dead letters.\\x1b",
        "Queue           no queue",
        "Dead letters    1,200 waiting, 0 in flight",
        "Last image      none in the last 30 days",
        "Records         at least 1,200 unreadable: sync the bucket",
    ]


def test_json_output_of_status_is_one_object(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    set_health(monkeypatch, health)
    done = cli("status", "--stack-name", NAME, "--json")
    assert done.json == [
        {
            "StackName": "photos",
            "StackStatus": "CREATE_COMPLETE",
            "Healthy": True,
            "Faults": [],
            "Warnings": [],
            "Alarms": {"DeadLetterAlarm": "OK", "QueueAgeAlarm": "INSUFFICIENT_DATA"},
            "Queue": {"Waiting": 3, "InFlight": 2},
            "DeadLetters": {"Waiting": 0, "InFlight": 0},
            "LastRecord": json.loads(RECORD.to_json()) | {"Uri": RECORD.uri},
            "UnreadableRecords": 0,
            "CheckedAt": None,
            "Function": None,
            "CodeReplaced": None,
            "EventSource": None,
            "Errors": None,
            "QueueTraffic": None,
            "DeadLetterSample": None,
            "Throttles": None,
            "Subscriptions": None,
            "NewestObjects": None,
            "EventBridge": None,
            "LastDigest": None,
            "LastAudit": None,
            "Unchecked": {},
            "Outputs": {"DynamoDBTableName": "dev", "S3BucketName": "artifacts"},
        }
    ]


def test_status_prints_one_output_of_any_stack(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()

    def fail(_: Stack) -> StackHealth:
        pytest.fail("the health was checked")

    set_health(monkeypatch, fail)
    done = cli("status", "--stack-name", NAME, "--stack-output", "DynamoDBTableName")
    assert done == (0, "dev\n", "")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (
            ["--stack-output", "Tablé\x1b"],
            "invalid --stack-output 'Tablé\\x1b': use one of DynamoDBTableName, S3BucketName",
        ),
        (
            ["--stack-output", ""],
            "invalid --stack-output '': use one of DynamoDBTableName, S3BucketName",
        ),
        (
            ["--stack-output", "S3BucketName", "--json"],
            "pass --stack-output without --json, which has all outputs",
        ),
        (
            ["--stack-output", "S3BucketName", "--watch"],
            "pass --stack-output without --watch",
        ),
    ],
)
def test_invalid_stack_output_is_a_usage_error(
    cli: Cli, harness: DeployerHarness, options: list[str], error: str
) -> None:
    harness.deploy()
    assert cli("status", "--stack-name", NAME, *options) == (2, "", f"imgmeta: {error}\n")


def test_stack_output_of_a_stack_without_outputs_is_a_usage_error(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    bare = SimpleNamespace(find=lambda _: SimpleNamespace(outputs={}))
    monkeypatch.setattr(bootstrap, "open_deployer", lambda _: bare)
    done = cli("status", "--stack-name", NAME, "--stack-output", "QueueUrl")
    assert done.err == "imgmeta: invalid --stack-output 'QueueUrl': the stack has no outputs\n"
    assert done.code == 2


def test_deleted_alarm_is_reported(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    set_health(monkeypatch, lambda stack: health(stack, has_all_alarms=False))
    done = cli("status", "--stack-name", NAME)
    assert (done.code, done.err) == (
        1,
        "imgmeta: the stack is unhealthy: the alarm LambdaErrorAlarm is gone\n",
    )
    assert "Alarm           DELETED   LambdaErrorAlarm" in done.lines
    [shown] = cli("status", "--stack-name", NAME, "--json").json
    assert shown["Alarms"]["LambdaErrorAlarm"] is None


def full_health(stack: Stack) -> StackHealth:
    """Return a health in which everything was checked, and most is wrong."""
    age = datetime(2026, 11, 24, 14, tzinfo=UTC)
    findings = Findings(
        checked_at=age,
        probe=Probe(error="Runtime.ImportModuleError: no module"),
        event_source="Disabled",
        errors=RecentErrors(
            crashes=3,
            failures=2,
            repeated=1,
            reason="no module",
            crash_reason="no module",
            newest=age,
        ),
        traffic=QueueTraffic(oldest_seconds=240, received=9, deleted=1, in_flight=2),
        letters=DeadLetters(looked_at=7, reason="denied", count=5, oldest=age),
        throttles={"function": 2, "table": 0, "index BucketKeyIndex": 1},
        subscriptions=(Subscription("email", "a@example.com", confirmed=False),),
        newest=(
            NewestObject("b", ObjectLocation("b", "lost.jpg"), age, indexed=False, listed=2),
            NewestObject("c", listed=10_000, complete=False),
        ),
        event_delivery={"b": False, "c": True, "d": None},
        last_digest=LastReport(age, age),
        last_audit=LastReport(None, age),
        unchecked={"errors": "cannot read the log: AccessDenied"},
    )
    return replace(health(stack), findings=findings, dead_letters=QueueDepth(7, 0))


def test_narrow_terminal_shows_the_end_of_the_newest_object(harness: DeployerHarness) -> None:
    harness.deploy()
    shown = full_health(harness.deployer.find(NAME))
    rows = health_rows(shown, datetime(2026, 11, 24, 15, tzinfo=UTC))
    lines = [
        "".join(
            text for text, _ in compose([s if isinstance(s, Span) else Span(s) for s in row], 40)
        )
        for row in rows
    ]
    [line] = [each for each in lines if each.startswith("Newest object   NOT INDEXED")]
    assert line.endswith("s3://b/lost.jpg")


def test_failed_invocation_without_a_known_reason_is_shown_by_its_time(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crashed(stack: Stack) -> StackHealth:
        full = full_health(stack)
        assert full.findings.checked_at is not None
        errors = RecentErrors(crashes=1, failures=1, newest=full.findings.checked_at)
        return replace(full, findings=replace(full.findings, errors=errors))

    harness.deploy()
    set_clock(monkeypatch)
    set_health(monkeypatch, crashed)
    lines = cli("status", "--stack-name", NAME).lines
    assert "Errors          1 failed invocation, 1 other error in the last 15 minutes" in lines
    assert "                60 minutes ago: unknown reason" in lines


def test_findings_of_status_are_shown(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    set_clock(monkeypatch)
    set_health(monkeypatch, full_health)
    errors = (
        "3 failed invocations, 2 other errors in the last 15 minutes; messages that failed again: 1"
    )
    warning = "about 6 messages received in the last 15 minutes failed, and will be received again"
    done = cli("status", "--stack-name", NAME)
    assert done.code == 1
    assert done.lines == [
        "Stack           photos CREATE_COMPLETE",
        "Function        FAILS Runtime.ImportModuleError: no module",
        "Event source    Disabled",
        f"Errors          {errors}",
        "                60 minutes ago: no module",
        "Alarm           OK        DeadLetterAlarm",
        "Alarm           no data   QueueAgeAlarm",
        "Queue           3 waiting, 2 in flight, oldest 4 minutes, about 6 received more than once",
        "Dead letters    7 waiting, 0 in flight, oldest 60 minutes",
        "                5 of 7: denied",
        "Throttles       function 2, index BucketKeyIndex 1 in the last 15 minutes",
        "Subscription    UNCONFIRMED a@example.com",
        "EventBridge     OFF b",
        "EventBridge     on c",
        "EventBridge     NO BUCKET d",
        "Newest object   NOT INDEXED 60 minutes ago: s3://b/lost.jpg",
        "Newest object   none older than 5 minutes in c (of the first 10,000 keys)",
        f"Last image      processed 3 hours ago: s3://{RECORD.bucket_name}/{RECORD.object_key}",
        "Last digest     60 minutes ago",
        "Last audit      none in the last 60 minutes",
        f"Warning         {warning}",
        "Not checked     errors: cannot read the log: AccessDenied",
    ]
    [shown] = cli("status", "--stack-name", NAME, "--json").json
    assert shown["Function"]["Error"] == "Runtime.ImportModuleError: no module"
    assert shown["EventSource"] == "Disabled"
    assert shown["Errors"]["FailedInvocations"] == 3
    assert shown["QueueTraffic"]["ReceivedAgain"] == 6
    assert shown["DeadLetterSample"]["CommonestReason"] == "denied"
    assert shown["Throttles"]["index BucketKeyIndex"] == 1
    assert shown["Subscriptions"][0]["Confirmed"] is False
    newest = [(each["ObjectKey"], each["Uri"]) for each in shown["NewestObjects"]]
    assert newest == [("lost.jpg", "s3://b/lost.jpg"), (None, None)]
    assert shown["EventBridge"] == {"b": False, "c": True, "d": None}
    assert shown["LastDigest"]["At"] == "2026-11-24T14:00:00+00:00"
    assert shown["LastAudit"]["At"] is None
    assert shown["Unchecked"] == {"errors": "cannot read the log: AccessDenied"}


def test_failed_checks_are_not_shown_as_absent(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def partial_health(stack: Stack) -> StackHealth:
        denied = dict.fromkeys(("queue", "dead-letter queue", "table"), "denied")
        findings = Findings(
            errors=RecentErrors(log_error="denied"), unchecked={"errors in the log": "denied"}
        )
        unknown = replace(health(stack), queue=None, dead_letters=None, latest_record=None)
        return replace(unknown, findings=findings, failed=denied)

    harness.deploy()
    set_health(monkeypatch, partial_health)
    done = cli("status", "--stack-name", NAME)
    assert done.code == 1
    assert done.err == (
        "imgmeta: the stack is unhealthy: cannot check the queue: denied; cannot check the "
        "dead-letter queue: denied; cannot check the table: denied\n"
    )
    for line in (
        "Queue           not checked",
        "Dead letters    not checked",
        "Last image      not checked",
        "Errors          none in the last 15 minutes, by the metrics alone",
        "Not checked     table: denied",
        "Not checked     errors in the log: denied",
    ):
        assert line in done.lines
    [shown] = cli("status", "--stack-name", NAME, "--json").json
    assert (shown["Healthy"], shown["Queue"], shown["DeadLetters"]) == (False, None, None)
    assert shown["Unchecked"].keys() == {
        *("queue", "dead-letter queue", "table", "errors in the log"),
    }


def watch(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, healths: list[StackHealth | Exception], *options: str
) -> tuple[list[str], list[float], list[Findings | None]]:
    """Watch a stack that has these healths; return the output, the waits and the reused findings.

    The last one is an interrupt.
    """
    remaining, waits, reused = iter(healths), list[float](), list[Findings | None]()

    def run(_: Stack, __: datetime, previous: Findings | None) -> StackHealth:
        reused.append(previous)
        found = next(remaining)
        if isinstance(found, Exception):
            raise found
        return found

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == len(healths):
            raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "open_health_check", lambda _: SimpleNamespace(run=run))
    monkeypatch.setattr(status_command, "time", SimpleNamespace(sleep=sleep))
    done = cli("status", "--stack-name", NAME, "--watch", *options)
    assert done.code == 130
    return done.lines, waits, reused


def test_watch_prints_again_only_after_a_change(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    set_clock(monkeypatch)
    same = health(harness.stack)
    changed = replace(same, queue=QueueDepth(0, 0), dead_letters=QueueDepth(1, 0))
    unavailable = TransientError("cannot read the alarms: throttled")
    lines, waits, reused = watch(
        cli, monkeypatch, [same, same, unavailable, changed], "--interval", "2"
    )
    assert [each for each in lines if each.startswith(("2026", "Queue", "Stack"))] == [
        "2026-11-24 15:00:00 UTC healthy",
        "Stack           photos CREATE_COMPLETE",
        "Queue           3 waiting, 2 in flight",
        "2026-11-24 15:00:00 UTC UNHEALTHY: 1 dead letter",
        "Stack           photos CREATE_COMPLETE",
        "Queue           0 waiting, 0 in flight",
    ]
    assert waits == [2, 2, 2, 2]
    assert reused == [None, same.findings, same.findings, same.findings]


def test_watch_redraws_a_terminal(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("imgmeta.entrypoints.cli.rendering.screen.is_terminal", lambda *_: True)
    same = health(harness.stack)
    lines, _, _ = watch(cli, monkeypatch, [same, same])
    assert "\n".join(lines).count("\x1b[H\x1b[2J") == 2


def test_json_output_of_watch_is_one_object_each_time(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()
    same = health(harness.stack)
    lines, waits, _ = watch(cli, monkeypatch, [same, same], "--json")
    assert [json.loads(each)["Healthy"] for each in lines] == [True, True]
    assert waits == [5, 5]


def set_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock of `status` to three hours after the upload of the record."""
    now = UPLOADED + timedelta(hours=3)

    class Clock(datetime):
        @classmethod
        def now(cls, _: object = None) -> datetime:  # type: ignore[override]  # called with UTC only
            return now

    monkeypatch.setattr(status_command, "datetime", Clock)


def test_failed_health_check_is_an_error(
    cli: Cli, harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.deploy()

    def fail(_: Stack) -> StackHealth:
        msg = "cannot read the alarms: AccessDenied"
        raise PermanentError(msg)

    set_health(monkeypatch, fail)
    done = cli("status", "--stack-name", NAME)
    assert (done.code, done.err) == (
        1,
        "imgmeta: cannot read the alarms: AccessDenied\n",
    )


def test_store_of_a_command_is_the_table_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    deployed = SimpleNamespace(table="images-of-photos")
    monkeypatch.setattr(bootstrap, "find_deployed_index", lambda _, name: {NAME: deployed}[name])
    context = CommandContext.from_options(index_stack=NAME)
    assert context.store == DynamoDBTable("images-of-photos")


def test_store_and_stack_name_exclude_each_other(cli: Cli) -> None:
    done = cli("list", "--stack-name", NAME, "--store", "dynamodb://images")
    assert done.code == 2
    assert done.err == (
        "imgmeta: pass --store or --stack-name, not both: a stack has its own store\n"
    )
