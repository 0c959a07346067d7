"""`imgmeta deploy --bucket` and `destroy`, in this process, over in-memory buckets."""

import io
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("botocore", reason="needs the extra aws")

from imgmeta.config import Settings
from imgmeta.deployment import bootstrap
from imgmeta.deployment.core.stacks import StackEvent
from imgmeta.deployment.service import deployer
from imgmeta.deployment.service.waiter import StatusUnavailableError
from imgmeta.entrypoints.cli import backfill_run, bucket_dialog
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.errors import PermanentError
from support.cli.command_line import Cli
from support.deployment.deployer import (
    BUCKET_PARAMETERS,
    EMAIL,
    NAME,
    DeployerHarness,
    bucket_template,
    template,
)
from support.deployment.notifications import notification_document

DEPLOY = ("deploy", "--stack-name", NAME, "--email", EMAIL)
DESTROY = ("destroy", "--stack-name", NAME)
FLAG = "<EventBridgeConfiguration/>"
FOREIGN = "<QueueConfiguration><Id>a</Id></QueueConfiguration>"


class Harness(DeployerHarness):
    """An account with the bucket `my-photos`, which holds `objects`; backfills are recorded."""

    objects = 0
    backfills: list[list[str]]
    counted: list[tuple[str, str]]
    payers: list[bool]


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Harness:
    harness = Harness(text=bucket_template(), parameters=BUCKET_PARAMETERS)
    harness.notifications.add("my-photos", FOREIGN)
    harness.backfills, harness.counted, harness.payers = [], [], []

    def open_objects(settings: Settings, _: object) -> SimpleNamespace:
        harness.payers.append(settings.requester_pays)
        return SimpleNamespace(list=list_objects)

    def list_objects(bucket: str, prefix: str) -> range:
        harness.counted.append((bucket, prefix))
        if harness.objects < 0:
            msg = "cannot list"
            raise PermanentError(msg)
        return range(harness.objects)

    def run_backfill(_: CommandContext, __: object, targets: list[object]) -> int:
        harness.backfills.append([f"{each.bucket}/{each.prefix}" for each in targets])  # type: ignore[attr-defined]  # targets
        return 0

    monkeypatch.setattr(bootstrap, "open_deployer", lambda _, **__: harness.deployer)
    monkeypatch.setattr(bucket_dialog, "open_objects", open_objects)
    monkeypatch.setattr(backfill_run, "run_backfill", run_backfill)
    return harness


def document(harness: Harness) -> bytes:
    return harness.notifications.documents["my-photos"]


def test_dry_run_prints_the_difference_and_changes_nothing(cli: Cli, harness: Harness) -> None:
    done = cli(*DEPLOY, "--bucket", "my-photos", "--dry-run")
    assert done.code == 0
    [line] = [line for line in done.err.splitlines() if "my-photos" in line]
    assert line.split()[:5] == [
        "change",
        "my-photos",
        "AWS::S3::Bucket",
        "+",
        "EventBridgeConfiguration",
    ]
    assert line.endswith("(1 other notification stays unchanged)")
    assert document(harness) == notification_document(FOREIGN)


def test_deploy_switches_events_on_and_destroy_off(cli: Cli, harness: Harness) -> None:
    done = cli(*DEPLOY, "--bucket", "s3://my-photos/", "--prefix", "2026/", "--yes")
    assert done.code == 0
    assert "Switched EventBridge on for the bucket my-photos." in done.out
    assert document(harness) == notification_document(FOREIGN, FLAG)
    assert harness.stack.parameters["SwitchedOnBuckets"] == "my-photos"
    assert "  aws s3 cp PHOTO.jpg s3://my-photos/2026/" in done.err.splitlines()
    again = cli(*DEPLOY, "--yes")
    assert again.lines[0] == f"No changes: the stack {NAME} is up to date."

    shown = cli(*DESTROY, "--dry-run").err
    assert "- EventBridgeConfiguration (1 other notification stays unchanged)" in shown
    done = cli(*DESTROY, "--yes")
    assert done.code == 0
    assert "Switched EventBridge off for the bucket my-photos." in done.out
    assert "Kept: AWS::S3::Bucket my-photos, which is not part of the stack" in done.out
    assert document(harness) == notification_document(FOREIGN)


def test_destroy_says_why_events_stay_on(cli: Cli, harness: Harness) -> None:
    harness.notifications.add("my-photos", FLAG)
    cli(*DEPLOY, "--bucket", "my-photos", "--yes")
    reason = "it was on before the stack used the bucket"
    assert f"EventBridge stays on: {reason}" in cli(*DESTROY, "--dry-run").err
    done = cli(*DESTROY, "--yes")
    assert f"EventBridge stays on for the bucket my-photos: {reason}" in done.err
    assert document(harness) == notification_document(FLAG)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StatusUnavailableError("no network")])
def test_stopped_destroy_says_which_events_stay_on(
    cli: Cli, harness: Harness, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def wait_for_stack(*_: object, **__: object) -> Iterator[StackEvent]:
        yield harness.stacks.events(harness.stack.stack_id)[0]
        raise error

    harness.notifications.add("was-on", FLAG)
    cli(*DEPLOY, "--bucket", "my-photos", "--bucket", "was-on", "--yes")
    monkeypatch.setattr(deployer, "wait_for_stack", wait_for_stack)
    done = cli(*DESTROY, "--yes")
    assert done.code == (130 if isinstance(error, KeyboardInterrupt) else 1)
    [line] = [line for line in done.err.splitlines() if line.startswith("EventBridge may")]
    assert line == (
        "EventBridge may still be on for the bucket my-photos: the command stopped too early to "
        "switch it off"
    )
    assert document(harness) == notification_document(FOREIGN, FLAG)


def test_interrupted_change_says_which_events_may_stay_on(cli: Cli, harness: Harness) -> None:
    def interrupt(bucket: str) -> None:
        if bucket == "second":
            raise KeyboardInterrupt

    for name in ("second", "third"):
        harness.notifications.add(name)
    buckets = [part for name in ("my-photos", "second", "third") for part in ("--bucket", name)]
    cli(*DEPLOY, *buckets, "--yes")
    harness.notifications.after_put = interrupt
    done = cli(*DESTROY, "--yes")
    assert done.code == 130
    assert [line for line in done.err.splitlines() if line.startswith("EventBridge may")] == [
        f"EventBridge may still be on for the bucket {name}: the command stopped too early to "
        "switch it off"
        for name in ("second", "third")
    ]


def test_destroy_says_which_bucket_no_longer_exists(cli: Cli, harness: Harness) -> None:
    cli(*DEPLOY, "--bucket", "my-photos", "--yes")
    del harness.notifications.documents["my-photos"]
    shown = cli(*DESTROY, "--dry-run").err.splitlines()
    [line] = [line for line in shown if "my-photos" in line]
    assert line.split()[0] == "gone"
    done = cli(*DESTROY, "--yes")
    assert done.code == 0
    assert "EventBridge" not in done.err + done.out
    assert "Kept: AWS::S3::Bucket my-photos" not in done.out


def test_denied_change_fails_and_the_next_deploy_finishes_it(cli: Cli, harness: Harness) -> None:
    harness.notifications.put_errors["my-photos"] = PermanentError("access denied: add this")
    done = cli(*DEPLOY, "--bucket", "my-photos", "--yes")
    assert done.code == 1
    assert (
        "The stack gets no events from the bucket my-photos until you deploy again: "
        "access denied: add this"
    ) in done.err.splitlines()
    harness.notifications.put_errors.clear()
    declined = cli(*DEPLOY, "--dry-run")
    assert "The stack itself is up to date." in declined.err
    assert cli(*DEPLOY, "--yes").code == 0
    assert document(harness) == notification_document(FOREIGN, FLAG)


def test_unreadable_bucket_is_reported_although_nothing_changes(cli: Cli, harness: Harness) -> None:
    assert cli(*DEPLOY, "--bucket", "my-photos", "--yes").code == 0
    harness.notifications.errors["my-photos"] = PermanentError("access denied: add this")
    for option in ("--yes", "--dry-run"):
        done = cli(*DEPLOY, option)
        assert (done.code, done.lines[0]) == (0, f"No changes: the stack {NAME} is up to date.")
        assert (
            "Cannot check whether the bucket my-photos sends its events: access denied: add this"
        ) in done.err.splitlines()


def test_interrupted_deploy_says_how_to_finish(cli: Cli, harness: Harness) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    harness.notifications.after_put = interrupt
    done = cli(*DEPLOY, "--bucket", "my-photos", "--yes")
    assert done.code == 130
    assert f"run: imgmeta deploy --stack-name {NAME}" in done.err


def test_objects_are_counted_and_the_command_is_printed(cli: Cli, harness: Harness) -> None:
    harness.objects = 500
    done = cli(*DEPLOY, "--bucket", "my-photos", "--prefix", "20 26/", "--yes")
    assert harness.counted == [("my-photos", "20 26/")]
    assert "s3://my-photos/20 26/ holds 500 objects." in done.lines
    command = f"imgmeta backfill 's3://my-photos/20 26/' --stack-name {NAME}"
    assert f"To index them, run: {command}" in done.err.splitlines()
    assert harness.backfills == []


@pytest.mark.parametrize(
    ("objects", "line"),
    [
        (1, "s3://my-photos/ holds 1 object."),
        (100_001, "s3://my-photos/ holds more than 100,000 objects."),
        (-1, "s3://my-photos/ may hold objects."),
        (0, "s3://my-photos/ holds 0 objects."),
    ],
)
def test_count_is_shown(cli: Cli, harness: Harness, objects: int, line: str) -> None:
    harness.objects = objects
    done = cli(*DEPLOY, "--bucket", "my-photos", "--yes")
    assert line in done.lines
    assert ("To index them" in done.err) is (objects != 0)


@pytest.mark.parametrize(("answers", "backfills"), [("y\ny\n", 1), ("y\nn\n", 0), ("y\n", 0)])
def test_backfill_is_offered(
    cli: Cli, harness: Harness, monkeypatch: pytest.MonkeyPatch, answers: str, backfills: int
) -> None:
    harness.objects = 3
    monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
    done = cli(*DEPLOY, "--bucket", "my-photos")
    assert done.code == 0
    assert "Index them now? [y/N]" in done.err
    assert harness.backfills == [["my-photos/"]] * backfills


@pytest.mark.parametrize(
    ("before", "after", "is_counted"),
    [
        ("2026/", "", True),
        ("2026/", "2025/", True),
        ("", "2026/", False),
        ("2026/", "2026/11/", False),
        ("2026/", "2026/", False),
    ],
)
def test_objects_are_counted_again_if_the_prefix_gets_wider(
    cli: Cli, harness: Harness, before: str, after: str, *, is_counted: bool
) -> None:
    harness.objects = 3
    assert cli(*DEPLOY, "--bucket", "my-photos", "--prefix", before, "--yes").code == 0
    harness.counted.clear()
    done = cli(*DEPLOY, "--prefix", after, "--parameter", "MemorySize=1024", "--yes")
    assert done.code == 0
    assert harness.counted == ([("my-photos", after)] if is_counted else [])


def test_requested_backfill_runs_without_a_question(cli: Cli, harness: Harness) -> None:
    harness.objects = 3
    assert cli(*DEPLOY, "--bucket", "my-photos", "--yes", "--backfill").code == 0
    assert cli(*DEPLOY, "--yes", "--backfill").code == 0
    assert harness.backfills == [["my-photos/"]] * 2


def test_request_payer_is_a_parameter(cli: Cli, harness: Harness) -> None:
    assert cli(*DEPLOY, "--bucket", "my-photos", "--request-payer", "--yes").code == 0
    assert harness.stack.parameters["RequesterPays"] == "yes"
    options = ("--request-payer", "--parameter", "RequesterPays=no", "--yes")
    assert cli(*DEPLOY, *options).code == 0
    assert harness.stack.parameters["RequesterPays"] == "no"


def test_counting_is_paid_if_the_stack_pays(cli: Cli, harness: Harness) -> None:
    assert cli(*DEPLOY, "--bucket", "my-photos", "--request-payer", "--yes").code == 0
    assert cli(*DEPLOY, "--yes", "--backfill").code == 0
    assert harness.payers == [True, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--prefix", "2026/"), "a prefix needs existing buckets: pass --bucket, too"),
        (("--bucket", "gone"), "the bucket gone does not exist"),
        (("--bucket", "No"), "invalid --bucket 'No'"),
        (("--bucket", "my-photos", "--prefix", "s3://a/b"), "invalid --prefix 's3://a/b'"),
        (("--parameter", "SwitchedOnBuckets=a"), "which `deploy` sets itself"),
    ],
)
def test_invalid_options_are_rejected_before_anything_is_built(
    cli: Cli, harness: Harness, options: tuple[str, ...], message: str
) -> None:
    done = cli(*DEPLOY, *options)
    assert done.code == 2
    assert message in done.err
    assert harness.steps == []
    assert harness.platforms == []


def test_own_bucket_stack_is_not_changed_to_existing_buckets(cli: Cli, harness: Harness) -> None:
    harness.text = template("First", parameters=BUCKET_PARAMETERS)
    assert cli(*DEPLOY, "--yes").code == 0
    done = cli(*DEPLOY, "--bucket", "my-photos", "--yes")
    assert done.code == 2
    assert f"the stack {NAME} has a bucket of its own and cannot serve existing buckets" in done.err
