"""The template works in every partition and region."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("yaml")

from imgmeta.cloudformation import template_text
from integration.cloudformation.template_model import ACCOUNT, PARTITIONS, Stack, template

ALL_OPTIONS = {
    "MaximumConcurrency": 5,
    "ReservedConcurrency": 5,
    "ImageSuffixes": "jpg",
    "Buckets": "photos,scans.example",
    "KeyPrefix": "2026/",
    "RequesterPays": "yes",
    "BatchOperations": "on",
}
GLOBAL = {"s3", "iam"}
"""Services whose ARNs contain no region; ARNs of S3 contain no account either."""


def texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield all strings of a document."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    else:
        yield str(value)


@pytest.mark.parametrize("given", [{}, ALL_OPTIONS], ids=["defaults", "all options"])
@pytest.mark.parametrize("partition", PARTITIONS)
def test_arns_use_partition_region_and_account_of_the_stack(
    partition: str, given: dict[str, object]
) -> None:
    stack = Stack(partition=partition, given=given)
    found = [
        arn
        for text in texts([stack.resources, stack.outputs])
        for arn in re.findall(r"\barn:[^\s\"]+", text)
    ]
    assert len(found) > 25
    for arn in found:
        _, arn_partition, service, region, account, _ = arn.split(":", 5)
        assert arn_partition == partition
        assert region == ("" if service in GLOBAL else stack.region)
        assert account == ("" if service == "s3" else ACCOUNT)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_urls_use_domains_of_the_partition(partition: str) -> None:
    domains = {
        "aws": ("amazonaws.com", "aws.amazon.com"),
        "aws-cn": ("amazonaws.com.cn", "amazonaws.cn"),
        "aws-us-gov": ("amazonaws.com", "amazonaws-us-gov.com"),
    }
    stack = Stack(partition=partition)
    hosts = {
        host
        for text in texts([stack.resources, stack.outputs])
        for host in re.findall(r"https://([^/]+)/", text)
    }
    assert hosts
    assert all(host.endswith(domains[partition]) for host in hosts)


def test_no_partition_region_or_account_is_hard_coded() -> None:
    # A delimiter of Fn::Join cannot contain functions: a condition on the partition selects one.
    text = re.sub(
        r"!Join \['(/\*)?,arn:aws(-cn|-us-gov)?:s3:::', !Ref Buckets\]", "", template_text()
    )
    assert not re.search("arn:aws[a-z-]*:s3", text)
    assert "arn:aws:" not in text
    assert not re.search(r"\b[0-9]{12}\b", text)
    assert not re.search(r"\b(us|eu|ap|sa|ca|cn|me|af|il)(-[a-z]+)+-[0-9]\b", text)


def test_each_partition_has_a_console() -> None:
    assert set(template()["Mappings"]["Partitions"]) == set(PARTITIONS)


def test_same_stack_can_exist_in_two_regions_of_an_account() -> None:
    stacks = [
        Stack(region=region, uuid=uuid)
        for region, uuid in (("us-east-1", "1" * 36), ("eu-west-1", "2" * 36))
    ]
    # Bucket names are unique in a partition. Dashboard and role names are unique in an account, and
    # CloudFormation generates them.
    assert stacks[0].resolve({"Ref": "ImageStorageBucket"}) != stacks[1].resolve(
        {"Ref": "ImageStorageBucket"}
    )
    assert "DashboardName" not in stacks[0].properties("MonitoringDashboard")
    assert "RoleName" not in stacks[0].properties("LambdaExecutionRole")
