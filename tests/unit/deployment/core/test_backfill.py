"""The targets of a backfill are those that the stack indexes."""

import pytest

from imgmeta.core.targets import Target
from imgmeta.deployment.core.backfill import scope_targets
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.errors import ConfigurationError


def deployed(prefix: str = "") -> DeployedIndex:
    stack = Stack("arn:stack", "photos", "CREATE_COMPLETE")
    return DeployedIndex(stack, "table", "queue", "dead", ("a", "b"), prefix, "arn:f", "/log", "")


def test_all_buckets_are_the_default() -> None:
    assert scope_targets(deployed("2026/"), []) == (Target("a", "2026/"), Target("b", "2026/"))


def test_targets_inside_of_others_are_dropped() -> None:
    requested = [Target("a", "x/1"), Target("a", "x/"), Target("b", "x/1"), Target("a", "x/")]
    assert scope_targets(deployed(), requested) == (Target("a", "x/"), Target("b", "x/1"))


def test_other_bucket_is_an_error_that_names_the_buckets() -> None:
    with pytest.raises(ConfigurationError, match=r"does not index s3://c/x: its buckets are a, b"):
        scope_targets(deployed(), [Target("c", "x")])


@pytest.mark.parametrize("prefix", ["", "202", "2025/"])
def test_keys_that_the_stack_does_not_index_are_an_error(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match=r"pass s3://a/2026/ or a prefix below it"):
        scope_targets(deployed("2026/"), [Target("a", prefix)])


def test_prefix_below_the_prefix_of_the_stack_is_accepted() -> None:
    requested = [Target("a", "2026/11/")]
    assert scope_targets(deployed("2026/"), requested) == (Target("a", "2026/11/"),)
