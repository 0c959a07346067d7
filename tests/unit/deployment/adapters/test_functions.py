"""Responses of AWS Lambda and Amazon SNS that the emulators do not give."""

import io
from typing import Any

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore.response import StreamingBody
from botocore.stub import Stubber

from imgmeta.adapters.aws import Clients
from imgmeta.deployment.adapters.functions import LambdaFunctions
from imgmeta.deployment.adapters.sns import SNSSubscriptions
from imgmeta.deployment.core.findings import Invocation, Subscription
from support.aws.emulators import set_aws_environment

ARN = "arn:aws:lambda:us-east-1:111122223333:function:f"
TOPIC = "arn:aws:sns:us-east-1:111122223333:t"


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Clients:
    set_aws_environment(monkeypatch)
    return Clients(region="us-east-1")


def body(text: bytes) -> StreamingBody:
    return StreamingBody(io.BytesIO(text), len(text))


def test_outcome_of_an_invocation_is_returned(clients: Clients) -> None:
    with Stubber(clients.functions) as stub:
        stub.add_response("invoke", {"StatusCode": 200, "Payload": body(b'{"body": 1}')})
        stub.add_response(
            "invoke", {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": body(b"\xff")}
        )
        functions = LambdaFunctions(clients.functions)
        assert functions.invoke(ARN, "{}") == Invocation('{"body": 1}')
        assert functions.invoke(ARN, "{}") == Invocation("\N{REPLACEMENT CHARACTER}", failed=True)


def test_throttled_invocation_is_an_outcome(clients: Clients) -> None:
    with Stubber(clients.functions) as stub:
        stub.add_client_error("invoke", "TooManyRequestsException", http_status_code=429)
        assert LambdaFunctions(clients.functions).invoke(ARN, "{}") == Invocation(throttled=True)


def test_function_is_invoked_once_and_given_its_whole_time(clients: Clients) -> None:
    config: Any = clients.functions.meta.config  # its options are not in the stubs
    assert config.retries["total_max_attempts"] == 1
    assert config.read_timeout > 60


def test_state_of_an_event_source_mapping_is_returned(clients: Clients) -> None:
    with Stubber(clients.functions) as stub:
        stub.add_response("get_event_source_mapping", {"State": "Disabled"})
        assert LambdaFunctions(clients.functions).event_source_state("id") == "Disabled"


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"Configuration": {}},
        {"Configuration": {"CodeSha256": ""}},
        {"Configuration": {"CodeSha256": "cfn-deployed"}},
        {"Configuration": {"CodeSha256": "AAAA"}},
        {"Configuration": {"CodeSha256": "\N{LATIN SMALL LETTER E WITH ACUTE}"}},
    ],
)
def test_invalid_digest_is_unknown(clients: Clients, response: dict[str, Any]) -> None:
    """Emulators give such digests to functions whose package they did not find."""
    with Stubber(clients.functions) as stub:
        stub.add_response("get_function", response)
        assert LambdaFunctions(clients.functions).package_digest(ARN) is None


def test_pending_and_deleted_subscriptions_are_unconfirmed(clients: Clients) -> None:
    def page(arn: str, endpoint: str) -> dict[str, object]:
        each = {"SubscriptionArn": arn, "Protocol": "email", "Endpoint": endpoint}
        return {"Subscriptions": [each]}

    with Stubber(clients.sns) as stub:
        stub.add_response(
            "list_subscriptions_by_topic",
            page("PendingConfirmation", "a@example.com") | {"NextToken": "next"},
            {"TopicArn": TOPIC},
        )
        stub.add_response(
            "list_subscriptions_by_topic",
            page(f"{TOPIC}:1", "b@example.com") | {"NextToken": "last"},
            {"TopicArn": TOPIC, "NextToken": "next"},
        )
        stub.add_response(
            "list_subscriptions_by_topic",
            page("Deleted", "c@example.com"),
            {"TopicArn": TOPIC, "NextToken": "last"},
        )
        assert list(SNSSubscriptions(clients.sns).of_topic(TOPIC)) == [
            Subscription("email", "a@example.com", confirmed=False),
            Subscription("email", "b@example.com", confirmed=True),
            Subscription("email", "c@example.com", confirmed=False),
        ]
