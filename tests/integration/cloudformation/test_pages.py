"""The documentation matches the template."""

import re
from pathlib import Path

import pytest

pytest.importorskip("yaml")

from integration.cloudformation.template_model import Stack, template
from support.documents.named_tests import named_tests

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/template.md").read_text("utf-8")
RUNBOOK = (ROOT / "docs/runbook.md").read_text("utf-8")
ORIGINAL = (ROOT / "docs/original.md").read_text("utf-8")

ORIGINAL_NAMES = {
    *("EnvironmentSuffix", "NotificationEmail"),
    *("ImageStorageBucket", "ImageStorageBucketPolicy", "ImageMetadataTable"),
    *("ProcessingNotificationTopic", "LambdaExecutionRole", "ImageProcessorLambda"),
    *("LambdaInvokePermission", "S3BucketNotification", "S3NotificationLambdaRole"),
    *("S3NotificationLambda", "LambdaLogGroup", "LambdaErrorAlarm", "LambdaThrottleAlarm"),
    *("DynamoDBThrottleAlarm", "MonitoringDashboard", "S3BucketName", "DynamoDBTableName"),
    *("LambdaFunctionArn", "SNSTopicArn", "DashboardURL"),
}
REMOVED = {
    *("LambdaInvokePermission", "S3BucketNotification", "S3NotificationLambdaRole"),
    "S3NotificationLambda",
}


def rows(page: str, section: str = "") -> list[list[str]]:
    """Return the body rows of the tables of a page, or of one of its sections."""
    text = page.partition(f"## {section}\n")[2].partition("\n## ")[0] if section else page
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[-1] not in {"Default", "Exported as", "Action", "Tests"}]


def test_parameter_table_lists_all_parameters_and_defaults() -> None:
    documented = {row[0].strip("`"): row[-1].strip("`") for row in rows(PAGE, "Parameters")}
    assert documented == {
        name: ("required" if "Default" not in each else str(each["Default"]) or "empty")
        for name, each in template()["Parameters"].items()
    }


def test_parameter_table_lists_allowed_values() -> None:
    documented = {row[0].strip("`"): row[2] for row in rows(PAGE, "Parameters")}
    for name, each in template()["Parameters"].items():
        if name == "LogRetentionDays":
            numbers = [min(each["AllowedValues"]), max(each["AllowedValues"])]
        elif "AllowedValues" in each:
            assert documented[name] == ", ".join(f"`{value}`" for value in each["AllowedValues"])
            continue
        else:
            numbers = [each[limit] for limit in ("MaxValue",) if limit in each]
            numbers += [each["MaxLength"]] if name == "EnvironmentSuffix" else []
        assert all(re.search(rf"\b{number}\b", documented[name]) for number in numbers), name


def test_output_table_lists_all_outputs_and_exports() -> None:
    documented = {row[0].strip("`"): row[-1].strip("|").strip() for row in rows(PAGE, "Outputs")}
    outputs = Stack("STACK").resolve(template()["Outputs"] | {"BatchOperationsRoleArn": {}})
    assert list(documented) == list(outputs)
    for name, output in outputs.items():
        exported = output.get("Export", {}).get("Name", "")
        assert documented[name] == (f"`{exported}`" if exported else "")


def test_alarm_table_lists_all_alarms() -> None:
    documented = {row[0].strip("`") for row in rows(PAGE, "Alarms")}
    assert documented == set(Stack().of_type("AWS::CloudWatch::Alarm"))


@pytest.mark.parametrize("name", Stack().of_type("AWS::CloudWatch::Alarm"))
def test_runbook_explains_the_alarm(name: str) -> None:
    paragraph = RUNBOOK.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    parts = re.findall(r"^\*\*(.+?)\*\* ", paragraph, re.MULTILINE)
    assert parts == ["Meaning.", "Look at.", "Command."]
    assert re.search(r"^\$ imgmeta .*--stack-name photos", paragraph, re.MULTILINE)


def test_runbook_has_a_section_for_each_alarm_only() -> None:
    sections = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    assert sorted(sections) == sorted(Stack().of_type("AWS::CloudWatch::Alarm"))


def test_original_page_lists_all_original_names() -> None:
    assert {name for name in ORIGINAL_NAMES if f"`{name}`" not in ORIGINAL} == set()
    here = {*template()["Parameters"], *template()["Resources"], *template()["Outputs"]}
    assert ORIGINAL_NAMES - here == REMOVED


@pytest.mark.parametrize("row", rows(ORIGINAL), ids=lambda row: row[0][:60])
def test_tests_named_for_original_features_exist(row: list[str]) -> None:
    assert len(row) == 3
    names = re.findall(r"`([^`]+)`", row[2])
    assert names
    for name in names:
        path, _, test = name.partition("::")
        assert test in named_tests(ROOT / path), name
