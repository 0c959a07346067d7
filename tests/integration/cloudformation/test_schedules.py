"""The schedules for digests and audits, and the dead-letter queue for undelivered requests."""

import json
from typing import Any

import pytest

pytest.importorskip("yaml")

from imgmeta.core.events import parse_event
from integration.cloudformation.template_model import Stack

STACK = Stack()
RULES = ("DigestRule", "AuditRule", "BucketEventsRule")
SERVED = Stack(given={"Buckets": "photos"})


def arn(name: str, stack: Stack = SERVED) -> str:
    return str(stack.resolve({"Fn::GetAtt": [name, "Arn"]}))


def target(name: str, stack: Stack = SERVED) -> dict[str, Any]:
    (found,) = stack.properties(name)["Targets"]
    return dict(found)


def allowed(policy: str, stack: Stack) -> dict[str, dict[str, Any]]:
    document = stack.properties(policy)["PolicyDocument"]
    return {each["Sid"]: each for each in document["Statement"]}


def test_weekly_schedule_sends_the_request_for_an_audit_to_the_queue() -> None:
    assert STACK.properties("AuditRule")["ScheduleExpression"] == "cron(0 4 ? * SUN *)"
    sent = target("AuditRule", STACK)
    assert sent["Arn"] == arn("ImageQueue", STACK)
    assert json.loads(sent["Input"]) == {"imgmeta": "audit"}


def test_queue_accepts_requests_only_of_the_audit_schedule() -> None:
    statement = allowed("ImageQueuePolicy", STACK)["AllowTheAudit"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert (statement["Action"], statement["Resource"]) == (
        "sqs:SendMessage",
        arn("ImageQueue", STACK),
    )
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": arn("AuditRule", STACK)}}


def test_empty_audit_schedule_creates_no_rule() -> None:
    stack = Stack(given={"AuditSchedule": ""})
    assert list(stack.of_type("AWS::Events::Rule")) == ["DigestRule"]
    assert "AllowTheAudit" not in allowed("ImageQueuePolicy", stack)


@pytest.mark.parametrize("name", RULES)
def test_undeliverable_events_are_dead_lettered(name: str) -> None:
    assert target(name)["DeadLetterConfig"] == {"Arn": arn("DeadLetterQueue")}


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({"Buckets": "photos"}, RULES),
        ({}, ("DigestRule", "AuditRule")),
        ({"AuditSchedule": ""}, ("DigestRule",)),
        ({"DigestSchedule": ""}, ("AuditRule",)),
        ({"Buckets": "photos", "AuditSchedule": "", "DigestSchedule": ""}, ("BucketEventsRule",)),
    ],
)
def test_dead_letter_queue_accepts_events_only_of_these_rules(
    given: dict[str, str], rules: tuple[str, ...]
) -> None:
    stack = Stack(given=given)
    statement = allowed("DeadLetterQueuePolicy", stack)["AllowTheRules"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert (statement["Action"], statement["Resource"]) == (
        "sqs:SendMessage",
        arn("DeadLetterQueue", stack),
    )
    sources = [arn(name, stack) for name in rules]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": sources}}


def test_dead_letter_queue_accepts_no_events_without_rules() -> None:
    stack = Stack(given={"AuditSchedule": "", "DigestSchedule": ""})
    assert set(allowed("DeadLetterQueuePolicy", stack)) == {"DenyInsecureTransport"}


class TestFailedDigests:
    """A failed digest is in the dead-letter queue, in a form that can be sent again."""

    def test_undelivered_digest_is_a_request_for_a_digest(self) -> None:
        # Amazon EventBridge User Guide, "Using dead-letter queues to process undelivered events".
        (request,) = parse_event(target("DigestRule", STACK)["Input"]).digests
        assert request.hours == 24

    def test_record_of_a_failed_digest_is_a_request_for_a_digest(self) -> None:
        # AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".
        record = {
            "version": "1.0",
            "timestamp": "2026-03-01T06:03:02.000Z",
            "requestContext": {
                "requestId": "7e1b0a0c-1b1f-4d7c-8f57-2f1e3f6b1c11",
                "functionArn": f"{arn('ImageProcessorLambda', STACK)}:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": json.loads(target("DigestRule", STACK)["Input"]),
            "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
            "responsePayload": {"errorMessage": "throttled", "errorType": "TransientError"},
        }
        (request,) = parse_event(json.dumps(record)).digests
        assert request.hours == 24
