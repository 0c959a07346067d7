"""Tests with truncated responses from AWS, which botocore reports in several ways or not at all."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from imgmeta import ObjectLocation, PresentObject, TransientError
from imgmeta.core.hints import Hint
from imgmeta.core.notifications import Notification
from imgmeta.core.timestamps import EPOCH
from support.aws.moto import HAS_AWS, respond_with_error, s3_in_memory

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

from imgmeta.adapters.aws import Clients, clients
from imgmeta.adapters.dynamodb import DynamoDBImageRepository
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.adapters.sns import SNSNotifier
from imgmeta.adapters.sqs import SQSHintQueue
from support.aws.emulators import clients_at, set_aws_environment
from support.aws.faults import disable_retry_delays
from support.http.scripted_server import scripted_server

PLACE = ObjectLocation("holiday", "a.jpg")
LISTING = b"<ListBucketResult><Contents><Key>a.jpg</Key>"
PUBLISHED = b"<PublishResponse><PublishResult><MessageId>1</Mess"


def truncated(status: str, body: bytes, *, chunked: bool = False) -> bytes:
    """Return a response that is shorter than it should be."""
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body) + 100}"
    first = b"%x\r\n%s" % (len(body) + 100, body) if chunked else body
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\n{length}\r\n\r\n"
    return head.encode() + first


@contextmanager
def serving(
    monkeypatch: pytest.MonkeyPatch, *responses: bytes, attempts: int = 1, direct: bool = True
) -> Generator[Clients]:
    """Yield clients of a server that sends these responses, each on a connection of its own."""
    set_aws_environment(monkeypatch)
    monkeypatch.setattr(clients, "_ATTEMPTS", attempts)
    with scripted_server(*([each] for each in responses)) as server:
        yield clients_at(server.url, direct=direct)


@pytest.mark.parametrize("chunked", [False, True])
def test_truncated_listing_is_transient(monkeypatch: pytest.MonkeyPatch, *, chunked: bool) -> None:
    with serving(monkeypatch, truncated("200 OK", LISTING, chunked=chunked)) as aws:
        listing = S3ObjectStore(aws.s3).list("holiday")
        with pytest.raises(TransientError, match="cannot list s3://holiday/"):
            list(listing)


@pytest.mark.parametrize("chunked", [False, True])
def test_truncated_error_response_is_transient(
    monkeypatch: pytest.MonkeyPatch, *, chunked: bool
) -> None:
    response = truncated("503 Slow Down", b"<Error><Code>Slow", chunked=chunked)
    with serving(monkeypatch, response) as aws:
        store = S3ObjectStore(aws.s3)
        with pytest.raises(TransientError, match=r"cannot read s3://.*a\.jpg"):
            store.observe(PLACE)


@pytest.mark.parametrize("chunked", [False, True])
def test_truncated_publish_response_is_transient(
    monkeypatch: pytest.MonkeyPatch, *, chunked: bool
) -> None:
    class Hello(Notification):
        def subject(self) -> str:
            return "hello"

        def text(self, *, limit: int = 0) -> str:
            return "hello"[: limit or None]

        def values(self) -> dict[str, object]:
            return {}

    with serving(monkeypatch, truncated("200 OK", PUBLISHED, chunked=chunked)) as aws:
        notifier = SNSNotifier(aws.sns, "arn:aws:sns:us-east-1:111122223333:images")
        with pytest.raises(TransientError):
            notifier.notify(Hello())


ITEM = b'{"Item":{"ImageId":{"S":"x"},"Stat'
PAGE = b'{"Count":1,"Items":[{"ImageId":{"S":"x"}}'
SENT = b'{"Successful":[{"Id":"0"'


@pytest.mark.parametrize(
    ("direct", "reason"), [(False, "was cut short"), (True, "the connection was lost")]
)
@pytest.mark.parametrize("body", [ITEM, b"{", b'{"Item":{}}'])
def test_truncated_item_is_not_a_missing_record(
    monkeypatch: pytest.MonkeyPatch, body: bytes, reason: str, *, direct: bool
) -> None:
    with (
        serving(monkeypatch, truncated("200 OK", body), direct=direct) as aws,
        DynamoDBImageRepository(aws.dynamodb, "images", clock=lambda: EPOCH) as repository,
        pytest.raises(TransientError, match=f"cannot read .*{reason}"),
    ):
        repository.get(PLACE.image_id)


def test_truncated_page_of_items_is_not_an_empty_index(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(monkeypatch, truncated("200 OK", PAGE)) as aws,
        DynamoDBImageRepository(aws.dynamodb, "images", clock=lambda: EPOCH) as repository,
        pytest.raises(TransientError, match="cannot read the table images"),
    ):
        list(repository.list_prefix("holiday"))


def test_truncated_response_to_sent_hints_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgmeta.adapters.sqs._RETRY_DELAYS", ())
    with serving(monkeypatch, truncated("200 OK", SENT)) as aws:
        queue = SQSHintQueue(aws.sqs, f"{aws.sqs.meta.endpoint_url}/111122223333/images")
        with pytest.raises(TransientError):
            queue.send([Hint(PLACE)])


@pytest.mark.parametrize("direct", [False, True])
def test_truncated_response_is_requested_again(
    monkeypatch: pytest.MonkeyPatch, *, direct: bool
) -> None:
    disable_retry_delays(monkeypatch)
    item = b'{"Item":{}}'
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(item), item)
    responses = [truncated("200 OK", ITEM), whole]
    with serving(monkeypatch, *responses, attempts=2, direct=direct) as aws:
        response = aws.dynamodb.get_item(TableName="images", Key={"ImageId": {"S": "x"}})
    assert response["ResponseMetadata"]["RetryAttempts"] == 1


def test_empty_object_is_recognized_by_status_without_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with s3_in_memory(monkeypatch) as client:
        client.create_bucket(Bucket="holiday")
        client.put_object(Bucket="holiday", Key="a.jpg", Body=b"")
        respond_with_error(client, "s3.GetObject", "416", 416)
        observed = S3ObjectStore(client).observe(PLACE)
        assert isinstance(observed, PresentObject)
        assert observed.size == 0


def test_empty_object_is_recognized_without_content_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def omit_length(parsed: dict[str, Any], **_: object) -> None:
        del parsed["ContentLength"]

    with s3_in_memory(monkeypatch) as client:
        client.create_bucket(Bucket="holiday")
        client.put_object(Bucket="holiday", Key="a.jpg", Body=b"")
        client.meta.events.register("after-call.s3.HeadObject", omit_length)
        observed = S3ObjectStore(client).observe(PLACE)
        assert isinstance(observed, PresentObject)
        assert observed.size == 0
