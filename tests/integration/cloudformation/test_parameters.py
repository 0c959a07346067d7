"""What can be set of a stack, what is refused, and what each setting changes."""

from typing import Any

import pytest

pytest.importorskip("yaml")

from imgmeta.config import DynamoDBTable, Settings
from imgmeta.core.gps import GpsPolicy
from integration.cloudformation.template_model import (
    NEEDED,
    STACK_UUID,
    RefusedError,
    Stack,
    template,
)

PARAMETERS: dict[str, dict[str, Any]] = template()["Parameters"]
BOUNDARY = "arn:aws-us-gov:iam::111122223333:policy/teams/developers"


def settings(**given: object) -> Settings:
    """Return the settings that the function of such a stack reads."""
    function = Stack(given=given).properties("ImageProcessorLambda")
    return Settings.from_environment(function["Environment"]["Variables"])


def mapping(**given: object) -> dict[str, Any]:
    return Stack(given=given).properties("ImageEvents")


def test_only_the_address_and_the_code_have_to_be_given() -> None:
    assert {name for name, each in PARAMETERS.items() if "Default" not in each} == set(NEEDED)


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_says_what_it_is_and_takes_not_just_anything(name: str) -> None:
    parameter = PARAMETERS[name]
    assert parameter["Description"]
    limits = {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter)
    assert limits
    assert limits == {"AllowedValues"} or parameter["ConstraintDescription"].startswith("must be")


def test_each_parameter_is_in_one_group_and_has_a_label() -> None:
    interface = template()["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(interface["ParameterLabels"]) == sorted(PARAMETERS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("EnvironmentSuffix", value) for value in ("a", "prod", "team-7", "a" * 18)),
        *(("NotificationEmail", value) for value in ("a@b.de", "ops+images@mail.example.com")),
        ("CodeKey", "imgmeta/0.1.0/imgmeta-arm64-0a1b.zip"),
        *(("Runtime", f"python3.{minor}") for minor in (12, 13, 14)),
        *(("MemorySize", value) for value in (128, 10240)),
        *(("ReservedConcurrency", value) for value in (0, 1, 1000)),
        *(("MaximumConcurrency", value) for value in (2, 1000)),
        *(("ImageSuffixes", value) for value in ("", "jpg", ".JPG,.jpeg,png")),
        *(("DigestSchedule", value) for value in ("", "rate(7 days)", "cron(0 6 ? * MON *)")),
        *(("PermissionsBoundary", value) for value in ("no-permissions-boundary", BOUNDARY)),
    ],
)
def test_what_can_be_set_is_taken(name: str, value: object) -> None:
    assert Stack(given={name: value}).parameters[name] == str(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("EnvironmentSuffix", value) for value in ("", "Prod", "-a", "a-", "a_b", "a" * 19)),
        *(("NotificationEmail", value) for value in ("", "admin", "a@b", "a b@c.de", "a@b.c")),
        *(("CodeBucket", value) for value in ("", "ab", "Bucket", "s3://bucket")),
        *(("CodeKey", value) for value in ("", "code.tar", ".zip ", "a b.zip")),
        *(("Architecture", value) for value in ("arm", "x86")),
        *(("Runtime", value) for value in ("python3.9", "python3.11", "python3")),
        *(("MemorySize", value) for value in (127, 10241, "much")),
        *(("BatchSize", value) for value in (0, 10001)),
        *(("BatchWindow", value) for value in (-1, 301)),
        *(("MaximumConcurrency", value) for value in (0, 1, 1001)),
        ("ReservedConcurrency", -1),
        *(("GpsPolicy", value) for value in ("", "none", "Keep")),
        *(("NotifyOn", value) for value in ("", "some")),
        *(("ImageSuffixes", value) for value in ("jpg png", "jpg,", "*.jpg", "a" * 257)),
        *(("LogRetentionDays", value) for value in (0, 2, 31)),
        *(("DigestSchedule", value) for value in ("daily", "0 6 * * *", "rate()")),
        *(("DigestHours", value) for value in (0, 8785)),
        ("FailedImagesThreshold", 0),
        *(("QueueAgeThreshold", value) for value in (0, 345601)),
        *(("PermissionsBoundary", value) for value in ("", "developers", "arn:aws:iam::1:role/a")),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: object) -> None:
    with pytest.raises(RefusedError, match=name):
        Stack(given={name: value})


@pytest.mark.parametrize("size", [11, 100, 10000])
def test_a_batch_of_more_than_ten_needs_a_window(size: int) -> None:
    with pytest.raises(RefusedError, match="BatchSize over 10 needs a BatchWindow"):
        Stack(given={"BatchSize": size})
    assert mapping(BatchSize=size, BatchWindow=1)["MaximumBatchingWindowInSeconds"] == "1"


@pytest.mark.parametrize("size", range(1, 11))
def test_a_batch_of_ten_or_less_needs_none(size: int) -> None:
    assert mapping(BatchSize=size)["BatchSize"] == str(size)


def test_concurrency_is_limited_only_where_a_limit_is_given() -> None:
    assert "ScalingConfig" not in mapping()
    assert mapping(MaximumConcurrency=5)["ScalingConfig"] == {"MaximumConcurrency": "5"}
    function = Stack().properties("ImageProcessorLambda")
    assert "ReservedConcurrentExecutions" not in function
    function = Stack(given={"ReservedConcurrency": 7}).properties("ImageProcessorLambda")
    assert function["ReservedConcurrentExecutions"] == "7"


def test_the_function_reads_what_is_set() -> None:
    read = settings(
        EnvironmentSuffix="prod", GpsPolicy="round", NotifyOn="never", ImageSuffixes=".JPG,png"
    )
    assert (read.environment, read.service) == ("prod", "photos")
    assert (read.gps_policy, read.notify_on) == (GpsPolicy.ROUND, "never")
    assert read.suffixes == {"jpg", "png"}
    assert read.store == DynamoDBTable(f"imgmeta-prod-{STACK_UUID}")
    assert read.topic_arn.endswith(":photos-ProcessingNotificationTopic-AB12CD34")


def test_what_is_not_set_is_as_the_function_s_own_defaults() -> None:
    read, default = settings(), Settings()
    assert read.suffixes == default.suffixes
    assert read.gps_policy == default.gps_policy
    assert read.notify_on == default.notify_on
    assert read.environment == "dev"


def test_each_choice_of_the_template_is_one_of_the_function() -> None:
    for choice in PARAMETERS["GpsPolicy"]["AllowedValues"]:
        assert settings(GpsPolicy=choice).gps_policy == choice
    for choice in PARAMETERS["NotifyOn"]["AllowedValues"]:
        assert settings(NotifyOn=choice).notify_on == choice


def test_size_and_code_are_the_function_s() -> None:
    given = {"MemorySize": 256, "Architecture": "x86_64", "Runtime": "python3.14"}
    function = Stack(given=given).properties("ImageProcessorLambda")
    assert function["Architectures"] == ["x86_64"]
    assert (function["MemorySize"], function["Runtime"]) == ("256", "python3.14")
    assert function["Code"] == {"S3Bucket": "artifacts", "S3Key": NEEDED["CodeKey"]}


def test_thresholds_are_the_alarms() -> None:
    stack = Stack(given={"FailedImagesThreshold": 20, "QueueAgeThreshold": 3600})
    assert stack.properties("FailedImagesAlarm")["Threshold"] == "20"
    assert stack.properties("QueueAgeAlarm")["Threshold"] == "3600"
    assert '"value": 3600' in stack.properties("MonitoringDashboard")["DashboardBody"]


def test_without_a_schedule_nothing_is_sent() -> None:
    stack = Stack(given={"DigestSchedule": ""})
    assert not stack.of_type("AWS::Events::Rule")
    assert not stack.of_type("AWS::Lambda::Permission")
