"""The settings of commands that use the index of a stack."""

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from imgmeta.config import Settings
from imgmeta.core.gps import GpsPolicy
from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.deployment.bootstrap import stack_settings
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack


def deployed(**parameters: str) -> DeployedIndex:
    return DeployedIndex(
        stack=Stack("arn:stack", "photos", "CREATE_COMPLETE", parameters),
        table="table",
        queue_url="https://queue",
        dead_letter_queue_url="https://dead",
        buckets=("first",),
        prefix="",
        function="arn:function",
        log_group="/log",
        batch_role="",
    )


def test_rules_of_a_stack_replace_those_of_the_environment() -> None:
    settings = Settings(gps_policy=GpsPolicy.KEEP, suffixes=frozenset({"png"}), region="x")
    changed = stack_settings(settings, deployed(GpsPolicy="round", ImageSuffixes=".JPG,png"))
    assert changed.gps_policy is GpsPolicy.ROUND
    assert changed.suffixes == {"jpg", "png"}
    assert changed.region == "x"


def test_stack_without_the_parameters_has_the_defaults_of_the_function() -> None:
    settings = Settings(gps_policy=GpsPolicy.DROP, suffixes=frozenset({"png"}))
    changed = stack_settings(settings, deployed())
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
    changed = stack_settings(settings, deployed(RequesterPays=parameter))
    assert changed.requester_pays is (payer == "requester")
