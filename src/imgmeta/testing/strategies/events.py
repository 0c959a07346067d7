"""Events as AWS delivers them, created independently of the code that parses them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote_plus

from hypothesis import strategies as st

from imgmeta.core.hints import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.testing.strategies.documents import Document


@dataclass(frozen=True)
class ObjectEvent:
    """A change of one object, without a transport."""

    key: str
    bucket: str = "holiday"
    sequencer: str | None = "00617F08299329D189"
    time: datetime = datetime(2026, 11, 23, 6, 30, 1, 234_000, tzinfo=UTC)
    name: str = "ObjectCreated:Put"


def notified(event: ObjectEvent) -> Document:
    """Return one record of an S3 event notification 2.x."""
    described: Document = {"key": quote_plus(event.key, safe="/"), "size": 1, "eTag": "d41d"}
    if event.sequencer is not None:
        described["sequencer"] = event.sequencer
    return {
        "eventVersion": "2.6",
        "eventSource": "aws:s3",
        "awsRegion": "eu-central-1",
        "eventTime": event.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": event.name,
        "userIdentity": {"principalId": "AWS:EXAMPLE"},
        "requestParameters": {"sourceIPAddress": "192.0.2.1"},
        "responseElements": {"x-amz-request-id": "EXAMPLE", "x-amz-id-2": "EXAMPLE"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "images",
            "bucket": {
                "name": event.bucket,
                "ownerIdentity": {"principalId": "EXAMPLE"},
                "arn": f"arn:aws:s3:::{event.bucket}",
            },
            "object": described,
        },
    }


def notification(*events: ObjectEvent) -> Document:
    """Return an S3 event notification."""
    return {"Records": [notified(event) for event in events]}


def bus_event(event: ObjectEvent) -> Document:
    """Return the event that S3 sends to an EventBridge bus."""
    described: Document = {"key": event.key, "size": 1, "etag": "d41d"}
    if event.sequencer is not None:
        described["sequencer"] = event.sequencer
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "111122223333",
        "time": event.time.isoformat().replace("+00:00", "Z"),
        "region": "eu-central-1",
        "resources": [f"arn:aws:s3:::{event.bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": event.bucket},
            "object": described,
            "request-id": "EXAMPLE",
            "requester": "111122223333",
            "reason": "PutObject",
        },
    }


def minio_event(event: ObjectEvent) -> Document:
    """Return the event that MinIO sends; its keys are encoded as in a query."""
    record = notified(event) | {"eventVersion": "2.0", "eventSource": "minio:s3"}
    described = cast("Document", cast("Document", record["s3"])["object"])
    described["key"] = quote_plus(event.key)
    return {
        "EventName": f"s3:{event.name}",
        "Key": f"{event.bucket}/{event.key}",
        "Records": [record | {"eventName": f"s3:{event.name}"}],
    }


def ceph_event(event: ObjectEvent) -> Document:
    """Return the event that Ceph sends; its keys are not encoded."""
    record = notified(event) | {"eventVersion": "2.2", "eventSource": "ceph:s3"}
    cast("Document", cast("Document", record["s3"])["object"])["key"] = event.key
    return {"Records": [record]}


def failed_invocation(payload: object, condition: str = "RetriesExhausted") -> Document:
    """Return the record that Lambda sends to the destination of an asynchronous invocation."""
    return {
        "version": "1.0",
        "timestamp": "2026-11-23T06:30:01.234Z",
        "requestContext": {
            "requestId": "r-0",
            "functionArn": "arn:aws:lambda:eu-central-1:111122223333:function:images:$LATEST",
            "condition": condition,
            "approximateInvokeCount": 3,
        },
        "requestPayload": payload,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "slow down", "errorType": "TransientError"},
    }


def on_bus(record: Document) -> Document:
    """Return the EventBridge event with a record of a failed invocation."""
    return {
        "version": "0",
        "id": "b-0",
        "detail-type": "Lambda Function Invocation Result - Failure",
        "source": "lambda",
        "time": "2026-11-23T06:30:01Z",
        "detail": record,
    }


def own_message(event: ObjectEvent) -> Document:
    """Return the event as a message of imgmeta."""
    described: Document = {"key": event.key}
    if event.sequencer is not None:
        described["sequencer"] = event.sequencer
    record: Document = {
        "eventVersion": "1.0",
        "eventSource": "imgmeta",
        "eventTime": event.time.isoformat(),
        "s3": {"bucket": {"name": event.bucket}, "object": described},
    }
    return {"Records": [record]}


def setup_message() -> Document:
    """Return the test event that S3 sends when notifications are configured."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "2026-11-23T06:30:01.234Z",
        "Bucket": "holiday",
        "RequestId": "EXAMPLE",
        "HostId": "EXAMPLE",
    }


def queued(content: object, message_id: str = "m-0") -> Document:
    """Return a message of an SQS queue, as Lambda receives it."""
    return {
        "messageId": message_id,
        "receiptHandle": "EXAMPLE",
        "body": json.dumps(content),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "md5OfBody": "EXAMPLE",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:images",
        "awsRegion": "eu-central-1",
    }


def queue(*contents: object) -> Document:
    """Return a batch of SQS messages `m-0`, `m-1`, … with these contents."""
    return {"Records": [queued(content, f"m-{number}") for number, content in enumerate(contents)]}


def published(content: object) -> Document:
    """Return an SNS notification as an SQS queue receives it, with its envelope."""
    return {
        "Type": "Notification",
        "MessageId": "n-0",
        "TopicArn": "arn:aws:sns:eu-central-1:111122223333:images",
        "Subject": "Amazon S3 Notification",
        "Message": json.dumps(content),
        "Timestamp": "2026-11-23T06:30:01.234Z",
        "SignatureVersion": "1",
    }


def topic(content: object) -> Document:
    """Return an SNS notification as Lambda receives it."""
    return {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSubscriptionArn": "arn:aws:sns:eu-central-1:111122223333:images:1",
                "EventSource": "aws:sns",
                "Sns": published(content),
            }
        ]
    }


def invocation(version: str, *keys: str, bucket: str = "holiday") -> Document:
    """Return an S3 Batch Operations invocation with tasks `t-0`, `t-1`, …; keys are encoded."""
    named = {"s3BucketArn": f"arn:aws:s3:::{bucket}"} if version == "1.0" else {"s3Bucket": bucket}
    return {
        "invocationSchemaVersion": version,
        "invocationId": "EXAMPLE",
        "job": {"id": "f3cc4f60", "userArguments": {"any": "thing"}},
        "tasks": [
            {"taskId": f"t-{number}", "s3Key": key, "s3VersionId": None, **named}
            for number, key in enumerate(keys)
        ],
    }


DELIVERIES: dict[str, Callable[[ObjectEvent], object]] = {
    "S3": notification,
    "S3 in SQS": lambda event: queue(notification(event)),
    "S3 in SNS": lambda event: topic(notification(event)),
    "S3 in SNS in SQS": lambda event: queue(published(notification(event))),
    "EventBridge": bus_event,
    "EventBridge in SQS": lambda event: queue(bus_event(event)),
    "EventBridge in SNS": lambda event: topic(bus_event(event)),
    "EventBridge in SNS in SQS": lambda event: queue(published(bus_event(event))),
    "imgmeta": own_message,
    "imgmeta in SQS": lambda event: queue(own_message(event)),
    "imgmeta in SNS": lambda event: topic(own_message(event)),
    "imgmeta in SNS in SQS": lambda event: queue(published(own_message(event))),
    "S3 as text": lambda event: json.dumps(notification(event)),
    "EventBridge as bytes": lambda event: json.dumps(bus_event(event)).encode(),
    "MinIO": minio_event,
    "MinIO in SQS": lambda event: queue(minio_event(event)),
    "SQS in Pipes": lambda event: [queued(notification(event))],
    "S3 in Pipes": lambda event: [notification(event)],
    "S3 as text in Pipes": lambda event: [json.dumps(notification(event))],
    "record in Pipes": lambda event: [notified(event)],
    "EventBridge in Pipes": lambda event: [bus_event(event)],
    "S3 in a failed invocation": lambda event: failed_invocation(notification(event)),
    "S3 in a failed invocation in SQS": lambda event: queue(failed_invocation(notification(event))),
    "S3 in a failed invocation in SNS": lambda event: topic(failed_invocation(notification(event))),
    "S3 in a failed invocation in SNS in SQS": lambda event: queue(
        published(failed_invocation(notification(event)))
    ),
    "S3 in a failed invocation in EventBridge in SQS": lambda event: queue(
        on_bus(failed_invocation(notification(event)))
    ),
    "EventBridge in a failed invocation in SQS": lambda event: queue(
        failed_invocation(bus_event(event))
    ),
    "SNS in a failed invocation in SQS": lambda event: queue(
        failed_invocation(topic(notification(event)))
    ),
    "Pipes in a failed invocation": lambda event: failed_invocation([queued(notification(event))]),
}
"""All transports of an event. With raw message delivery, SNS in SQS is the same as SQS alone."""


keys = st.text(min_size=1, max_size=200).filter(lambda key: len(key.encode()) <= 1024)
buckets = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True)
sequencers = st.integers(0, 16**18).map("{:018X}".format)
object_events: st.SearchStrategy[ObjectEvent] = st.builds(
    ObjectEvent,
    key=keys,
    bucket=buckets,
    sequencer=st.none() | sequencers,
    time=st.datetimes(timezones=st.just(UTC)).map(
        lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
    ),
    name=st.sampled_from(
        ["ObjectCreated:CompleteMultipartUpload", "ObjectRemoved:DeleteMarkerCreated", "Other"]
    ),
)
"""Any change of an object."""


def hints(message_ids: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Hint]:
    """Return a strategy for hints of objects in S3."""
    return st.builds(
        Hint,
        st.builds(ObjectLocation, buckets, keys),
        sequencer=st.none() | st.integers(0, 16**32 - 1).map("{:032X}".format),
        message_id=st.just("") if message_ids is None else message_ids,
        occurred_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        alternate_key=st.none() | keys,
        force=st.booleans(),
        audit=st.booleans(),
    ).filter(lambda hint: hint.alternate_key != hint.location.key)
