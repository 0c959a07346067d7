"""The first deployment, the next one, and what is not deployed: as somebody types it."""

import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.aws.emulators import (
    ACCOUNT,
    HOST,
    REGION,
    Emulator,
    delayed,
    function_target,
    ministack,
)
from support.deployment.account import EMAIL, Account, until

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
PHOTO = ROOT / "examples" / "photos" / "lighthouse.jpg"
SOMEBODYS = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}


def test_one_command_deploys_and_one_upload_later_the_record_is_there(account: Account) -> None:
    """A name and an address are enough; what runs functions here may not be of the usual Python."""
    runtime, _ = function_target()
    given = ("--stack-name", "first", "--email", EMAIL, "--runtime", runtime)
    deployed = account.run("deploy", *given, "--yes")
    assert deployed.code == 0, deployed.err
    first = account.deployment("first")
    first.put("lighthouse.jpg", PHOTO.read_bytes())
    record = first.recorded("lighthouse.jpg")
    assert (record["Status"], record["Width"], record["Height"]) == ("processed", "480", "320")
    copy, shown = map(shlex.split, deployed.err.partition("Next:\n")[2].splitlines()[:2])
    assert copy[:5] == ["aws", "s3", "cp", "PHOTO.jpg", f"s3://{first.bucket}/"]
    assert copy[5:] == shown[4:] == ["--endpoint-url", account.url, "--region", REGION]
    assert shown[0] == "imgmeta"
    listed = account.run(*shown[1:], "--json", url="")
    assert [each["ObjectKey"] for each in listed.json] == ["lighthouse.jpg"]


def test_what_the_page_says_to_type_deploys_and_lists_the_photo(account: Account) -> None:
    if (bash := shutil.which("bash")) is None or shutil.which("curl") is None:
        pytest.skip("the page's commands need bash and curl")
    typed = PAGE.partition("## Trying it")[2].split("```sh\n")[2].partition("```")[0]
    typed = typed.replace("http://127.0.0.1:4566", account.url)
    typed = typed.replace("--yes", f"--yes --runtime {function_target()[0]}")
    usual = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [bash, "-euo", "pipefail", "-c", typed],
        cwd=ROOT,
        env={**usual, **nowhere, "PATH": path, "NO_PROXY": HOST},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [listed] = [line for line in done.stdout.splitlines() if line.startswith("processed")]
    assert "480×320" in listed  # noqa: RUF001 - the sign is meant
    assert listed.endswith("/lighthouse.jpg")


@pytest.mark.usefixtures("own_environment")
def test_a_dry_run_shows_the_changes_and_leaves_nothing(tmp_path: Path) -> None:
    with ministack() as server:
        account = Account(server, tmp_path)
        result = account.deploy("photos", "--email", EMAIL, "--dry-run")
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


def test_a_second_deployment_changes_nothing_and_says_so(account: Account) -> None:
    twice = account.deployed("twice")
    [stack] = account.cloudformation.describe_stacks(StackName="twice")["Stacks"]
    change_sets = account.cloudformation.list_change_sets(StackName="twice")["Summaries"]
    result = account.deploy("twice", "--json", "--yes")
    assert result.code == 0
    assert "No changes: the stack twice is up to date." in result.err
    assert result.json == [dict(twice.outputs)]
    assert account.cloudformation.describe_stacks(StackName="twice")["Stacks"] == [stack]
    after = account.cloudformation.list_change_sets(StackName="twice")["Summaries"]
    assert after == change_sets


def test_events_are_shown_as_they_happen_and_the_outputs_at_the_end(account: Account) -> None:
    result = account.deploy("events", "--email", EMAIL, "--yes")
    lines = result.lines
    assert re.fullmatch(r"\d\d:\d\d:\d\d CREATE_IN_PROGRESS +events", lines[0])
    done = next(at for at, line in enumerate(lines) if re.search(r"CREATE_COMPLETE +events$", line))
    assert any("CREATE_COMPLETE" in line and "ImageStorageBucket" in line for line in lines[:done])
    outputs = dict(line.split() for line in lines[done + 1 :])
    assert outputs == account.deployment("events").outputs
    assert f"Confirm the subscription in the email sent to {EMAIL}." in result.err


def test_the_package_is_uploaded_once_to_a_bucket_that_is_closed(account: Account) -> None:
    account.deployed("uploaded")
    [bucket] = [name for name in account.bucket_names() if name.startswith("imgmeta-artifacts-")]
    access = account.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(access.values()) == {True}
    before = account.s3.list_objects_v2(Bucket=bucket)["Contents"]
    account.deployed("uploaded", "--parameter", "MemorySize=512")
    assert account.s3.list_objects_v2(Bucket=bucket)["Contents"] == before
    assert all(re.search(r"-[0-9a-f]{16}\.zip$", each["Key"]) for each in before)


def test_a_bucket_of_one_s_own_takes_the_package(account: Account) -> None:
    account.s3.create_bucket(Bucket="my-packages")
    account.deployed("own-bucket", "--artifact-bucket", "my-packages")
    [kept] = account.s3.list_objects_v2(Bucket="my-packages")["Contents"]
    account.deployed("own-bucket", "--parameter", "MemorySize=512")
    [stack] = account.cloudformation.describe_stacks(StackName="own-bucket")["Stacks"]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert (given["CodeBucket"], given["CodeKey"]) == ("my-packages", kept["Key"])


def test_an_artifact_bucket_that_is_not_there_is_named_and_nothing_is_left(
    account: Account,
) -> None:
    result = account.deploy(
        "nowhere", "--email", EMAIL, "--yes", "--artifact-bucket", "no-such-bucket"
    )
    assert result.code == 2
    assert "the artifact bucket no-such-bucket does not exist" in result.err.splitlines()[-1]
    assert "nowhere" not in account.stack_names()


@pytest.mark.parametrize("command", ["deploy", "status", "destroy"])
def test_a_stack_of_somebody_else_s_is_not_touched(account: Account, command: str) -> None:
    name = f"somebodys-{command}"
    account.cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(SOMEBODYS))
    until(
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
def test_a_stack_that_is_not_there_is_named(account: Account, command: str) -> None:
    result = account.run(command, "--stack-name", "missing")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("imgmeta: the stack missing does not exist: ")


@pytest.mark.parametrize("command", ["deploy", "status", "destroy"])
def test_an_endpoint_where_nothing_answers_is_named(account: Account, command: str) -> None:
    url = f"http://{HOST}:1"
    result = account.run(command, "--stack-name", "photos", url=url)
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith(f"nothing answers at {url}\n")
    assert result.err.count("\n") == 1


def test_without_credentials_it_says_how_to_get_some(account: Account) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    nobody |= {"AWS_EC2_METADATA_DISABLED": "true"}
    result = account.run("status", "--stack-name", "photos", environment=nobody)
    assert result.code == 2
    assert "no AWS credentials are found: run `aws configure`" in result.err


def test_what_the_template_s_rules_forbid_is_said_before_anything_is_made(
    account: Account,
) -> None:
    given = ("--parameter", "BatchSize=100")
    result = account.deploy("forbidden", "--email", EMAIL, "--yes", *given)
    assert result.code == 1
    assert "A BatchSize over 10 needs a BatchWindow of at least 1 second." in result.err
    assert "forbidden" not in account.stack_names()


def test_who_does_not_say_yes_changes_nothing(account: Account) -> None:
    result = account.run("deploy", "--stack-name", "unwanted", "--email", EMAIL, typed="no\n")
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith("Make these changes? [y/N] Nothing was changed.\n")
    assert "unwanted" not in account.stack_names()


def test_a_terminal_is_asked_and_shows_colours(account: Account) -> None:
    primary, secondary = pty.openpty()
    process = account.start(
        *("deploy", "--stack-name", "terminal", "--email", EMAIL),
        environment={"TERM": "xterm-256color"},
        terminal=secondary,
    )
    os.close(secondary)
    shown = ""
    while "[y/N]" not in shown:
        shown += os.read(primary, 4096).decode()
    assert "\x1b[32madd " in shown
    os.write(primary, b"y\n")
    with os.fdopen(primary, "rb", buffering=0) as screen:
        try:
            while chunk := screen.read(4096):
                shown += chunk.decode(errors="replace")
        except OSError:  # how Linux says that nobody writes any more
            pass
    assert process.wait() == 0
    assert "\x1b[32mCREATE_COMPLETE" in shown
    assert account.deployment("terminal").bucket in shown


def test_who_stops_watching_is_told_what_goes_on_and_it_is_done(
    account: Account, emulator: Emulator
) -> None:
    def status() -> str:
        found = account.cloudformation.list_stacks()["StackSummaries"]
        return next((each["StackStatus"] for each in found if each["StackName"] == "left"), "")

    with delayed(emulator, 300) as far_away:
        process = account.start(
            *("deploy", "--stack-name", "left", "--email", EMAIL, "--yes"), url=far_away.url
        )
        until(lambda: status() in {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"})
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    look = f"imgmeta status --stack-name left --endpoint-url {far_away.url}"
    assert err.splitlines()[-1].startswith(
        f"Stopped watching; the operation continues. To check it: {look}"
    )
    until(lambda: status() == "CREATE_COMPLETE")
    assert account.run("status", "--stack-name", "left").code == 0
