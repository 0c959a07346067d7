"""The dashboard is as CloudWatch's documentation has it, and each metric in it is really there."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("yaml")
pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta.adapters.dynamodb.table import BUCKET_KEY_INDEX, UPLOAD_TIMESTAMP_INDEX
from integration.cloudformation.dashboard_body import InvalidBodyError, Metric, Widget, widgets_of
from integration.cloudformation.service_metrics import EMITTED
from integration.cloudformation.template_model import PARTITIONS, Stack
from support.function.emf import parse_metrics
from support.function.harness import Context, emulated_function, parse_log
from support.strategies.events import ObjectEvent, invocation, notification, queue

GIVEN = {"EnvironmentSuffix": "staging"}


@pytest.fixture(params=PARTITIONS)
def stack(request: pytest.FixtureRequest) -> Stack:
    return Stack("holiday", request.param, given=GIVEN)


def widgets(stack: Stack) -> list[Widget]:
    return widgets_of(stack.properties("MonitoringDashboard")["DashboardBody"])


def widget(stack: Stack, title: str) -> Widget:
    (found,) = (each for each in widgets(stack) if each.title == title)
    return found


def shown(stack: Stack, title: str) -> set[tuple[str, str]]:
    """Return the metrics of a widget, with their statistics."""
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
    """Yield the metrics of the dashboard, and of the alarms."""
    for each in widgets(stack):
        yield from each.metrics
    yield from map(alarm_metric, stack.of_type("AWS::CloudWatch::Alarm").values())


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> set[Metric]:
    """Return the metrics that the function emits with the template's own environment."""
    variables = Stack("holiday", given=GIVEN | {"NotifyOn": "all"}).properties(
        "ImageProcessorLambda"
    )["Environment"]["Variables"]
    of_the_world = {"METADATA_TABLE", "SNS_TOPIC_ARN"}
    settings = {name: each for name, each in variables.items() if name not in of_the_world}
    with emulated_function(monkeypatch, **settings) as cloud:
        cloud.put("a.jpg", b"no image")
        cloud.handler(invocation("2.0", "a.jpg"), Context(0.1))
        cloud.clients.sns.delete_topic(TopicArn=cloud.topic)
        cloud.handler(queue(notification(ObjectEvent("a.jpg"))))
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


def test_the_body_is_as_the_documentation_has_it(stack: Stack) -> None:
    assert len(widgets(stack)) == 13


def test_every_metric_of_aws_is_one_that_aws_emits_with_these_dimensions(stack: Stack) -> None:
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
    of_aws = [metric for metric in all_metrics(stack) if metric.namespace != "imgmeta"]
    assert len(of_aws) > 25
    for metric in of_aws:
        emitted = EMITTED[metric.namespace]
        assert metric.name in emitted.names, emitted.page
        assert frozenset(dict(metric.dimensions)) in emitted.dimensions, emitted.page
        assert metric.period >= emitted.seconds, emitted.page
        for name, value in metric.dimensions:
            assert value in names[name], metric


def test_every_metric_of_ours_is_one_that_the_function_emits_with_these_dimensions(
    measured: set[Metric],
) -> None:
    ours = {
        Metric(metric.namespace, metric.name, metric.dimensions, "", 0)
        for metric in all_metrics(Stack("holiday", given=GIVEN))
        if metric.namespace == "imgmeta"
    }
    assert len(ours) > 8
    assert ours - measured == set()
    assert {metric.name for metric in measured - ours} == {"BytesRead"}


def test_it_shows_invocations_errors_and_throttles_of_the_function(stack: Stack) -> None:
    sums = {(name, "Sum") for name in ("Invocations", "Errors", "Throttles")}
    assert shown(stack, "Function") == sums


def test_it_shows_the_function_s_duration_on_average_and_at_worst(stack: Stack) -> None:
    assert shown(stack, "Function: duration") == {
        ("Duration", statistic) for statistic in ("Average", "Maximum", "p99")
    }
    axis = widget(stack, "Function: duration").properties["yAxis"]["left"]
    assert axis["label"] == "Milliseconds"
    assert shown(stack, "Function: running at once") == {("ConcurrentExecutions", "Maximum")}


def test_it_shows_the_capacity_and_the_throttles_of_the_table_and_of_both_indexes(
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


def test_it_shows_the_bucket_s_objects_by_the_day(stack: Stack) -> None:
    (metric,) = widget(stack, "Bucket: objects, all versions").metrics
    assert (metric.name, metric.statistic, metric.period) == ("NumberOfObjects", "Average", 86400)


def test_it_shows_the_queue_and_the_dead_letters(stack: Stack) -> None:
    titles = ("Queue", "Queue: age of the oldest message", "Dead letters")
    assert all(shown(stack, title) for title in titles)


def test_it_shows_all_alarms(stack: Stack) -> None:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    arns = {stack.resolve({"Fn::GetAtt": [name, "Arn"]}) for name in alarms}
    assert set(widget(stack, "Alarms").properties["alarms"]) == arns


def test_it_shows_what_failed_from_the_function_s_own_log(stack: Stack) -> None:
    group = stack.resolve({"Ref": "LambdaLogGroup"})
    assert f"SOURCE '{group}'" in widget(stack, "What failed, and why").properties["query"]


def test_every_widget_is_of_the_stack_s_region(stack: Stack) -> None:
    regions = {each.properties.get("region", stack.region) for each in widgets(stack)}
    assert regions == {stack.region}


def _first_metric_widget(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in body["widgets"] if each["type"] == "metric")
    return found


BREACHES: dict[str, Callable[[dict[str, Any]], object]] = {
    "dimensions beside the metrics": lambda body: _first_metric_widget(body)["properties"].update(
        dimensions={"FunctionName": "f"}
    ),
    "no region": lambda body: _first_metric_widget(body)["properties"].pop("region"),
    "over another": lambda body: _first_metric_widget(body).update(x=1, y=0),
    "outside of the grid": lambda body: _first_metric_widget(body).update(x=20),
    "no such statistic": lambda body: _first_metric_widget(body)["properties"].update(stat="Mean"),
    "half a dimension": lambda body: _first_metric_widget(body)["properties"]["metrics"][0].pop(3),
    "nothing to repeat": lambda body: _first_metric_widget(body)["properties"]["metrics"].pop(0),
    "a period of its own": lambda body: _first_metric_widget(body)["properties"].update(period=90),
    "an unknown type": lambda body: _first_metric_widget(body).update(type="graph"),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_body_that_is_not_so_would_be_seen(breach: str) -> None:
    body = json.loads(Stack().properties("MonitoringDashboard")["DashboardBody"])
    BREACHES[breach](body)
    with pytest.raises(InvalidBodyError):
        widgets_of(json.dumps(body))
