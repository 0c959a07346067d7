"""What the pages say of the template is so."""

import re
from pathlib import Path

import pytest

pytest.importorskip("yaml")

from integration.cloudformation.template_model import Stack, template
from support.documents.named_tests import named_tests

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/template.md").read_text("utf-8")
ORIGINAL = (ROOT / "docs/original.md").read_text("utf-8")

NAMES_OF_THE_ORIGINAL = {
    *("EnvironmentSuffix", "NotificationEmail"),
    *("ImageStorageBucket", "ImageStorageBucketPolicy", "ImageMetadataTable"),
    *("ProcessingNotificationTopic", "LambdaExecutionRole", "ImageProcessorLambda"),
    *("LambdaInvokePermission", "S3BucketNotification", "S3NotificationLambdaRole"),
    *("S3NotificationLambda", "LambdaLogGroup", "LambdaErrorAlarm", "LambdaThrottleAlarm"),
    *("DynamoDBThrottleAlarm", "MonitoringDashboard", "S3BucketName", "DynamoDBTableName"),
    *("LambdaFunctionArn", "SNSTopicArn", "DashboardURL"),
}
GONE = {
    *("LambdaInvokePermission", "S3BucketNotification", "S3NotificationLambdaRole"),
    "S3NotificationLambda",
}


def rows(page: str, section: str = "") -> list[list[str]]:
    """Return the cells of the tables of a page, or of one section of it."""
    text = page.partition(f"## {section}\n")[2].partition("\n## ")[0] if section else page
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[-1] not in {"default", "exported as", "then", "shown by"}]


def test_the_table_of_parameters_has_each_with_its_default() -> None:
    said = {row[0].strip("`"): row[-1].strip("`") for row in rows(PAGE, "Parameters")}
    assert said == {
        name: ("needed" if "Default" not in each else str(each["Default"]) or "empty")
        for name, each in template()["Parameters"].items()
    }


def test_the_table_of_parameters_has_what_each_takes() -> None:
    said = {row[0].strip("`"): row[2] for row in rows(PAGE, "Parameters")}
    for name, each in template()["Parameters"].items():
        if name == "LogRetentionDays":
            numbers = [min(each["AllowedValues"]), max(each["AllowedValues"])]
        elif "AllowedValues" in each:
            assert said[name] == ", ".join(f"`{value}`" for value in each["AllowedValues"])
            continue
        else:
            numbers = [each[limit] for limit in ("MaxValue",) if limit in each]
            numbers += [each["MaxLength"]] if name == "EnvironmentSuffix" else []
        assert all(re.search(rf"\b{number}\b", said[name]) for number in numbers), name


def test_the_table_of_outputs_has_each_with_its_export() -> None:
    said = {row[0].strip("`"): row[-1].strip("|").strip() for row in rows(PAGE, "Outputs")}
    outputs = Stack("stack").outputs
    assert list(said) == list(outputs)
    for name, output in outputs.items():
        exported = output.get("Export", {}).get("Name", "")
        assert said[name] == exported.replace("stack-", "stack, `-") + ("`" if exported else "")


def test_the_table_of_alarms_has_each() -> None:
    said = {row[0].strip("`") for row in rows(PAGE, "Alarms")}
    assert said == set(Stack().of_type("AWS::CloudWatch::Alarm"))


def test_every_name_of_the_original_is_on_its_page() -> None:
    assert {name for name in NAMES_OF_THE_ORIGINAL if f"`{name}`" not in ORIGINAL} == set()
    here = {*template()["Parameters"], *template()["Resources"], *template()["Outputs"]}
    assert NAMES_OF_THE_ORIGINAL - here == GONE


@pytest.mark.parametrize("row", rows(ORIGINAL), ids=lambda row: row[0][:60])
def test_each_feature_of_the_original_is_shown_by_tests_that_there_are(row: list[str]) -> None:
    assert len(row) == 3
    shown = re.findall(r"`([^`]+)`", row[2])
    assert shown
    for name in shown:
        path, _, test = name.partition("::")
        assert test in named_tests(ROOT / path), name
