"""A stack for existing buckets: events, permissions, and the conditions of the template."""

import json
from typing import Any

import pytest

pytest.importorskip("yaml")

from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack as DeployedStack
from integration.cloudformation.template_model import (
    ACCOUNT,
    PARTITIONS,
    RejectedError,
    Stack,
    template,
)

KEYS = [f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/{number:036}" for number in (1, 2)]
LONGEST_NAMES = [f"{number:02}" + "b" * 61 for number in range(20)]
MAX_PATTERN = 2048
"""Characters: Amazon EventBridge User Guide, "Amazon EventBridge quotas"."""
MAX_POLICIES = 10_240
"""Characters of a role's inline policies: IAM User Guide, "IAM and AWS STS quotas"."""


def stack(*names: str, partition: str = "aws", **given: object) -> Stack:
    return Stack(partition=partition, given=given | {"Buckets": ",".join(names)})


def statements(resources: Stack, name: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a policy or role, by Sid."""
    properties = resources.properties(name)
    document = properties.get("PolicyDocument") or properties["Policies"][0]["PolicyDocument"]
    return {each["Sid"]: each for each in document["Statement"]}


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("names", [LONGEST_NAMES[:1], LONGEST_NAMES[:2], LONGEST_NAMES])
def test_role_reads_exactly_these_buckets(names: list[str], partition: str) -> None:
    allowed = statements(stack(*names, partition=partition), "LambdaExecutionRole")
    arns = [f"arn:{partition}:s3:::{name}" for name in names]
    assert allowed["DetectMissingObjects"]["Resource"] == arns
    assert allowed["Observe"]["Resource"] == [f"{arn}/*" for arn in arns]


def test_spaces_around_names_are_ignored() -> None:
    allowed = statements(Stack(given={"Buckets": "photos, scans"}), "LambdaExecutionRole")
    arns = ["arn:aws:s3:::photos", "arn:aws:s3:::scans"]
    assert allowed["DetectMissingObjects"]["Resource"] == arns


@pytest.mark.parametrize("names", [["photos"], ["photos", "scans"], LONGEST_NAMES])
def test_rule_sends_events_of_exactly_these_buckets_to_the_queue(names: list[str]) -> None:
    served = stack(*names)
    rule = served.properties("BucketEventsRule")
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created", "Object Deleted", "Object Restore Completed"],
        "detail": {"bucket": {"name": names}},
    }
    assert rule["State"] == "ENABLED"
    (target,) = rule["Targets"]
    assert target["Arn"] == served.resolve({"Fn::GetAtt": ["ImageQueue", "Arn"]})
    assert "Input" not in target


def test_rule_selects_the_prefix() -> None:
    pattern = stack("photos", KeyPrefix="2026/").properties("BucketEventsRule")["EventPattern"]
    assert pattern["detail"] == {
        "bucket": {"name": ["photos"]},
        "object": {"key": [{"prefix": "2026/"}]},
    }


def test_longest_pattern_and_policy_are_within_the_quotas() -> None:
    served = stack(*LONGEST_NAMES, KeyPrefix="p" * 256, KmsKeyArns=",".join(KEYS * 10))
    pattern = served.properties("BucketEventsRule")["EventPattern"]
    assert len(json.dumps(pattern)) <= MAX_PATTERN
    policies = served.properties("LambdaExecutionRole")["Policies"]
    assert len(json.dumps(policies)) <= MAX_POLICIES


def test_queue_accepts_events_only_of_the_rule() -> None:
    served = stack("photos")
    allowed = statements(served, "ImageQueuePolicy")
    assert set(allowed) == {"AllowTheRule", "AllowTheAudit", "DenyInsecureTransport"}
    assert allowed["AllowTheRule"] == {
        "Sid": "AllowTheRule",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": served.resolve({"Fn::GetAtt": ["ImageQueue", "Arn"]}),
        "Condition": {
            "ArnEquals": {
                "aws:SourceArn": served.resolve({"Fn::GetAtt": ["BucketEventsRule", "Arn"]})
            }
        },
    }


def test_rule_exists_only_after_the_policies_of_the_queues() -> None:
    # EventBridge drops an event if neither the target nor the dead-letter queue accepts it.
    rule = stack("photos").resources["BucketEventsRule"]
    assert rule["DependsOn"] == ["ImageQueuePolicy", "DeadLetterQueuePolicy"]
    assert (
        len(stack("a-b", EnvironmentSuffix="e" * 18).properties("BucketEventsRule")["Name"]) <= 64
    )


def test_stack_with_existing_buckets_creates_no_bucket() -> None:
    served = stack("photos", "scans")
    assert not served.of_type("AWS::S3::Bucket")
    assert not served.of_type("AWS::S3::BucketPolicy")
    assert "S3BucketName" not in served.outputs


def test_stack_without_existing_buckets_has_no_rule_for_them() -> None:
    own = Stack()
    assert "BucketEventsRule" not in own.resources
    assert set(statements(own, "ImageQueuePolicy")) == {
        "AllowTheBucket",
        "AllowTheAudit",
        "DenyInsecureTransport",
    }


@pytest.mark.parametrize("names", [["photos"], ["photos", "scans"]])
def test_outputs_name_buckets_and_prefix(names: list[str]) -> None:
    served = stack(*names, KeyPrefix="2026/", SwitchedOnBuckets="photos", BatchOperations="on")
    outputs = {name: each["Value"] for name, each in served.outputs.items()}
    assert outputs["Buckets"] == ",".join(names)
    assert outputs["SwitchedOnBuckets"] == "photos"
    assert outputs["FunctionName"] == served.resolve({"Ref": "ImageProcessorLambda"})
    index = DeployedIndex.of(
        DeployedStack("id", served.name, "CREATE_COMPLETE", parameters={}, outputs=outputs)
    )
    assert (index.buckets, index.prefix) == (tuple(names), "2026/")
    assert index.batch_role.startswith(f"arn:aws:iam::{ACCOUNT}:role/")


def test_outputs_of_a_stack_with_its_own_bucket_name_that_bucket() -> None:
    outputs = Stack().outputs
    assert outputs["Buckets"]["Value"] == outputs["S3BucketName"]["Value"]
    optional = {"KeyPrefix", "SwitchedOnBuckets", "BatchOperationsRoleArn"}
    assert optional & set(outputs) == set()
    assert set(outputs) | optional == set(template()["Outputs"])


def test_function_knows_buckets_prefix_and_queue() -> None:
    served = stack("photos", "scans", KeyPrefix="2026/", RequesterPays="yes", AuditMaxKeys=500)
    variables = served.properties("ImageProcessorLambda")["Environment"]["Variables"]
    expected = {
        "IMAGE_BUCKET": "photos,scans",
        "IMAGE_PREFIX": "2026/",
        "IMGMETA_REQUEST_PAYER": "requester",
        "QUEUE_URL": served.resolve({"Ref": "ImageQueue"}),
        "AUDIT_MAX_KEYS": "500",
    }
    assert {name: variables[name] for name in expected} == expected
    own = Stack().properties("ImageProcessorLambda")["Environment"]["Variables"]
    assert {"IMAGE_PREFIX", "IMGMETA_REQUEST_PAYER"} & set(own) == set()


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("keys", [KEYS[:1], KEYS])
def test_role_decrypts_with_exactly_these_keys_and_only_through_s3(
    keys: list[str], partition: str
) -> None:
    arns = [key.replace(":aws:", f":{partition}:") for key in keys]
    served = stack("photos", partition=partition, KmsKeyArns=",".join(arns))
    statement = statements(served, "LambdaExecutionRole")["Decrypt"]
    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", arns)
    assert statement["Condition"] == {
        "StringLike": {"kms:ViaService": f"s3.{served.region}.amazonaws.com*"}
    }


def test_role_decrypts_nothing_by_default() -> None:
    assert "kms:" not in json.dumps(stack("photos").properties("LambdaExecutionRole"))


@pytest.mark.parametrize(
    "value", ["*", "alias/photos", "arn:aws:kms:eu-central-1:111122223333:alias/photos"]
)
def test_key_without_an_arn_is_rejected(value: str) -> None:
    with pytest.raises(RejectedError, match="KmsKeyArns"):
        Stack(given={"KmsKeyArns": value})


def test_prefix_without_buckets_is_rejected() -> None:
    with pytest.raises(RejectedError, match="A KeyPrefix needs Buckets"):
        Stack(given={"KeyPrefix": "2026/"})


def test_batch_role_exists_only_if_it_is_switched_on() -> None:
    assert "BatchOperationsRole" not in Stack().resources
    assert "BatchOperationsRole" in Stack(given={"BatchOperations": "on"}).resources


@pytest.mark.parametrize("partition", PARTITIONS)
def test_batch_role_invokes_the_function_and_uses_the_folder_of_the_stack(partition: str) -> None:
    served = stack("photos", partition=partition, BatchOperations="on")
    role = served.properties("BatchOperationsRole")
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "batchoperations.s3.amazonaws.com"}
    assert trusted["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}
    function = served.resolve({"Fn::GetAtt": ["ImageProcessorLambda", "Arn"]})
    assert {
        (str(each["Action"]), each["Resource"])
        for each in statements(served, "BatchOperationsRole").values()
    } == {
        ("lambda:InvokeFunction", function),
        (
            str(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]),
            f"arn:{partition}:s3:::artifacts/batch/photos/*",
        ),
    }


def test_boundary_applies_to_the_batch_role() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/developers"
    given = {"PermissionsBoundary": boundary, "BatchOperations": "on"}
    role = Stack(given=given).properties("BatchOperationsRole")
    assert role["PermissionsBoundary"] == boundary
