"""Template parameters: accepted and rejected values, and their effects."""

from typing import Any

import pytest

pytest.importorskip("yaml")

from imgmeta.config import DynamoDBTable, Settings
from imgmeta.core.gps import GpsPolicy
from integration.cloudformation.template_model import (
    REQUIRED,
    STACK_UUID,
    RejectedError,
    Stack,
    template,
)

PARAMETERS: dict[str, dict[str, Any]] = template()["Parameters"]
COMPARABLE = (2, 3, 5, 10, 20, 30, 50, 100)
"""Values of MaximumConcurrency that the template can compare with a reservation."""

BOUNDARY = "arn:aws-us-gov:iam::111122223333:policy/teams/developers"


def settings(**given: object) -> Settings:
    """Return the settings of the function in a stack with these parameters."""
    function = Stack(given=given).properties("ImageProcessorLambda")
    return Settings.from_environment(function["Environment"]["Variables"])


def event_source(**given: object) -> dict[str, Any]:
    return Stack(given=given).properties("ImageEvents")


def test_only_email_and_code_location_are_required() -> None:
    assert {name for name, each in PARAMETERS.items() if "Default" not in each} == set(REQUIRED)


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameter_has_description_and_constraint(name: str) -> None:
    parameter = PARAMETERS[name]
    assert parameter["Description"]
    limits = {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter)
    assert limits
    assert limits == {"AllowedValues"} or parameter["ConstraintDescription"].startswith("must be")


def test_parameters_have_one_group_and_a_label() -> None:
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
        *(("ReservedConcurrency", value) for value in (0, 20, 1000, 99999)),
        *(("MaximumConcurrency", value) for value in (2, 1000)),
        *(("ImageSuffixes", value) for value in ("", "jpg", ".JPG,.jpeg,png")),
        *(("DigestSchedule", value) for value in ("", "rate(7 days)", "cron(0 6 ? * MON *)")),
        *(("PermissionsBoundary", value) for value in ("no-permissions-boundary", BOUNDARY)),
    ],
)
def test_valid_value_is_accepted(name: str, value: object) -> None:
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
        *(("ReservedConcurrency", value) for value in ("", -1, "05", "20.0", 100_000)),
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
def test_invalid_value_is_rejected(name: str, value: object) -> None:
    with pytest.raises(RejectedError, match=name):
        Stack(given={name: value})


@pytest.mark.parametrize("size", [11, 100, 10000])
def test_batch_size_over_ten_requires_a_batch_window(size: int) -> None:
    with pytest.raises(RejectedError, match="BatchSize over 10 needs a BatchWindow"):
        Stack(given={"BatchSize": size})
    assert event_source(BatchSize=size, BatchWindow=1)["MaximumBatchingWindowInSeconds"] == "1"


@pytest.mark.parametrize("size", range(1, 11))
def test_batch_size_up_to_ten_requires_no_batch_window(size: int) -> None:
    assert event_source(BatchSize=size)["BatchSize"] == str(size)


def test_concurrency_is_limited_only_if_a_limit_is_set() -> None:
    assert event_source()["ScalingConfig"] == {"MaximumConcurrency": 20}
    assert PARAMETERS["MaximumConcurrency"]["Default"] == 20
    assert event_source(MaximumConcurrency=5)["ScalingConfig"] == {"MaximumConcurrency": "5"}
    assert "ScalingConfig" not in event_source(MaximumConcurrency=1000)
    function = Stack().properties("ImageProcessorLambda")
    assert "ReservedConcurrentExecutions" not in function
    function = Stack(given={"ReservedConcurrency": 27}).properties("ImageProcessorLambda")
    assert function["ReservedConcurrentExecutions"] == "27"


@pytest.mark.parametrize(
    "maximum", [2, 3, 4, 5, 7, 10, 19, 20, 30, 33, 50, 99, 100, 101, 999, 1000]
)
def test_reserved_concurrency_below_maximum_concurrency_is_rejected(maximum: int) -> None:
    Stack(given={"MaximumConcurrency": maximum, "ReservedConcurrency": 0})
    for reserved in [*range(1, 105), 150, 999, 1000, 1001, 99_999]:
        given = {"MaximumConcurrency": maximum, "ReservedConcurrency": reserved}
        if reserved >= maximum and (maximum in COMPARABLE or reserved == 1000):
            Stack(given=given)
        else:
            with pytest.raises(RejectedError, match="ReservedConcurrency"):
                Stack(given=given)


def test_smallest_reservation_for_the_default_maximum_concurrency_is_20() -> None:
    Stack(given={"ReservedConcurrency": 20})
    with pytest.raises(RejectedError, match="must not be less than MaximumConcurrency"):
        Stack(given={"ReservedConcurrency": 19})


def test_parameters_become_settings_of_the_function() -> None:
    actual = settings(
        EnvironmentSuffix="prod", GpsPolicy="round", NotifyOn="never", ImageSuffixes=".JPG,png"
    )
    assert (actual.environment, actual.service) == ("prod", "photos")
    assert (actual.gps_policy, actual.notify_on) == (GpsPolicy.ROUND, "never")
    assert actual.suffixes == {"jpg", "png"}
    assert actual.store == DynamoDBTable(f"imgmeta-prod-{STACK_UUID}")
    assert actual.topic_arn.endswith(":photos-ProcessingNotificationTopic-AB12CD34")


def test_parameter_defaults_match_function_defaults() -> None:
    actual, default = settings(), Settings()
    assert actual.suffixes == default.suffixes
    assert actual.gps_policy == default.gps_policy
    assert actual.notify_on == default.notify_on
    assert actual.environment == "dev"


def test_allowed_values_are_accepted_by_the_function() -> None:
    for choice in PARAMETERS["GpsPolicy"]["AllowedValues"]:
        assert settings(GpsPolicy=choice).gps_policy == choice
    for choice in PARAMETERS["NotifyOn"]["AllowedValues"]:
        assert settings(NotifyOn=choice).notify_on == choice


def test_function_has_the_given_memory_platform_and_code() -> None:
    given = {"MemorySize": 256, "Architecture": "x86_64", "Runtime": "python3.14"}
    function = Stack(given=given).properties("ImageProcessorLambda")
    assert function["Architectures"] == ["x86_64"]
    assert (function["MemorySize"], function["Runtime"]) == ("256", "python3.14")
    assert function["Code"] == {"S3Bucket": "artifacts", "S3Key": REQUIRED["CodeKey"]}


def test_alarms_have_the_given_thresholds() -> None:
    stack = Stack(given={"FailedImagesThreshold": 20, "QueueAgeThreshold": 3600})
    assert stack.properties("FailedImagesAlarm")["Threshold"] == "20"
    assert stack.properties("QueueAgeAlarm")["Threshold"] == "3600"
    assert '"value": 3600' in stack.properties("MonitoringDashboard")["DashboardBody"]


def test_empty_digest_schedule_creates_no_rule() -> None:
    stack = Stack(given={"DigestSchedule": ""})
    assert list(stack.of_type("AWS::Events::Rule")) == ["AuditRule"]
    assert not stack.of_type("AWS::Lambda::Permission")
