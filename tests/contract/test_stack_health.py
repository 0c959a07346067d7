"""The contracts of the ports for the health of a stack, for every adapter."""

import hashlib
import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from contract.aws_accounts import on_aws
from imgmeta.deployment.adapters.pip.archive import zip_files
from imgmeta.deployment.core.findings import MetricQuery
from imgmeta.deployment.core.stacks import AlarmState, QueueDepth
from imgmeta.deployment.ports import Alarms, Functions, Metrics, QueueGauge, Subscriptions
from imgmeta.errors import PermanentError, TransientError
from support.aws.moto import respond_with_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imgmeta.adapters.aws import Clients


@pytest.fixture(params=on_aws(lambda clients: clients))
def clients(request: pytest.FixtureRequest) -> "Iterator[Clients]":
    with ExitStack() as cleanup:
        yield request.param(request, cleanup)


def alarms_of(clients: "Clients") -> Alarms:
    from imgmeta.deployment.adapters.cloudwatch import CloudWatchAlarms  # noqa: PLC0415 - needs the extra aws

    return CloudWatchAlarms(clients.cloudwatch)


def gauge_of(clients: "Clients") -> QueueGauge:
    from imgmeta.deployment.adapters.sqs import SQSQueueGauge  # noqa: PLC0415 - needs the extra aws

    return SQSQueueGauge(clients.sqs)


def create_alarm(clients: "Clients", name: str, state: AlarmState | None = None) -> None:
    clients.cloudwatch.put_metric_alarm(
        AlarmName=name,
        AlarmDescription="too many",
        Namespace="imgmeta",
        MetricName="ImagesFailed",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    if state is not None:
        clients.cloudwatch.set_alarm_state(
            AlarmName=name, StateValue=state.value, StateReason="a test"
        )


# The port: "Yield the alarms with these names that exist, in any order."
def test_states_of_existing_alarms_are_returned(clients: "Clients") -> None:
    names = {state: f"{state.value}-{uuid4().hex}" for state in AlarmState}
    for state, name in names.items():
        create_alarm(clients, name, state)
    create_alarm(clients, f"another-{uuid4().hex}", AlarmState.ALARM)
    found = {each.name: each for each in alarms_of(clients).states([*names.values(), "gone"])}
    assert {name: each.state for name, each in found.items()} == {
        name: state for state, name in names.items()
    }
    assert {each.description for each in found.values()} == {"too many"}
    assert list(alarms_of(clients).states([])) == []


def test_any_number_of_alarms_can_be_requested(clients: "Clients") -> None:
    prefix = uuid4().hex
    names = [f"{prefix}-{number:03}" for number in range(250)]
    existing = [names[0], names[99], names[100], names[249]]
    for name in existing:
        create_alarm(clients, name)
    assert sorted(each.name for each in alarms_of(clients).states(iter(names))) == existing


# The port: "Return the approximate numbers of messages in the queue at this URL."
def test_depth_counts_waiting_and_in_flight_messages(clients: "Clients") -> None:
    url = clients.sqs.create_queue(QueueName=f"queue-{uuid4().hex}")["QueueUrl"]
    assert gauge_of(clients).depth(url) == QueueDepth(0, 0)
    for number in range(3):
        clients.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    assert gauge_of(clients).depth(url) == QueueDepth(waiting=2, in_flight=1)


# The port: "PermanentError: the queue does not exist or cannot be read."
def test_missing_queue_is_a_permanent_error(clients: "Clients") -> None:
    url = clients.sqs.create_queue(QueueName=f"queue-{uuid4().hex}")["QueueUrl"]
    with pytest.raises(PermanentError):
        gauge_of(clients).depth(f"{url}-gone")


# Both ports: "TransientError: … cannot be read now. PermanentError: … cannot be read."
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("Throttling", 400, TransientError), ("AccessDenied", 403, PermanentError)],
)
def test_failed_request_is_an_error(
    clients: "Clients", code: str, status: int, kind: type[Exception]
) -> None:
    respond_with_error(clients.cloudwatch, "cloudwatch", code, status)
    respond_with_error(clients.sqs, "sqs", code, status)
    with pytest.raises(kind):
        list(alarms_of(clients).states(["any"]))
    with pytest.raises(kind):
        gauge_of(clients).depth("https://sqs.us-east-1.amazonaws.com/111122223333/any")


def metrics_of(clients: "Clients") -> Metrics:
    from imgmeta.deployment.adapters.cloudwatch import CloudWatchMetrics  # noqa: PLC0415 - needs the extra aws

    return CloudWatchMetrics(clients.cloudwatch)


def subscriptions_of(clients: "Clients") -> Subscriptions:
    from imgmeta.deployment.adapters.sns import SNSSubscriptions  # noqa: PLC0415 - needs the extra aws

    return SNSSubscriptions(clients.sns)


def functions_of(clients: "Clients") -> Functions:
    from imgmeta.deployment.adapters.functions import LambdaFunctions  # noqa: PLC0415 - needs the extra aws

    return LambdaFunctions(clients.functions)


def put_metric(clients: "Clients", query: MetricQuery, minute: datetime, value: float) -> None:
    dimensions = [{"Name": name, "Value": each} for name, each in query.dimensions]
    clients.cloudwatch.put_metric_data(
        Namespace=query.namespace,
        MetricData=[
            {
                "MetricName": query.name,
                "Dimensions": dimensions,  # type: ignore[typeddict-item]  # a list of dictionaries
                "Timestamp": minute,
                "Value": value,
            }
        ],
    )


# The port: "Return the values of each query by minute, the oldest first; none without data."
def test_values_of_metrics_are_returned_by_minute(clients: "Clients") -> None:
    table = (("TableName", uuid4().hex),)
    writes = MetricQuery("imgmeta-test", "WriteThrottleEvents", table)
    index = MetricQuery(
        "imgmeta-test", "WriteThrottleEvents", (*table, ("GlobalSecondaryIndexName", "i"))
    )
    ages = MetricQuery("imgmeta-test", "Age", table, "Maximum")
    minute = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    later = minute + timedelta(minutes=2)
    for query, values in {
        writes: [(later, 3), (minute, 1), (minute, 1)],
        ages: [(minute, 7)],
    }.items():
        for when, value in values:
            put_metric(clients, query, when, value)
    until = datetime.now(UTC)
    found = metrics_of(clients).read(
        [writes, index, ages], since=until - timedelta(minutes=15), until=until
    )
    assert [list(each.values()) for each in found] == [[2, 3], [], [7]]
    assert all(each == dict(sorted(each.items())) for each in found)
    assert metrics_of(clients).read([], since=minute, until=until) == []


# The port: "Yield the subscriptions to the topic with this ARN, in any order."
def test_subscriptions_of_a_topic_are_returned(clients: "Clients") -> None:
    topic = clients.sns.create_topic(Name=f"topic-{uuid4().hex}")["TopicArn"]
    assert list(subscriptions_of(clients).of_topic(topic)) == []
    addresses = [f"{number}@example.com" for number in range(120)]
    for address in addresses:
        clients.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    found = list(subscriptions_of(clients).of_topic(topic))
    assert sorted(each.endpoint for each in found) == sorted(addresses)
    assert {each.protocol for each in found} == {"email"}


# The port: "PermanentError: the topic does not exist, or they cannot be read."
def test_missing_topic_is_a_permanent_error(clients: "Clients") -> None:
    topic = clients.sns.create_topic(Name=f"topic-{uuid4().hex}")["TopicArn"]
    with pytest.raises(PermanentError):
        list(subscriptions_of(clients).of_topic(f"{topic}-gone"))


# The port: "Return the state of an event source mapping …; None: there is none."
def test_missing_event_source_mapping_is_none(clients: "Clients") -> None:
    assert functions_of(clients).event_source_state(str(uuid4())) is None


# The port: "Return the SHA-256 of the function's deployment package."
def test_digest_of_the_deployed_package_is_returned(clients: "Clients") -> None:
    packages = [zip_files({"f.py": f"handler = {number}".encode()}) for number in range(2)]
    arn = clients.functions.create_function(
        FunctionName=f"f-{uuid4().hex}",
        Runtime="python3.13",
        Role=create_role(clients),
        Handler="f.handler",
        Code={"ZipFile": packages[0]},
    )["FunctionArn"]
    assert functions_of(clients).package_digest(arn) == hashlib.sha256(packages[0]).digest()
    clients.functions.update_function_code(FunctionName=arn, ZipFile=packages[1])
    assert functions_of(clients).package_digest(arn) == hashlib.sha256(packages[1]).digest()


def create_role(clients: "Clients") -> str:
    iam: Any = clients.client("iam")
    document = {"Version": "2012-10-17", "Statement": []}
    role = iam.create_role(
        RoleName=f"r-{uuid4().hex}", AssumeRolePolicyDocument=json.dumps(document)
    )
    return str(role["Role"]["Arn"])


# The port: "None: the function does not exist, or its digest is unknown."
def test_missing_function_has_no_digest(clients: "Clients") -> None:
    assert functions_of(clients).package_digest(f"f-{uuid4().hex}") is None


# The ports: "TransientError: … now. PermanentError: … cannot be read."
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("Throttling", 400, TransientError), ("AccessDenied", 403, PermanentError)],
)
def test_failed_request_of_a_check_is_an_error(
    clients: "Clients", code: str, status: int, kind: type[Exception]
) -> None:
    for client, name in (
        (clients.cloudwatch, "cloudwatch"),
        (clients.sns, "sns"),
        (clients.functions, "lambda"),
    ):
        respond_with_error(client, name, code, status)
    now = datetime.now(UTC)
    with pytest.raises(kind):
        metrics_of(clients).read([MetricQuery("n", "m", ())], since=now, until=now)
    with pytest.raises(kind):
        list(subscriptions_of(clients).of_topic("arn:aws:sns:us-east-1:111122223333:t"))
    with pytest.raises(kind):
        functions_of(clients).invoke("f", "{}")
    with pytest.raises(kind):
        functions_of(clients).event_source_state(str(uuid4()))
    with pytest.raises(kind):
        functions_of(clients).package_digest("f")
