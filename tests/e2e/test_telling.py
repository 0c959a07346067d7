"""What the deployed function tells people and machines: messages, digests, logs and metrics."""

import json
from typing import Any

import pytest

from support.deployment.account import Deployment, photo, until

pytestmark = pytest.mark.e2e


def metrics(deployment: Deployment, namespace: str) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Return the metrics in the log as CloudWatch would take them: dimensions, and values by name.

    Amazon CloudWatch User Guide, "Specification: Embedded metric format".
    """
    found: list[tuple[dict[str, str], dict[str, Any]]] = []
    for line in deployment.log():
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            if directive["Namespace"] != namespace:
                continue
            values = {each["Name"]: line[each["Name"]] for each in directive["Metrics"]}
            dimensions = [{name: line[name] for name in names} for names in directive["Dimensions"]]
            found += [(each, values) for each in dimensions]
    return found


def test_who_hears_of_failures_hears_of_each_with_its_reason(
    shared: Deployment, folder: str
) -> None:
    with shared.listener() as listener:
        shared.put(f"{folder}good.jpg", photo(40))
        shared.recorded(f"{folder}good.jpg")
        shared.put(f"{folder}bad.jpg", b"no image")
        item = shared.recorded(f"{folder}bad.jpg")
        [message] = until(listener.heard)
        shared.put(f"{folder}another.jpg", photo(40))
        shared.recorded(f"{folder}another.jpg")
        until(shared.is_quiet)
        assert listener.heard() == [message]
    assert message["Subject"] == "imgmeta: 0 processed, 1 failed (dev)"
    assert f"- {folder}bad.jpg: {item['Error']}" in message["Message"]
    assert "good.jpg" not in message["Message"]


def test_the_digest_that_the_schedule_asks_for_is_sent(shared: Deployment, folder: str) -> None:
    shared.put(f"{folder}good.jpg", photo(40))
    shared.put(f"{folder}bad.jpg", b"no image")
    shared.recorded(f"{folder}good.jpg")
    shared.recorded(f"{folder}bad.jpg")
    function, events = shared.outputs["LambdaFunctionArn"], shared.account.events
    [rule] = events.list_rule_names_by_target(TargetArn=function)["RuleNames"]
    [target] = events.list_targets_by_rule(Rule=rule)["Targets"]
    with shared.listener() as listener:
        error, answer = shared.invoke(json.loads(target["Input"]))
        assert (error, answer["statusCode"]) == (None, 200)
        [message] = until(listener.heard)
    assert message["Subject"].startswith("imgmeta digest: ")
    assert f"- {folder}bad.jpg: " in message["Message"]


def test_each_alarm_of_ours_watches_a_metric_that_the_function_emits(
    shared: Deployment, folder: str
) -> None:
    shared.put(f"{folder}bad.jpg", b"no image")
    shared.recorded(f"{folder}bad.jpg")
    alarms = shared.account.cloudwatch.describe_alarms(AlarmNamePrefix=f"{shared.name}-")
    watched = [
        (alarm["MetricName"], {each["Name"]: each["Value"] for each in alarm["Dimensions"]})
        for alarm in alarms["MetricAlarms"]
        if alarm["Namespace"] == "imgmeta"
    ]
    assert [name for name, _ in watched] == ["ImagesFailed"]

    def values(name: str, dimensions: dict[str, str]) -> list[float]:
        emitted = metrics(shared, "imgmeta")
        return [sum(each[name]) for about, each in emitted if about == dimensions and name in each]

    for name, dimensions in watched:
        assert until(lambda name=name, about=dimensions: sum(values(name, about))) >= 1  # type: ignore[misc]  # bound at once


def test_the_log_names_what_failed_and_not_what_went_well(shared: Deployment, folder: str) -> None:
    shared.put(f"{folder}good.jpg", photo(40))
    shared.recorded(f"{folder}good.jpg")
    shared.put(f"{folder}bad.jpg", b"no image")
    item = shared.recorded(f"{folder}bad.jpg")

    def named() -> list[dict[str, Any]]:
        return [line for line in shared.log() if folder in json.dumps(line)]

    [line] = until(named)
    assert (line["key"], line["reason"]) == (f"{folder}bad.jpg", item["Error"])
    assert (line["level"], line["service"], line["environment"]) == ("WARNING", "photos", "dev")


def test_the_function_logs_into_the_stack_s_own_group_and_no_other(shared: Deployment) -> None:
    shared.invoke({"imgmeta": "digest", "hours": 1})
    groups = shared.account.logs.describe_log_groups()["logGroups"]
    assert [(each["logGroupName"], each.get("retentionInDays")) for each in groups] == [
        (shared.outputs["LogGroupName"], 30)
    ]
