"""Notifications, digests, logs and metrics of the deployed function."""

import json
from typing import Any

import pytest

from support.deployment.account import Deployment, photo, wait_until

pytestmark = pytest.mark.e2e


def metrics(deployment: Deployment, namespace: str) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Return the dimensions and values of each metric in the log, by name.

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


def test_notification_lists_failures_with_reasons(shared_stack: Deployment, prefix: str) -> None:
    wait_until(shared_stack.is_idle)  # notifications about other tests' files are sent
    with shared_stack.listener() as listener:
        shared_stack.put(f"{prefix}good.jpg", photo(40))
        shared_stack.wait_for_record(f"{prefix}good.jpg")
        shared_stack.put(f"{prefix}bad.jpg", b"no image")
        item = shared_stack.wait_for_record(f"{prefix}bad.jpg")
        [message] = wait_until(listener.messages)
        shared_stack.put(f"{prefix}another.jpg", photo(40))
        shared_stack.wait_for_record(f"{prefix}another.jpg")
        wait_until(shared_stack.is_idle)
        assert listener.messages() == [message]
    assert message["Subject"] == "imgmeta: 0 processed, 1 failed (dev)"
    assert f"- {prefix}bad.jpg: {item['Error']}" in message["Message"]
    assert "good.jpg" not in message["Message"]


def test_digest_is_sent_for_the_scheduled_event(shared_stack: Deployment, prefix: str) -> None:
    shared_stack.put(f"{prefix}good.jpg", photo(40))
    shared_stack.put(f"{prefix}bad.jpg", b"no image")
    shared_stack.wait_for_record(f"{prefix}good.jpg")
    shared_stack.wait_for_record(f"{prefix}bad.jpg")
    wait_until(shared_stack.is_idle)  # the notification about the file is sent
    function, events = shared_stack.outputs["LambdaFunctionArn"], shared_stack.account.events
    [rule] = events.list_rule_names_by_target(TargetArn=function)["RuleNames"]
    [target] = events.list_targets_by_rule(Rule=rule)["Targets"]
    with shared_stack.listener() as listener:
        error, response = shared_stack.invoke(json.loads(target["Input"]))
        assert (error, response["statusCode"]) == (None, 200)
        [message] = wait_until(listener.messages)
    assert message["Subject"].startswith("imgmeta digest: ")
    assert f"- {prefix}bad.jpg: " in message["Message"]


def test_alarms_watch_metrics_that_the_function_emits(
    shared_stack: Deployment, prefix: str
) -> None:
    shared_stack.put(f"{prefix}bad.jpg", b"no image")
    shared_stack.wait_for_record(f"{prefix}bad.jpg")
    alarms = shared_stack.account.cloudwatch.describe_alarms(
        AlarmNamePrefix=f"{shared_stack.name}-"
    )
    watched = [
        (alarm["MetricName"], {each["Name"]: each["Value"] for each in alarm["Dimensions"]})
        for alarm in alarms["MetricAlarms"]
        if alarm["Namespace"] == "imgmeta"
    ]
    assert sorted(name for name, _ in watched) == ["Drift", "ImagesFailed"]

    def values(name: str, dimensions: dict[str, str]) -> list[float]:
        emitted = metrics(shared_stack, "imgmeta")
        return [
            sum(each[name])
            for emitted_dimensions, each in emitted
            if emitted_dimensions == dimensions and name in each
        ]

    for name, dimensions in watched:
        if name == "Drift":  # only audits emit it
            continue
        total = wait_until(lambda name=name, dimensions=dimensions: sum(values(name, dimensions)))  # type: ignore[misc]  # binds the loop variables
        assert total >= 1


def test_log_lists_failures_only(shared_stack: Deployment, prefix: str) -> None:
    shared_stack.put(f"{prefix}good.jpg", photo(40))
    shared_stack.wait_for_record(f"{prefix}good.jpg")
    shared_stack.put(f"{prefix}bad.jpg", b"no image")
    item = shared_stack.wait_for_record(f"{prefix}bad.jpg")

    def lines_of_this_test() -> list[dict[str, Any]]:
        return [line for line in shared_stack.log() if prefix in json.dumps(line)]

    [line] = wait_until(lines_of_this_test)
    assert (line["key"], line["reason"]) == (f"{prefix}bad.jpg", item["Error"])
    assert (line["level"], line["service"], line["environment"]) == ("WARNING", "photos", "dev")


def test_function_logs_only_to_the_log_group_of_the_stack(shared_stack: Deployment) -> None:
    shared_stack.invoke({"imgmeta": "digest", "hours": 1})
    groups = shared_stack.account.logs.describe_log_groups()["logGroups"]
    assert [(each["logGroupName"], each.get("retentionInDays")) for each in groups] == [
        (shared_stack.outputs["LogGroupName"], 30)
    ]
