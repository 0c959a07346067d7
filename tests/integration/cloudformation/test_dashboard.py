"""The dashboard is valid, and the metrics in it and in the alarms exist."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("yaml")
pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta.adapters.dynamodb.table import BUCKET_KEY_INDEX, UPLOAD_TIMESTAMP_INDEX
from imgmeta.testing.strategies.events import ObjectEvent, invocation, notification, queue
from integration.cloudformation.dashboard_body import InvalidBodyError, Metric, Widget, widgets_of
from integration.cloudformation.service_metrics import EMITTED
from integration.cloudformation.template_model import PARTITIONS, Stack
from support.function.emf import parse_metrics
from support.function.harness import Context, emulated_function, parse_log

PARAMETERS = {"EnvironmentSuffix": "staging"}


@pytest.fixture(params=PARTITIONS)
def stack(request: pytest.FixtureRequest) -> Stack:
    return Stack("holiday", request.param, given=PARAMETERS)


def widgets(stack: Stack) -> list[Widget]:
    return widgets_of(stack.properties("MonitoringDashboard")["DashboardBody"])


def widget(stack: Stack, title: str) -> Widget:
    (found,) = (each for each in widgets(stack) if each.title == title)
    return found


def shown(stack: Stack, title: str) -> set[tuple[str, str]]:
    """Return the names and statistics of the metrics in a widget."""
    return {(metric.name, metric.statistic) for metric in widget(stack, title).metrics}


def alarm_metric(alarm: dict[str, Any]) -> Metric:
    pairs = ((each["Name"], each["Value"]) for each in alarm["Dimensions"])
    return Metric(
        alarm["Namespace"],
        alarm["MetricName"],
        frozenset(pairs),
        alarm["Statistic"],
        alarm["Period"],
    )


def all_metrics(stack: Stack) -> Iterator[Metric]:
    """Yield the metrics of the dashboard and of the alarms."""
    for each in widgets(stack):
        yield from each.metrics
    yield from map(alarm_metric, stack.of_type("AWS::CloudWatch::Alarm").values())


@pytest.fixture
def emitted_metrics(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> set[Metric]:
    """Return the metrics that the function emits with the environment of the template."""
    variables = Stack("holiday", given=PARAMETERS | {"NotifyOn": "all"}).properties(
        "ImageProcessorLambda"
    )["Environment"]["Variables"]
    replaced = {"METADATA_TABLE", "SNS_TOPIC_ARN"}
    settings = {name: each for name, each in variables.items() if name not in replaced}
    with emulated_function(monkeypatch, **settings) as function:
        function.put("a.jpg", b"no image")
        function.handler(invocation("2.0", "a.jpg"), Context(0.1))
        function.clients.sns.delete_topic(TopicArn=function.topic)
        function.handler(queue(notification(ObjectEvent("a.jpg"))))
    found: set[Metric] = set()
    for document in parse_log(capsys.readouterr().out):
        if "_aws" in document:
            (directive,) = document["_aws"]["CloudWatchMetrics"]
            for names in directive["Dimensions"]:
                pairs = frozenset((name, document[name]) for name in names)
                found |= {
                    Metric(directive["Namespace"], name, pairs, "", 0)
                    for name in parse_metrics(document)
                }
    return found


def test_dashboard_body_is_valid(stack: Stack) -> None:
    assert len(widgets(stack)) == 14


def test_aws_metrics_are_emitted_with_these_dimensions(stack: Stack) -> None:
    names = {
        "FunctionName": {stack.resolve({"Ref": "ImageProcessorLambda"})},
        "QueueName": {
            stack.resolve({"Fn::GetAtt": ["ImageQueue", "QueueName"]}),
            stack.resolve({"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}),
        },
        "TableName": {stack.resolve({"Ref": "ImageMetadataTable"})},
        "GlobalSecondaryIndexName": {UPLOAD_TIMESTAMP_INDEX, BUCKET_KEY_INDEX},
        "BucketName": {stack.resolve({"Ref": "ImageStorageBucket"})},
        "StorageType": {"AllStorageTypes"},
    }
    aws_metrics = [metric for metric in all_metrics(stack) if metric.namespace != "imgmeta"]
    assert len(aws_metrics) > 25
    for metric in aws_metrics:
        emitted = EMITTED[metric.namespace]
        assert metric.name in emitted.names, emitted.page
        assert frozenset(dict(metric.dimensions)) in emitted.dimensions, emitted.page
        assert metric.period >= emitted.seconds, emitted.page
        for name, value in metric.dimensions:
            assert value in names[name], metric


def test_imgmeta_metrics_are_emitted_with_these_dimensions(
    emitted_metrics: set[Metric],
) -> None:
    shown_metrics = {
        Metric(metric.namespace, metric.name, metric.dimensions, "", 0)
        for metric in all_metrics(Stack("holiday", given=PARAMETERS))
        if metric.namespace == "imgmeta"
    }
    assert len(shown_metrics) > 8
    # Audits emit these metrics, batches do not.
    assert {metric.name for metric in shown_metrics - emitted_metrics} == {"AuditedKeys", "Drift"}
    assert {metric.name for metric in emitted_metrics - shown_metrics} == {"BytesRead"}


def test_dashboard_shows_function_invocations_errors_and_throttles(stack: Stack) -> None:
    sums = {(name, "Sum") for name in ("Invocations", "Errors", "Throttles")}
    assert shown(stack, "Function") == sums


def test_dashboard_shows_average_and_maximum_function_duration(stack: Stack) -> None:
    assert shown(stack, "Function: duration") == {
        ("Duration", statistic) for statistic in ("Average", "Maximum", "p99")
    }
    axis = widget(stack, "Function: duration").properties["yAxis"]["left"]
    assert axis["label"] == "Milliseconds"
    assert shown(stack, "Function: concurrency") == {("ConcurrentExecutions", "Maximum")}


def test_dashboard_shows_capacity_and_throttles_of_table_and_indexes(
    stack: Stack,
) -> None:
    for title, kinds in (
        ("Table: capacity", ("ConsumedWriteCapacityUnits", "ConsumedReadCapacityUnits")),
        ("Table: throttles", ("WriteThrottleEvents", "ReadThrottleEvents")),
    ):
        metrics = widget(stack, title).metrics
        indexes = {
            (metric.name, dict(metric.dimensions).get("GlobalSecondaryIndexName"))
            for metric in metrics
        }
        assert indexes == {
            (kind, index)
            for kind in kinds
            for index in (None, UPLOAD_TIMESTAMP_INDEX, BUCKET_KEY_INDEX)
        }


def test_dashboard_shows_daily_object_count(stack: Stack) -> None:
    (metric,) = widget(stack, "Buckets: objects, all versions").metrics
    assert (metric.name, metric.statistic, metric.period) == ("NumberOfObjects", "Average", 86400)
    assert dict(metric.dimensions)["BucketName"] == stack.resolve({"Ref": "ImageStorageBucket"})


@pytest.mark.parametrize("number", [1, 20])
def test_dashboard_shows_daily_object_count_of_each_existing_bucket(number: int) -> None:
    names = [f"photos-{each}" for each in range(number)]
    stack = Stack(given={"Buckets": ",".join(names)})
    metrics = widget(stack, "Buckets: objects, all versions").metrics
    assert [dict(metric.dimensions)["BucketName"] for metric in metrics] == names
    assert {(each.name, each.statistic, each.period) for each in metrics} == {
        ("NumberOfObjects", "Average", 86400)
    }


def test_dashboard_shows_audits(stack: Stack) -> None:
    assert shown(stack, "Audits") == {("AuditedKeys", "Sum"), ("Drift", "Sum")}


def test_dashboard_shows_queue_and_dead_letter_queue(stack: Stack) -> None:
    titles = ("Queue", "Queue: age of the oldest message", "Dead-letter queue")
    assert all(shown(stack, title) for title in titles)


def test_dashboard_shows_all_alarms(stack: Stack) -> None:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    arns = {stack.resolve({"Fn::GetAtt": [name, "Arn"]}) for name in alarms}
    assert set(widget(stack, "Alarms").properties["alarms"]) == arns


def test_dashboard_shows_failures_from_the_function_log(stack: Stack) -> None:
    group = stack.resolve({"Ref": "LambdaLogGroup"})
    assert f"SOURCE '{group}'" in widget(stack, "Failures").properties["query"]


def test_widgets_use_the_region_of_the_stack(stack: Stack) -> None:
    regions = {each.properties.get("region", stack.region) for each in widgets(stack)}
    assert regions == {stack.region}


def _first_metric_widget(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in body["widgets"] if each["type"] == "metric")
    return found


INVALID_CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "dimensions outside of metrics": lambda body: _first_metric_widget(body)["properties"].update(
        dimensions={"FunctionName": "f"}
    ),
    "missing region": lambda body: _first_metric_widget(body)["properties"].pop("region"),
    "overlapping widgets": lambda body: _first_metric_widget(body).update(x=1, y=0),
    "outside the grid": lambda body: _first_metric_widget(body).update(x=20),
    "unknown statistic": lambda body: _first_metric_widget(body)["properties"].update(stat="Mean"),
    "dimension without a value": lambda body: _first_metric_widget(body)["properties"]["metrics"][
        0
    ].pop(3),
    "repetition without a previous metric": lambda body: _first_metric_widget(body)["properties"][
        "metrics"
    ].pop(0),
    "invalid period": lambda body: _first_metric_widget(body)["properties"].update(period=90),
    "unknown widget type": lambda body: _first_metric_widget(body).update(type="graph"),
}


@pytest.mark.parametrize("change", INVALID_CHANGES)
def test_invalid_dashboard_body_is_detected(change: str) -> None:
    body = json.loads(Stack().properties("MonitoringDashboard")["DashboardBody"])
    INVALID_CHANGES[change](body)
    with pytest.raises(InvalidBodyError):
        widgets_of(json.dumps(body))
