"""Stacks that are changed, that stand side by side, and that are deleted."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.aws.emulators import ministack
from support.deployment.account import EMAIL, Account, Deployment, photo, until

pytestmark = pytest.mark.e2e


def parameters(deployment: Deployment) -> dict[str, str]:
    found = deployment.account.cloudformation.describe_stacks(StackName=deployment.name)
    [stack] = found["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}


def function(deployment: Deployment) -> dict[str, Any]:
    name = deployment.outputs["LambdaFunctionArn"]
    about = deployment.account.functions.get_function_configuration(FunctionName=name)
    return {**about["Environment"]["Variables"], "MemorySize": about["MemorySize"]}


def test_a_change_changes_what_is_given_and_keeps_the_rest(account: Account, folder: str) -> None:
    stack = account.deployed("changed", "--environment", "test", "--parameter", "GpsPolicy=drop")
    stack.put(f"{folder}before.jpg", photo(40))
    stack.recorded(f"{folder}before.jpg")
    before = parameters(stack)

    change = ("--parameter", "MemorySize=2048", "--parameter", "NotifyOn=all")
    shown = account.deploy("changed", *change, "--dry-run")
    assert shown.code == 0
    changed = [line.split()[1] for line in shown.err.splitlines() if line.startswith("change ")]
    assert "ImageProcessorLambda" in changed
    assert {"ImageStorageBucket", "ImageMetadataTable", "ImageQueue"}.isdisjoint(changed)
    assert parameters(stack) == before

    assert account.deploy("changed", *change, "--yes").code == 0
    assert parameters(stack) == {**before, "MemorySize": "2048", "NotifyOn": "all"}
    assert function(stack)["MemorySize"] == 2048
    assert function(stack)["IMGMETA_GPS"] == "drop"
    assert account.deployment("changed").outputs == stack.outputs
    with stack.listener() as listener:
        stack.put(f"{folder}after.jpg", photo(41))
        stack.recorded(f"{folder}after.jpg")
        [message] = until(listener.heard)
    assert message["Subject"] == "imgmeta: 1 processed, all well (test)"
    assert stack.items()[f"{folder}before.jpg"]["Width"] == "40"


def test_a_change_that_fails_is_taken_back_and_its_first_cause_is_named(
    account: Account, folder: str
) -> None:
    stack = account.deployed("failing")
    before = parameters(stack)
    failing = ("--parameter", "DigestSchedule=rate(often)", "--parameter", "MemorySize=512")
    result = account.deploy("failing", *failing, "--yes")
    assert result.code == 1
    last = result.err.splitlines()[-1]
    assert last.startswith("imgmeta: the stack failing ended as UPDATE_ROLLBACK_COMPLETE because ")
    assert "DigestRule (AWS::Events::Rule)" in last
    assert "ScheduleExpression is not valid" in last
    assert parameters(stack) == before
    assert function(stack)["MemorySize"] == 1024
    stack.put(f"{folder}photo.jpg", photo(40))
    stack.recorded(f"{folder}photo.jpg")
    assert stack.status().code == 0
    assert account.deploy("failing", "--parameter", "MemorySize=512", "--yes").code == 0
    assert function(stack)["MemorySize"] == 512


@pytest.mark.usefixtures("own_environment")
def test_a_creation_that_fails_leaves_nothing_but_its_name(tmp_path: Path) -> None:
    """Where policies count and nobody speaks TLS, S3 is refused by the queue."""
    with ministack(AUTH="true") as server:
        account = Account(server, tmp_path)
        result = account.deploy("stillborn", "--email", EMAIL, "--yes")
        assert result.code == 1
        last = result.err.splitlines()[-1]
        assert "ended as ROLLBACK_COMPLETE because ImageStorageBucket (AWS::S3::Bu" in last
        assert "Unable to validate the following destination configurations" in last
        # Not the bucket: MiniStack forgets what it failed to finish, which AWS takes back too.
        assert account.dynamodb.list_tables()["TableNames"] == []

        again = account.deploy("stillborn", "--yes")
        assert again.code == 2
        assert "the stack stillborn cannot be updated in status ROLLBACK_COMPLETE: " in again.err
        assert account.run("destroy", "--stack-name", "stillborn", "--yes").code == 0
        assert account.stack_names() == []


def test_stacks_side_by_side_know_nothing_of_each_other(account: Account, folder: str) -> None:
    """Two of the same environment, and one of another."""
    stacks = [
        account.deployed("one"),
        account.deployed("two"),
        account.deployed("three", "--environment", "prod"),
    ]
    for name in ("S3BucketName", "DynamoDBTableName", "QueueUrl", "LogGroupName", "SNSTopicArn"):
        assert len({stack.outputs[name] for stack in stacks}) == 3
    for width, stack in enumerate(stacks, 50):
        stack.put(f"{folder}photo.jpg", photo(width))
    for width, stack in enumerate(stacks, 50):
        item = stack.recorded(f"{folder}photo.jpg")
        assert (item["Width"], item["BucketName"]) == (str(width), stack.bucket)
    tables = [account.dynamodb.scan(TableName=stack.table) for stack in stacks]
    assert [table["Count"] for table in tables] == [1, 1, 1]
    account.run("destroy", "--stack-name", "one", "--yes")
    stacks[1].put(f"{folder}another.jpg", photo(60))
    stacks[1].recorded(f"{folder}another.jpg")


def test_a_stack_is_destroyed_and_its_data_stays(account: Account, folder: str) -> None:
    stack = account.deployed("doomed")
    for width in (50, 51):
        stack.put(f"{folder}photo.jpg", photo(width))
    stack.put(f"{folder}gone.jpg", photo(52))
    account.s3.delete_object(Bucket=stack.bucket, Key=f"{folder}gone.jpg")
    stack.recorded(f"{folder}photo.jpg", Width="51")
    stack.recorded(f"{folder}gone.jpg", Status="deleted")
    until(stack.is_quiet)
    items, versions = stack.items(), account.s3.list_object_versions(Bucket=stack.bucket)

    looked = account.run("destroy", "--stack-name", "doomed", "--dry-run")
    assert looked.code == 0
    kept = [line.split()[1] for line in looked.err.splitlines() if line.startswith("keep")]
    assert kept == ["ImageMetadataTable", "ImageStorageBucket", "ImageStorageBucketPolicy"]
    assert stack.status().code == 0
    refused = account.run("destroy", "--stack-name", "doomed", typed="n\n")
    assert (refused.code, stack.status().code) == (1, 0)

    result = account.run("destroy", "--stack-name", "doomed", "--yes")
    assert result.code == 0
    assert result.lines[-3:] == [
        "Deleted the stack doomed.",
        f"Kept: AWS::DynamoDB::Table {stack.table}",
        f"Kept: AWS::S3::Bucket {stack.bucket}",
    ]
    assert "doomed" not in account.stack_names()
    assert stack.items() == items
    after = account.s3.list_object_versions(Bucket=stack.bucket)
    assert (len(after["Versions"]), len(after["DeleteMarkers"])) == (3, 1)
    assert after["Versions"] == versions["Versions"]
    assert [line["ObjectKey"] for line in stack.run("list", "--json").json] == [
        f"{folder}photo.jpg"
    ]
    functions = account.functions.list_functions()["Functions"]
    assert not [each for each in functions if each["FunctionName"].startswith("doomed-")]


def test_a_stack_is_deployed_again_under_the_name_of_one_that_is_gone(
    account: Account, folder: str
) -> None:
    first = account.deployed("again")
    first.put(f"{folder}photo.jpg", photo(50))
    first.recorded(f"{folder}photo.jpg")
    assert account.run("destroy", "--stack-name", "again", "--yes").code == 0
    second = account.deployed("again")
    assert (second.bucket, second.table) != (first.bucket, first.table)
    second.put(f"{folder}photo.jpg", photo(60))
    assert second.recorded(f"{folder}photo.jpg")["Width"] == "60"
    assert second.status().code == 0
    before = account.s3.get_object(Bucket=first.bucket, Key=f"{folder}photo.jpg")
    assert before["Body"].read() == photo(50)
    assert first.items()[f"{folder}photo.jpg"]["Width"] == "50"


def test_the_status_is_for_people_too(account: Account) -> None:
    account.deployed("seen")
    result = account.run("status", "--stack-name", "seen")
    assert result.code == 0
    labels = [line.split("  ")[0] for line in result.lines]
    assert [labels[0], *labels[-3:]] == ["Stack", "Queue", "Dead letters", "Last image"]
    assert json.loads(account.run("status", "--stack-name", "seen", "--json").out)["Healthy"]
