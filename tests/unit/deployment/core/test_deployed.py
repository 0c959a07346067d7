"""The parts of a deployed index, from the outputs of its stack."""

import pytest

from imgmeta.core.targets import Target
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.errors import ConfigurationError

OUTPUTS = {
    "DynamoDBTableName": "table",
    "QueueUrl": "https://queue",
    "DeadLetterQueueUrl": "https://dead",
    "LambdaFunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f",
    "LogGroupName": "/imgmeta/photos",
}


def stack(**outputs: str) -> Stack:
    return Stack("arn:stack", "photos", "CREATE_COMPLETE", outputs={**OUTPUTS, **outputs})


def test_all_parts_are_outputs() -> None:
    role = "arn:aws:iam::111122223333:role/r"
    deployed = DeployedIndex.of(
        stack(Buckets="first,second", KeyPrefix="2026/", BatchOperationsRoleArn=role)
    )
    assert deployed.table == "table"
    assert (deployed.queue_url, deployed.dead_letter_queue_url) == ("https://queue", "https://dead")
    assert (deployed.buckets, deployed.prefix) == (("first", "second"), "2026/")
    assert deployed.function == OUTPUTS["LambdaFunctionArn"]
    assert deployed.log_group == "/imgmeta/photos"
    assert deployed.batch_role == role


def test_stack_of_an_older_template_has_its_own_bucket() -> None:
    deployed = DeployedIndex.of(stack(S3BucketName="own"))
    assert (deployed.buckets, deployed.prefix, deployed.batch_role) == (("own",), "", "")


def test_white_space_in_the_list_of_buckets_is_ignored() -> None:
    assert DeployedIndex.of(stack(Buckets="first, second")).buckets == ("first", "second")


def test_targets_are_the_buckets_with_the_prefix() -> None:
    deployed = DeployedIndex.of(stack(Buckets="first,second", KeyPrefix="a/"))
    assert deployed.targets == (Target("first", "a/"), Target("second", "a/"))


def test_refused_target_is_escaped() -> None:
    deployed = DeployedIndex.of(stack(Buckets="first", KeyPrefix="a/"))
    for target in (Target("\x1b[2J"), Target("first", "\x1b[2J")):
        with pytest.raises(ConfigurationError) as error:
            deployed.check_target(target)
        assert str(error.value).isprintable()


def test_missing_output_is_named() -> None:
    with pytest.raises(ConfigurationError) as error:
        DeployedIndex.of(stack())
    assert str(error.value) == (
        "the stack photos has no output S3BucketName (its status is CREATE_COMPLETE): "
        "deploy the stack again"
    )
