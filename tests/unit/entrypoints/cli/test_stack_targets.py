import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.config import Settings
from imgmeta.core.gps import GpsPolicy
from imgmeta.core.targets import IMAGE_SUFFIXES, Target
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.entrypoints.cli.stack_targets import stack_settings, stack_targets, within_stack
from imgmeta.errors import ConfigurationError


def deployed(prefix: str = "", **parameters: str) -> DeployedIndex:
    """Return the index of a stack with two buckets."""
    return DeployedIndex(
        stack=Stack("arn:stack", "photos", "CREATE_COMPLETE", parameters),
        table="table",
        queue_url="https://queue",
        dead_letter_queue_url="https://dead",
        buckets=("first", "second"),
        prefix=prefix,
        function="arn:function",
        log_group="/log",
        batch_role="",
    )


def test_targets_of_a_stack_are_its_buckets_with_its_prefix() -> None:
    assert stack_targets(deployed("a/")) == [Target("first", "a/"), Target("second", "a/")]


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


def test_rules_of_a_stack_replace_those_of_the_environment() -> None:
    settings = Settings(gps_policy=GpsPolicy.KEEP, suffixes=frozenset({"png"}), region="x")
    changed = stack_settings(deployed(GpsPolicy="round", ImageSuffixes=".JPG,png"), settings)
    assert changed.gps_policy is GpsPolicy.ROUND
    assert changed.suffixes == {"jpg", "png"}
    assert changed.region == "x"


def test_stack_without_the_parameters_has_the_defaults_of_the_function() -> None:
    settings = Settings(gps_policy=GpsPolicy.DROP, suffixes=frozenset({"png"}))
    changed = stack_settings(deployed(), settings)
    assert (changed.gps_policy, changed.suffixes) == (GpsPolicy.KEEP, IMAGE_SUFFIXES)


@pytest.mark.parametrize(
    ("parameter", "settings", "payer"),
    [
        ("yes", Settings(), "requester"),
        ("no", Settings(requester_pays=True), "requester"),
        ("yes", Settings(requester_pays=True), "requester"),
        ("no", Settings(), "owner"),
    ],
)
def test_requests_are_paid_if_the_stack_or_the_command_says_so(
    parameter: str, settings: Settings, payer: str
) -> None:
    changed = stack_settings(deployed(RequesterPays=parameter), settings)
    assert changed.requester_pays is (payer == "requester")
