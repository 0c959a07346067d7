"""First and repeated deployments, and rejected ones, from the command line."""

import json
import os
import pty
import re
import shlex
import signal
from pathlib import Path

import pytest

from support.aws.emulators import (
    ACCOUNT,
    HOST,
    REGION,
    Emulator,
    function_platform,
    microburst,
    ministack,
)
from support.deployment.account import EMAIL, Account, wait_until

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "examples" / "photos" / "lighthouse.jpg"
FOREIGN_TEMPLATE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}


def test_uploaded_image_is_indexed_after_deployment_with_defaults(account: Account) -> None:
    """Pass only name and email, and the runtime, which depends on the emulator's Python."""
    runtime, _ = function_platform()
    given = ("--stack-name", "first", "--email", EMAIL, "--runtime", runtime)
    deployed = account.run("deploy", *given, "--yes")
    assert deployed.code == 0, deployed.err
    first = account.deployment("first")
    first.put("lighthouse.jpg", PHOTO.read_bytes())
    record = first.wait_for_record("lighthouse.jpg")
    assert (record["Status"], record["Width"], record["Height"]) == ("processed", "480", "320")
    copy_command, list_command = map(
        shlex.split, deployed.err.partition("Next:\n")[2].splitlines()[:2]
    )
    assert copy_command[:5] == ["aws", "s3", "cp", "PHOTO.jpg", f"s3://{first.bucket}/"]
    assert (
        copy_command[5:] == list_command[4:] == ["--endpoint-url", account.url, "--region", REGION]
    )
    assert list_command[0] == "imgmeta"
    listed = account.run(*list_command[1:], "--json", url="")
    assert [each["ObjectKey"] for each in listed.json] == ["lighthouse.jpg"]


@pytest.mark.usefixtures("aws_environment")
def test_dry_run_shows_changes_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with ministack() as server:
        account = Account(server, tmp_path)
        result = account.run_deploy("photos", "--email", EMAIL, "--dry-run")
        assert (result.code, result.out) == (0, "")
        shown = result.err.splitlines()
        assert shown[-2:] == [
            next(
                line
                for line in shown
                if line.startswith(f"Create the stack photos ({ACCOUNT}, {REGION}): ")
            ),
            "Nothing was changed.",
        ]
        added = {line.split()[1]: line.split()[2] for line in shown if line.startswith("add")}
        assert added["ImageStorageBucket"] == "AWS::S3::Bucket"
        assert added["ImageProcessorLambda"] == "AWS::Lambda::Function"
        assert account.stack_names() == []
        assert account.bucket_names() == []


def test_repeated_deployment_changes_nothing(account: Account) -> None:
    deployment = account.deploy("repeated")
    [stack] = account.cloudformation.describe_stacks(StackName="repeated")["Stacks"]
    change_sets = account.cloudformation.list_change_sets(StackName="repeated")["Summaries"]
    result = account.run_deploy("repeated", "--json", "--yes")
    assert result.code == 0
    assert "No changes: the stack repeated is up to date." in result.err
    assert result.json == [dict(deployment.outputs)]
    assert account.cloudformation.describe_stacks(StackName="repeated")["Stacks"] == [stack]
    after = account.cloudformation.list_change_sets(StackName="repeated")["Summaries"]
    assert after == change_sets


def test_stack_events_and_outputs_are_shown(account: Account) -> None:
    result = account.run_deploy("events", "--email", EMAIL, "--yes")
    lines = result.lines
    assert re.fullmatch(r"\d\d:\d\d:\d\d CREATE_IN_PROGRESS +events", lines[0])
    done = next(at for at, line in enumerate(lines) if re.search(r"CREATE_COMPLETE +events$", line))
    assert any("CREATE_COMPLETE" in line and "ImageStorageBucket" in line for line in lines[:done])
    outputs = dict(line.split() for line in lines[done + 1 :])
    assert outputs == account.deployment("events").outputs
    assert f"Confirm the subscription in the email sent to {EMAIL}." in result.err


def test_package_is_uploaded_once_to_a_private_bucket(account: Account) -> None:
    account.deploy("uploaded")
    [bucket] = [name for name in account.bucket_names() if name.startswith("imgmeta-artifacts-")]
    access = account.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(access.values()) == {True}
    before = account.s3.list_objects_v2(Bucket=bucket)["Contents"]
    account.deploy("uploaded", "--parameter", "MemorySize=512")
    assert account.s3.list_objects_v2(Bucket=bucket)["Contents"] == before
    assert all(re.search(r"-[0-9a-f]{16}\.zip$", each["Key"]) for each in before)


def test_given_artifact_bucket_is_used_and_remembered(account: Account) -> None:
    account.s3.create_bucket(Bucket="my-packages")
    account.deploy("own-bucket", "--artifact-bucket", "my-packages")
    [kept] = account.s3.list_objects_v2(Bucket="my-packages")["Contents"]
    account.deploy("own-bucket", "--parameter", "MemorySize=512")
    [stack] = account.cloudformation.describe_stacks(StackName="own-bucket")["Stacks"]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert (given["CodeBucket"], given["CodeKey"]) == ("my-packages", kept["Key"])


def test_missing_artifact_bucket_is_reported_and_nothing_is_created(
    account: Account,
) -> None:
    result = account.run_deploy(
        "nowhere", "--email", EMAIL, "--yes", "--artifact-bucket", "no-such-bucket"
    )
    assert result.code == 2
    assert "the artifact bucket no-such-bucket does not exist" in result.err.splitlines()[-1]
    assert "nowhere" not in account.stack_names()


@pytest.mark.parametrize("command", ["deploy", "status", "destroy"])
def test_stack_not_created_by_imgmeta_is_not_changed(account: Account, command: str) -> None:
    name = f"foreign-{command}"
    account.cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(FOREIGN_TEMPLATE))
    wait_until(
        lambda: (
            account.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
            == "CREATE_COMPLETE"
        )
    )
    address = ("--email", EMAIL) if command == "deploy" else ()
    yes = () if command == "status" else ("--yes",)
    result = account.run(command, "--stack-name", name, *address, *yes)
    assert (result.code, result.out) == (2, "")
    assert f"the stack {name} was not created by imgmeta" in result.err
    [resource] = account.cloudformation.list_stack_resources(StackName=name)[
        "StackResourceSummaries"
    ]
    assert resource["ResourceStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize("command", ["status", "destroy"])
def test_missing_stack_is_reported(account: Account, command: str) -> None:
    result = account.run(command, "--stack-name", "missing")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("imgmeta: the stack missing does not exist: ")


@pytest.mark.parametrize("command", ["deploy", "status", "destroy"])
def test_unreachable_endpoint_is_reported(account: Account, command: str) -> None:
    url = f"http://{HOST}:1"
    result = account.run(command, "--stack-name", "photos", url=url)
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith(f"cannot connect to {url}\n")
    assert result.err.count("\n") == 1


def test_missing_credentials_are_reported_with_a_remedy(account: Account) -> None:
    environment = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true"}
    result = account.run("status", "--stack-name", "photos", environment=environment)
    assert result.code == 2
    assert "no AWS credentials found: run `aws configure`" in result.err


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ("BatchSize=100", "A BatchSize over 10 needs a BatchWindow of at least 1 second."),
        ("ReservedConcurrency=19", "must not be less than MaximumConcurrency."),
    ],
)
def test_violated_template_rule_is_reported_before_creation(
    account: Account, parameter: str, reason: str
) -> None:
    given = ("--parameter", parameter)
    result = account.run_deploy("forbidden", "--email", EMAIL, "--yes", *given)
    assert result.code == 1
    assert reason in result.err
    assert "forbidden" not in account.stack_names()


def test_deployment_without_consent_changes_nothing(account: Account) -> None:
    result = account.run("deploy", "--stack-name", "unwanted", "--email", EMAIL, stdin="no\n")
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith("Make these changes? [y/N] Nothing was changed.\n")
    assert "unwanted" not in account.stack_names()


def test_terminal_shows_prompt_and_colors(account: Account) -> None:
    primary, secondary = pty.openpty()
    process = account.start(
        *("deploy", "--stack-name", "terminal", "--email", EMAIL),
        environment={"TERM": "xterm-256color"},
        terminal=secondary,
    )
    os.close(secondary)
    shown = ""
    while "[y/N]" not in shown:
        shown += os.read(primary, 4096).decode(errors="replace")
    assert "\x1b[32madd " in shown
    os.write(primary, b"y\n")
    with os.fdopen(primary, "rb", buffering=0) as screen:
        try:
            while chunk := screen.read(4096):
                shown += chunk.decode(errors="replace")
        except OSError:  # on Linux: all writers have closed the terminal
            pass
    assert process.wait() == 0
    assert "\x1b[32mCREATE_COMPLETE" in shown
    assert account.deployment("terminal").bucket in shown


@pytest.mark.usefixtures("default_signals")
def test_deployment_continues_after_ctrl_c(account: Account, emulator: Emulator) -> None:
    def status() -> str:
        stacks = account.cloudformation.list_stacks()["StackSummaries"]
        return next(
            (each["StackStatus"] for each in stacks if each["StackName"] == "interrupted"), ""
        )

    with microburst(emulator) as proxy:
        # The command still waits for the stack's events when the test has seen its status.
        slow = {"service": "cloudformation", "operation": "DescribeStackEvents", "latency": 5_000}
        proxy.set_rules([slow])
        process = account.start(
            *("deploy", "--stack-name", "interrupted", "--email", EMAIL, "--yes"),
            url=proxy.url,
        )
        wait_until(lambda: status() in {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"})
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        assert proxy.injected_faults()
    assert process.returncode == 130
    status_command = f"imgmeta status --stack-name interrupted --endpoint-url {proxy.url}"
    assert err.splitlines()[-1].startswith(
        f"Stopped watching; the operation continues. To check it: {status_command}"
    )
    wait_until(lambda: status() == "CREATE_COMPLETE")
    assert account.run("status", "--stack-name", "interrupted").code == 0
