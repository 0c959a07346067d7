import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.targets import Target
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.entrypoints.cli.stack_targets import within_stack
from imgmeta.errors import ConfigurationError


def deployed(prefix: str = "") -> DeployedIndex:
    """Return the index of a stack with two buckets."""
    return DeployedIndex(
        stack=Stack("arn:stack", "photos", "CREATE_COMPLETE"),
        table="table",
        queue_url="https://queue",
        dead_letter_queue_url="https://dead",
        buckets=("first", "second"),
        prefix=prefix,
        function="arn:function",
        log_group="/log",
        batch_role="",
    )


prefixes = st.text("ab/", max_size=4)
keys = st.text("ab/", max_size=6)


targets = st.builds(Target, st.sampled_from(["first", "third", "file://"]), prefixes, st.booleans())


def contains(target: Target, key: str) -> bool:
    return key == target.prefix if target.exact else key.startswith(target.prefix)


@given(prefixes, targets, keys)
def test_target_in_a_stack_has_the_keys_of_both(prefix: str, target: Target, key: str) -> None:
    is_in_both = contains(target, key) and key.startswith(prefix) and target.bucket == "first"
    try:
        narrowed = within_stack(deployed(prefix), target, "s3://x")
    except ConfigurationError:
        assert not is_in_both
    else:
        assert narrowed.bucket == target.bucket
        assert contains(narrowed, key) is is_in_both


def test_rejected_target_is_named_with_the_targets_of_the_stack() -> None:
    with pytest.raises(ConfigurationError) as error:
        within_stack(deployed("a/"), Target("third"), "s3://third")
    assert str(error.value) == (
        "the stack photos does not index s3://third: pass a target in s3://first/a/ or "
        "s3://second/a/"
    )


def test_rejected_target_is_escaped() -> None:
    with pytest.raises(ConfigurationError) as error:
        within_stack(deployed(), Target("third"), "s3://third/\x1b[2J")
    assert str(error.value).isprintable()
