"""`imgmeta deploy`, `status` and `destroy`, in this process, over stacks in memory."""

import io
import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("botocore", reason="needs the extra aws")

from imgmeta.bootstrap import AWSConnection
from imgmeta.deployment import bootstrap
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform
from imgmeta.deployment.core.stacks import Alarm, AlarmState, QueueDepth, Stack, StackEvent
from imgmeta.deployment.ports import ArtifactStore
from imgmeta.deployment.service.deployer import Deployer
from imgmeta.deployment.service.health import StackHealth
from imgmeta.deployment.service.waiter import NotWatchedError
from imgmeta.entrypoints.cli.commands import status as status_command
from imgmeta.entrypoints.cli.rendering import stacks
from imgmeta.entrypoints.cli.rendering.screen import OutputError, Screen, Span
from imgmeta.errors import ConfigurationError, PermanentError
from support.cli.command_line import Cli
from support.deployment.deployer import EMAIL, NAME, DeployerWorld, package, template
from support.strategies.record_examples import image_record

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
RECORD = image_record(last_modified=AT)


class Wired:
    """What the commands find, instead of an account.

    Attributes:
        world: the account.
        targets: what packages were built for.
        buckets: the artifact buckets that were asked for.
        number: of the package that is built.
    """

    def __init__(self, world: DeployerWorld) -> None:
        self.world = world
        self.targets: list[FunctionPlatform] = []
        self.buckets: list[str | None] = []
        self.number = 1

    def open_deployer(self, _: AWSConnection) -> Deployer:
        return self.world.deployer

    def open_artifacts(self, _: AWSConnection, bucket: str | None) -> ArtifactStore:
        self.buckets.append(bucket)
        return self.world.artifacts

    def open_packager(self, **_: object) -> "Wired":
        return self

    def package(self, target: FunctionPlatform) -> FunctionPackage:
        self.targets.append(target)
        return package(self.number, target)


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Wired:
    wired = Wired(DeployerWorld())
    for name in ("open_deployer", "open_artifacts", "open_packager"):
        monkeypatch.setattr(bootstrap, name, getattr(wired, name))
    return wired


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
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
def test_a_stack_is_shown_with_the_account_and_region_that_it_is_in(
    stack_id: str, shown: str
) -> None:
    assert stacks.stack_name("a", stack_id) == shown


def test_a_deployment_shows_the_changes_what_happens_and_the_outputs(
    cli: Cli, wired: Wired
) -> None:
    done = cli(*DEPLOY, "--yes")
    assert done.code == 0
    assert wired.world.stack.status == "CREATE_COMPLETE"
    assert wired.world.artifacts.kept == ["1.zip"]
    shown = done.err.splitlines()
    assert shown[0] == "Building the function for python3.13 on arm64 …"
    assert [line.split()[:3] for line in shown if line.startswith("add")] == [
        ["add", "First", "AWS::SNS::Topic"],
        ["add", "Second", "AWS::SNS::Topic"],
        ["add", "ImageStorageBucket", "AWS::S3::Bucket"],
    ]
    assert "The stack photos is new: 3 to add, 0 to change, 0 to remove." in shown
    assert f"Confirm the subscription in the mail that {EMAIL} gets." in shown
    statuses = [line.split()[1:3] for line in done.lines[:-2]]
    assert statuses[0] == ["CREATE_IN_PROGRESS", NAME]
    assert statuses[-1] == ["CREATE_COMPLETE", NAME]
    assert ["CREATE_COMPLETE", "First"] in statuses
    assert [line.split() for line in done.lines[-2:]] == [
        ["DynamoDBTableName", "dev"],
        ["S3BucketName", "artifacts"],
    ]


def test_the_next_command_reaches_the_same_account(cli: Cli, wired: Wired) -> None:
    assert wired.world.waits == []
    options = ("--endpoint-url", "http://127.0.0.1:1", "--profile", "my work", "--region", "x-1")
    lines = cli(*DEPLOY, "--yes", *options).err.splitlines()
    given = "--endpoint-url http://127.0.0.1:1 --profile 'my work' --region x-1"
    first = lines.index("Next:") + 1
    assert lines[first : first + 2] == [
        f"  aws s3 cp PHOTO.jpg s3://artifacts/ {given}",
        f"  imgmeta list --store dynamodb://dev {given}",
    ]


def test_with_json_standard_output_is_the_outputs_alone(cli: Cli, wired: Wired) -> None:
    done = cli(*DEPLOY, "--yes", "--json")
    assert done.json == [{"DynamoDBTableName": "dev", "S3BucketName": "artifacts"}]
    assert "CREATE_COMPLETE" in done.err
    assert cli(*DEPLOY, "--yes", "--json").json == done.json
    assert wired.world.artifacts.kept == ["1.zip"]


def test_a_second_deployment_without_changes_says_so(cli: Cli, wired: Wired) -> None:
    cli(*DEPLOY, "--yes")
    again = cli("deploy", "--stack-name", NAME)
    assert again.code == 0
    assert again.lines[0] == "Nothing changes: the stack photos is as it should be."
    assert [line.split()[0] for line in again.lines[1:]] == ["DynamoDBTableName", "S3BucketName"]
    assert wired.world.artifacts.kept == ["1.zip"]
    assert wired.buckets == [None, "artifacts"]


def test_an_artifact_bucket_that_is_empty_is_not_given(cli: Cli, wired: Wired) -> None:
    assert cli(*DEPLOY, "--yes", "--artifact-bucket", "").code == 0
    assert wired.buckets == [None]


def test_another_address_has_to_be_confirmed_too(cli: Cli, wired: Wired) -> None:
    said = "Confirm the subscription in the mail that {} gets."
    assert said.format(EMAIL) in cli(*DEPLOY, "--yes").err
    wired.number = 2
    assert "Confirm" not in cli(*DEPLOY, "--yes").err
    done = cli("deploy", "--stack-name", NAME, "--yes", "--email", "you@example.com")
    assert done.code == 0
    assert said.format("you@example.com") in done.err


def test_what_would_be_changed_is_shown_before_it_is_asked_for(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(*DEPLOY, "--yes")
    wired.world.text = template("First", "Third")
    answer(monkeypatch, "y\n")
    done = cli("deploy", "--stack-name", NAME)
    assert done.code == 0
    shown = done.err.splitlines()
    assert [line.split()[:2] for line in shown[2:5]] == [
        *(["add", "Third"], ["remove", "Second"]),
        ["The", "stack"],
    ]
    assert "1 to add, 0 to change, 1 to remove." in done.err
    assert "Make these changes? [y/N] " in done.err
    assert wired.world.stack.status == "UPDATE_COMPLETE"


@pytest.mark.parametrize("said", ["n\n", "\n", "no\n", "maybe\n"])
def test_what_is_declined_is_not_done(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    answer(monkeypatch, said)
    done = cli(*DEPLOY)
    assert done.code == 1
    assert done.err.endswith("Nothing was changed.\n")
    assert wired.world.stacks.find(NAME) is None
    assert wired.world.artifacts.kept == []


def test_an_answer_that_is_no_text_is_no_yes(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = io.TextIOWrapper(io.BytesIO(b"y\xff\n"), "utf-8")
    monkeypatch.setattr(sys, "stdin", answer)
    done = cli(*DEPLOY)
    assert (done.code, done.lines) == (1, [])
    assert done.err.endswith("Nothing was changed.\n")
    assert wired.world.stacks.find(NAME) is None


def test_where_nobody_answers_nothing_is_done(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "")
    done = cli(*DEPLOY)
    assert done.code == 2
    assert done.err.endswith(
        "nobody is there to answer: give --yes to go on, or --dry-run only to look\n"
    )
    assert wired.world.stacks.find(NAME) is None


def test_a_dry_run_shows_the_changes_and_leaves_nothing(cli: Cli, wired: Wired) -> None:
    done = cli(*DEPLOY, "--dry-run")
    assert done.code == 0
    assert "3 to add" in done.err
    assert done.err.endswith("Nothing was changed.\n")
    assert wired.world.stacks.find(NAME) is None
    assert wired.world.artifacts.kept == []


def test_options_are_parameters_of_the_template(cli: Cli, wired: Wired) -> None:
    options = ("--environment", "prod", "--architecture", "x86_64", "--runtime", "python3.12")
    done = cli(*DEPLOY, "--yes", *options, "--parameter", "MemorySize=1024")
    assert done.code == 0
    assert [(each.runtime, each.architecture) for each in wired.targets] == [
        ("python3.12", "x86_64")
    ]
    assert wired.world.stack.parameters == {
        "NotificationEmail": EMAIL,
        "EnvironmentSuffix": "prod",
        "Architecture": "x86_64",
        "Runtime": "python3.12",
        "MemorySize": "1024",
        "CodeBucket": "artifacts",
        "CodeKey": "imgmeta/1.zip",
    }


def test_on_an_emulator_on_this_machine_the_function_is_of_this_machine(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    cli(*DEPLOY, "--dry-run", "--endpoint-url", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    cli(*DEPLOY, "--dry-run")
    cli(*DEPLOY, "--dry-run", "--architecture", "arm64")
    assert [each.architecture for each in wired.targets] == ["x86_64", "x86_64", "arm64"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack-name", "my_stack"), "'my_stack' is no name for a stack: give one of letters"),
        (("--stack-name", "1st"), "'1st' is no name for a stack"),
        (("--email", "me\x1b"), r"NotificationEmail cannot be 'me\x1b': it must be an address"),
        (("--parameter", "MemorySize"), "'MemorySize' is no parameter: give one like MemorySize"),
        (("--parameter", ""), "'' is no parameter: give one like MemorySize=512"),
        (("--parameter", "EnvironmentSuffix=\udcff"), "EnvironmentSuffix cannot be '\\udcff'"),
        (("--artifact-bucket", "É"), "packages cannot be kept in 'É': it must be the name of a"),
        (("--parameter", "Size=1"), "the template has no parameter Size: it has Architecture, "),
        (("--parameter", "MemorySize=1"), "MemorySize cannot be '1': it must be a number from 128"),
        (
            ("--architecture", "x86_64", "--parameter", "Architecture=arm64"),
            "the parameter Architecture is given twice",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_done(
    cli: Cli, wired: Wired, arguments: tuple[str, ...], said: str
) -> None:
    done = cli(*DEPLOY, "--yes", *arguments)
    assert done.code == 2
    assert done.out == ""
    [line] = done.err.splitlines()
    assert said in line
    assert wired.targets == []


def test_a_bucket_for_packages_that_cannot_be_used_is_said_before_anything_is_built(
    cli: Cli, wired: Wired
) -> None:
    wired.world.artifacts.error = ConfigurationError("there is no bucket mine-1")
    done = cli(*DEPLOY, "--yes", "--artifact-bucket", "mine-1")
    assert (done.code, done.err) == (2, "imgmeta: there is no bucket mine-1\n")
    assert wired.targets == []


def test_a_new_stack_needs_somebody_to_tell(cli: Cli, wired: Wired) -> None:
    done = cli("deploy", "--stack-name", NAME, "--yes")
    assert (done.code, done.err) == (
        2,
        "imgmeta: a new stack needs NotificationEmail: give --email\n",
    )
    assert wired.targets == []


def test_a_failure_is_the_first_cause(cli: Cli, wired: Wired) -> None:
    wired.world.stacks.failing = {"Second": "the quota of topics\x1b is used up"}
    done = cli(*DEPLOY, "--yes")
    assert done.code == 1
    last = done.err.splitlines()[-1]
    assert "Second (AWS::SNS::Topic): the quota of topics\\x1b is used up" in last
    assert "\x1b" not in done.out + done.err
    assert "CREATE_FAILED" in done.out


def leaving(error: BaseException, world: DeployerWorld) -> Iterator[StackEvent]:
    """Yield what happens first, and then no more."""
    yield from world.stacks.events(world.stack.stack_id)[:1]
    raise error


def test_who_leaves_is_told_what_goes_on(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.world.deploy()
    wired.number = 2
    monkeypatch.setattr(Deployer, "begin", lambda *_: leaving(KeyboardInterrupt(), wired.world))
    done = cli("deploy", "--stack-name", NAME, "--yes", "--region", "eu-west-1")
    assert done.code == 130
    assert done.err.splitlines()[-1] == (
        "Not watched any more. AWS goes on without us; to look: "
        "imgmeta status --stack-name photos --region eu-west-1"
    )


@pytest.mark.parametrize(
    ("step", "command"), [("execute", (*DEPLOY, "--yes")), ("delete", (*DESTROY, "--yes"))]
)
def test_who_leaves_while_it_is_asked_for_is_told_that_it_may_go_on(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch, step: str, command: tuple[str, ...]
) -> None:
    wired.world.deploy()
    wired.number = 2
    asked = getattr(wired.world.stacks, step)

    def leave(what: object) -> None:
        asked(what)
        raise KeyboardInterrupt

    monkeypatch.setattr(wired.world.stacks, step, leave)
    done = cli(*command)
    assert done.code == 130
    assert "AWS goes on without us; to look: imgmeta status" in done.err.splitlines()[-1]
    assert "Stopped before" not in done.err


def test_who_is_cut_off_is_told_what_goes_on(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.world.deploy()
    wired.number = 2
    error = NotWatchedError("nothing answers")
    monkeypatch.setattr(Deployer, "begin", lambda *_: leaving(error, wired.world))
    done = cli("deploy", "--stack-name", NAME, "--yes")
    assert done.code == 1
    assert done.err.splitlines()[-1] == (
        "imgmeta: nothing answers; what has begun goes on without us; to look: "
        "imgmeta status --stack-name photos"
    )


def test_who_can_no_longer_be_shown_is_told_what_goes_on(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.world.deploy()
    wired.number = 2
    error = OutputError("No space left on device")
    monkeypatch.setattr(Deployer, "begin", lambda *_: leaving(error, wired.world))
    done = cli("deploy", "--stack-name", NAME, "--yes")
    assert done.code == 1
    assert done.err.splitlines()[-2:] == [
        "Not watched any more. AWS goes on without us; to look: imgmeta status --stack-name photos",
        "imgmeta: stopped: No space left on device",
    ]


def test_who_closes_the_screen_before_anything_is_begun_leaves_nothing(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(screen: Screen, *spans: Span | str) -> None:
        if str(spans[0]).startswith("Putting "):
            raise OutputError("no reader") from BrokenPipeError()
        write(screen, *spans)

    write = Screen.line
    monkeypatch.setattr(Screen, "line", refuse)
    assert cli(*DEPLOY, "--yes").code == 141
    assert wired.world.stacks.find(NAME) is None


def test_who_leaves_at_the_question_leaves_nothing(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(readline=leave))
    done = cli(*DEPLOY)
    assert done.code == 130
    assert done.err.endswith("Make these changes? [y/N] \nStopped before any change was begun.\n")
    assert wired.world.stacks.find(NAME) is None


def test_a_stack_is_destroyed_and_what_is_kept_is_named(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.world.deploy()
    [bucket] = [
        each.physical_id
        for each in wired.world.stacks.resources(wired.world.stack.stack_id)
        if each.logical_id == "ImageStorageBucket"
    ]
    answer(monkeypatch, "yes\n")
    done = cli(*DESTROY)
    assert done.code == 0
    assert [line.split()[:2] for line in done.err.splitlines()[:3]] == [
        ["keep", "ImageStorageBucket"],
        ["delete", "First"],
        ["delete", "Second"],
    ]
    assert "Delete the stack photos? [y/N] " in done.err
    assert done.lines[-2:] == [
        "The stack photos is deleted.",
        f"Kept: AWS::S3::Bucket {bucket}",
    ]
    assert wired.world.stacks.retained == [bucket]
    gone = cli(*DESTROY, "--yes")
    assert gone.code == 2
    assert "there is no stack photos here: check its name, the region and the account" in gone.err


@pytest.mark.parametrize(("said", "code"), [("n\n", 1), ("", 2)])
def test_a_stack_that_nobody_wants_destroyed_stays(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch, said: str, code: int
) -> None:
    wired.world.deploy()
    answer(monkeypatch, said)
    assert cli(*DESTROY).code == code
    assert wired.world.stack.is_complete


def test_a_dry_run_of_destroy_says_what_would_be_kept(cli: Cli, wired: Wired) -> None:
    wired.world.deploy()
    done = cli(*DESTROY, "--dry-run")
    assert done.code == 0
    assert done.err.startswith("keep    ImageStorageBucket")
    assert wired.world.stack.is_complete


def test_a_stack_of_somebody_else_s_is_not_destroyed(cli: Cli, wired: Wired) -> None:
    wired.world.stacks.plant(Stack("arn", NAME, "CREATE_COMPLETE"))
    done = cli(*DESTROY, "--yes")
    assert done.code == 2
    assert "is none of imgmeta's" in done.err
    assert wired.world.stack.is_complete


def health(stack: Stack, *, is_whole: bool = True) -> StackHealth:
    return StackHealth(
        stack,
        alarms={
            "DeadLetterAlarm": Alarm("photos-1", AlarmState.OK, "There are dead letters."),
            "QueueAgeAlarm": Alarm("photos-2", AlarmState.UNKNOWN),
            **({} if is_whole else {"LambdaErrorAlarm": None}),
        },
        queue=QueueDepth(3, 2),
        dead_letters=QueueDepth(0, 0),
        last=RECORD,
    )


def test_a_healthy_stack_says_so(cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    wired.world.deploy()
    now = AT + timedelta(hours=3)

    class Clock(datetime):
        @classmethod
        def now(cls, _: object = None) -> datetime:  # type: ignore[override]  # as it is called
            return now

    monkeypatch.setattr(status_command, "datetime", Clock)
    monkeypatch.setattr(bootstrap, "stack_health", lambda *given: health(given[2]))
    done = cli("status", "--stack-name", NAME)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        "Stack           photos CREATE_COMPLETE",
        "Alarm           fine      DeadLetterAlarm",
        "Alarm           no data   QueueAgeAlarm",
        "Queue           3 waiting, 2 in work",
        "Dead letters    0 waiting, 0 in work",
        f"Last image      processed 3 hours ago: s3://{RECORD.bucket_name}/{RECORD.object_key}",
    ]


def test_a_stack_that_is_not_well_says_why(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.world.deploy()

    def ill(_: object, __: object, stack: Stack) -> StackHealth:
        alarm = Alarm("photos-1", AlarmState.ALARM, "There are dead letters.\x1b")
        return replace(
            health(stack),
            stack=replace(stack, status="UPDATE_ROLLBACK_FAILED"),
            alarms={"DeadLetterAlarm": alarm},
            queue=None,
            dead_letters=QueueDepth(1200, 0),
            last=None,
        )

    monkeypatch.setattr(bootstrap, "stack_health", ill)
    done = cli("status", "--stack-name", NAME)
    assert done.code == 1
    assert done.err == (
        "imgmeta: not all is well: the stack is UPDATE_ROLLBACK_FAILED; the alarm DeadLetterAlarm "
        "is on; 1,200 dead letters\n"
    )
    assert done.lines == [
        "Stack           photos UPDATE_ROLLBACK_FAILED",
        "Alarm           ALARM     DeadLetterAlarm",
        "                There are dead letters.\\x1b",
        "Queue           there is no queue",
        "Dead letters    1,200 waiting, 0 in work",
        "Last image      none in the last 30 days",
    ]


def test_a_status_is_one_json_object(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.world.deploy()
    monkeypatch.setattr(bootstrap, "stack_health", lambda *given: health(given[2]))
    done = cli("status", "--stack-name", NAME, "--json")
    assert done.json == [
        {
            "StackName": "photos",
            "StackStatus": "CREATE_COMPLETE",
            "Healthy": True,
            "Faults": [],
            "Alarms": {"DeadLetterAlarm": "OK", "QueueAgeAlarm": "INSUFFICIENT_DATA"},
            "Queue": {"Waiting": 3, "InFlight": 2},
            "DeadLetters": {"Waiting": 0, "InFlight": 0},
            "LastRecord": json.loads(RECORD.to_json()),
            "Outputs": {"DynamoDBTableName": "dev", "S3BucketName": "artifacts"},
        }
    ]


def test_an_alarm_that_somebody_deleted_is_missed(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.world.deploy()
    monkeypatch.setattr(bootstrap, "stack_health", lambda *given: health(given[2], is_whole=False))
    done = cli("status", "--stack-name", NAME)
    assert (done.code, done.err) == (
        1,
        "imgmeta: not all is well: the alarm LambdaErrorAlarm is gone\n",
    )
    assert "Alarm           GONE      LambdaErrorAlarm" in done.lines
    [shown] = cli("status", "--stack-name", NAME, "--json").json
    assert shown["Alarms"]["LambdaErrorAlarm"] is None


def test_what_cannot_be_looked_at_is_an_error(
    cli: Cli, wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.world.deploy()

    def refused(*_: object) -> StackHealth:
        msg = "the alarms cannot be looked at: AccessDenied"
        raise PermanentError(msg)

    monkeypatch.setattr(bootstrap, "stack_health", refused)
    done = cli("status", "--stack-name", NAME)
    assert (done.code, done.err) == (
        1,
        "imgmeta: the alarms cannot be looked at: AccessDenied\n",
    )
