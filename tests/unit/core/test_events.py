import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from imgmeta.core.content_hashes import HashKind
from imgmeta.core.events import (
    Delivery,
    Hint,
    MalformedEntry,
    ParsedEvent,
    Transport,
    encode_hint,
    parse_event,
    receive_counts,
)
from imgmeta.core.hints import DigestRequest
from imgmeta.core.objects import ObjectLocation
from support.strategies.events import (
    DELIVERIES,
    Document,
    ObjectEvent,
    bus_event,
    ceph_event,
    failed_invocation,
    invocation,
    minio_event,
    notification,
    notified,
    on_bus,
    own_message,
    published,
    queue,
    queued,
    setup_message,
    topic,
    with_value,
)

BEACH = ObjectEvent("2026/beach.jpg")
HINT = Hint(
    ObjectLocation("holiday", "2026/beach.jpg"),
    sequencer="00617F08299329D189".zfill(32),
    occurred_at=datetime(2026, 11, 23, 6, 30, 1, 234_000, tzinfo=UTC),
)
BUS_ID = "17793124-05d4-b198-2fde-7ededc63b103"


def reason(event: object) -> str:
    parsed = parse_event(event)
    assert parsed.hints == ()
    (entry,) = parsed.malformed
    return entry.reason


def key_of(event: object) -> str:
    (hint,) = parse_event(event).hints
    return hint.location.key


@pytest.mark.parametrize(
    ("delivery", "transport", "message_id"),
    [
        ("S3", Transport.S3, ""),
        ("S3 in SQS", Transport.SQS, "m-0"),
        ("S3 in SNS", Transport.SNS, "n-0"),
        ("S3 in SNS in SQS", Transport.SQS, "m-0"),
        ("EventBridge", Transport.EVENTBRIDGE, BUS_ID),
        ("EventBridge in SQS", Transport.SQS, "m-0"),
        ("EventBridge in SNS", Transport.SNS, "n-0"),
        ("EventBridge in SNS in SQS", Transport.SQS, "m-0"),
        ("imgmeta", Transport.S3, ""),
        ("imgmeta in SQS", Transport.SQS, "m-0"),
        ("imgmeta in SNS", Transport.SNS, "n-0"),
        ("imgmeta in SNS in SQS", Transport.SQS, "m-0"),
        ("S3 as text", Transport.S3, ""),
        ("EventBridge as bytes", Transport.EVENTBRIDGE, BUS_ID),
    ],
)
def test_hint_has_the_id_of_the_outermost_message(
    delivery: str, transport: Transport, message_id: str
) -> None:
    parsed = parse_event(DELIVERIES[delivery](BEACH))
    (hint,) = parsed.hints
    assert hint.message_id == message_id
    assert parsed.transport is transport
    assert parsed.message_ids == ((message_id,) if message_id else ())
    assert parsed.malformed == ()


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_batch_operations_invocation_gives_one_hint_per_task(version: str) -> None:
    assert parse_event(invocation(version, "a.jpg", "b%20c.jpg")) == ParsedEvent(
        Transport.BATCH_OPERATIONS,
        (
            Hint(ObjectLocation("holiday", "a.jpg"), message_id="t-0"),
            Hint(ObjectLocation("holiday", "b c.jpg"), message_id="t-1"),
        ),
        (),
        ("t-0", "t-1"),
    )


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:s3:::holiday",
        "arn:aws-cn:s3:::holiday",
        "arn:aws-us-gov:s3:::holiday",
        "arn:aws:s3:us-east-1:0123456788:holiday",
    ],
)
def test_bucket_arn_is_accepted_in_every_partition(arn: str) -> None:
    event = with_value(invocation("1.0", "a.jpg"), ("tasks", 0, "s3BucketArn"), arn)
    (hint,) = parse_event(event).hints
    assert hint.location.bucket == "holiday"


@pytest.mark.parametrize(
    "arn",
    [
        "holiday",
        "arn:aws:s3:::",
        "arn:aws:sns:eu-central-1:111122223333:holiday",
        "arn:aws:s3:eu-central-1:111122223333:accesspoint/images",
        "arn:aws:s3:::holi\nday",
    ],
)
def test_arn_of_another_resource_is_malformed(arn: str) -> None:
    event = with_value(invocation("1.0", "a.jpg"), ("tasks", 0, "s3BucketArn"), arn)
    assert reason(event).isprintable()


@pytest.mark.parametrize("version", ["3.0", "", None, 1])
def test_every_task_of_an_unknown_schema_is_reported(version: object) -> None:
    event = invocation("1.0", "a.jpg", "b.jpg") | {"invocationSchemaVersion": version}
    parsed = parse_event(event)
    assert parsed.transport is Transport.BATCH_OPERATIONS
    assert [entry.message_id for entry in parsed.malformed] == ["t-0", "t-1"]


def test_each_invocation_version_has_its_own_bucket_attribute() -> None:
    assert "s3Bucket" in reason(invocation("1.0", "a.jpg") | {"invocationSchemaVersion": "2.0"})
    assert "s3BucketArn" in reason(invocation("2.0", "a.jpg") | {"invocationSchemaVersion": "1.0"})


@pytest.mark.parametrize(
    ("encoded", "key", "alternate"),
    [
        ("a.jpg", "a.jpg", None),
        ("a+b.jpg", "a b.jpg", "a+b.jpg"),
        ("a+b%2Bc%20d.jpg", "a b+c d.jpg", "a+b+c d.jpg"),
        ("a%2Bb.jpg", "a+b.jpg", None),
        ("%E6%9D%B1.jpg", "東.jpg", None),
    ],
)
def test_plus_in_a_manifest_is_a_space_and_alternatively_a_plus(
    encoded: str, key: str, alternate: str | None
) -> None:
    (hint,) = parse_event(invocation("1.0", encoded)).hints
    assert (hint.location.key, hint.alternate_key) == (key, alternate)


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("red+flower.jpg", "red flower.jpg"),
        ("1%2B1%3D2.jpg", "1+1=2.jpg"),
        ("%E6%9D%B1%E4%BA%AC/%F0%9F%93%B7.jpg", "東京/📷.jpg"),
        ("100%25.jpg", "100%.jpg"),
        ("東.jpg", "東.jpg"),
    ],
)
def test_notification_key_is_form_decoded(encoded: str, key: str) -> None:
    place = ("Records", 0, "s3", "object", "key")
    assert key_of(with_value(notification(BEACH), place, encoded)) == key


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("in%2Fa.jpg", "in/a.jpg"),
        ("a+b%2Bc.jpg", "a b+c.jpg"),
        ("%E6%9D%B1%2F100%25.jpg", "東/100%.jpg"),
    ],
)
def test_minio_key_is_form_decoded(encoded: str, key: str) -> None:
    place = ("Records", 0, "s3", "object", "key")
    assert key_of(with_value(minio_event(BEACH), place, encoded)) == key


@pytest.mark.parametrize("key", ["a+b.jpg", "a%20b.jpg", "100%.jpg", "in/東.jpg"])
def test_ceph_key_is_not_decoded(key: str) -> None:
    assert key_of(ceph_event(replace(BEACH, key=key))) == key


def test_ceph_sequencer_is_ignored() -> None:
    assert parse_event(queue(ceph_event(BEACH))).hints == (
        replace(HINT, sequencer=None, message_id="m-0"),
    )


@pytest.mark.parametrize("deliver", [minio_event, ceph_event])
def test_notification_of_a_compatible_server_must_have_version_2(
    deliver: Callable[[ObjectEvent], object],
) -> None:
    event = with_value(deliver(BEACH), ("Records", 0, "eventVersion"), "3.0")
    assert "expected 2.x" in reason(event)


def test_eventbridge_key_is_not_decoded() -> None:
    place = ("detail", "object", "key")
    assert key_of(with_value(bus_event(BEACH), place, "a+b%20c.jpg")) == "a+b%20c.jpg"


@pytest.mark.parametrize("version", ["2.0", "2.1", "2.6", "2.17", "2", None])
def test_every_notification_of_version_2_is_accepted(version: str | None) -> None:
    event = with_value(notification(BEACH), ("Records", 0, "eventVersion"), version)
    assert parse_event(event).hints == (HINT,)


@pytest.mark.parametrize(
    "version",
    ["1.0", "3.0", "20.1", "", 2, pytest.param(10**5_000, id="huge"), [], "\x1b[31m2" * 99],
)
def test_notification_of_another_version_is_malformed(version: object) -> None:
    event = with_value(notification(BEACH), ("Records", 0, "eventVersion"), version)
    message = reason(event)
    assert "expected 2.x" in message
    assert message.isprintable()
    assert len(message) < 200


def test_notification_with_only_bucket_and_key_is_accepted() -> None:
    record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}
    assert parse_event({"Records": [record]}).hints == (Hint(ObjectLocation("b", "k")),)


@pytest.mark.parametrize(
    "name",
    [
        "ObjectRemoved:Delete",
        "LifecycleExpiration:Delete",
        "ObjectRestore:Completed",
        "ObjectTagging:Put",
        "",
        7,
    ],
)
def test_every_event_name_gives_a_hint(name: object) -> None:
    event = with_value(notification(BEACH), ("Records", 0, "eventName"), name)
    assert parse_event(event).hints == (HINT,)


@pytest.mark.parametrize("sequencer", ["not hexadecimal", "", None, 17, ["1"], "F" * 33])
def test_invalid_sequencer_gives_a_hint_without_a_sequencer(
    sequencer: object,
) -> None:
    for document, place in (
        (notification(BEACH), ("Records", 0, "s3", "object", "sequencer")),
        (bus_event(BEACH), ("detail", "object", "sequencer")),
    ):
        (hint,) = parse_event(with_value(document, place, sequencer)).hints
        assert hint.location == HINT.location
        assert hint.sequencer is None


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("2026-11-23T08:30:01+02:00", datetime(2026, 11, 23, 6, 30, 1, tzinfo=UTC)),
        ("1970-01-01T00:00:00.000Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2026-11-23T06:30:01", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("yesterday", None),
        (1_795_000_000, None),
        (None, None),
    ],
)
def test_event_time_must_be_timezone_aware(time: object, moment: datetime | None) -> None:
    event = with_value(notification(BEACH), ("Records", 0, "eventTime"), time)
    (hint,) = parse_event(event).hints
    assert hint.occurred_at == moment


@pytest.mark.parametrize(
    ("transport", "event"),
    [
        (Transport.S3, setup_message()),
        (Transport.S3, json.dumps(setup_message())),
        (Transport.SQS, queue(setup_message())),
        (Transport.SQS, queue(published(setup_message()))),
        (Transport.SNS, topic(setup_message())),
        (Transport.SNS, published(setup_message())),
        (Transport.EVENTBRIDGE, bus_event(BEACH) | {"detail": setup_message()}),
        (Transport.S3, {"Records": [setup_message()]}),
    ],
)
def test_s3_test_event_gives_no_hint(transport: Transport, event: object) -> None:
    parsed = parse_event(event)
    assert parsed.transport is transport
    assert parsed.hints == ()
    assert parsed.malformed == ()


@pytest.mark.parametrize("event", [{"Records": []}, queue(notification())])
def test_empty_batch_gives_no_hint(event: object) -> None:
    parsed = parse_event(event)
    assert (parsed.hints, parsed.malformed) == ((), ())


@pytest.mark.parametrize("separator", ["/", ":"])
def test_own_message_can_name_an_access_point(separator: str) -> None:
    arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint"
    place = ("Records", 0, "s3", "bucket", "name")
    event = with_value(own_message(BEACH), place, f"{arn}{separator}photos")
    if separator == "/":
        (hint,) = parse_event(event).hints
        assert hint.location == ObjectLocation(f"{arn}/photos", "2026/beach.jpg")
        assert parse_event(encode_hint(hint)).hints == (hint,)
    else:  # not normalized: another name for the same access point
        assert "invalid bucket name" in reason(event)


@pytest.mark.parametrize("name", ["", None, 3, "a/b", "file://", "ho liday", "x" * 256, "\ud800"])
def test_invalid_bucket_name_is_malformed(name: object) -> None:
    event = with_value(notification(BEACH), ("Records", 0, "s3", "bucket", "name"), name)
    assert reason(event).isprintable()


@pytest.mark.parametrize("key", ["", None, 3, ["a.jpg"], "x" * 1_025, "é" * 513, "\ud800.jpg"])
@pytest.mark.parametrize(
    ("document", "place"),
    [
        (notification(BEACH), ("Records", 0, "s3", "object", "key")),
        (bus_event(BEACH), ("detail", "object", "key")),
        (own_message(BEACH), ("Records", 0, "s3", "object", "key")),
        (invocation("1.0", "a.jpg"), ("tasks", 0, "s3Key")),
        (invocation("2.0", "a.jpg"), ("tasks", 0, "s3Key")),
    ],
)
def test_invalid_key_is_malformed(
    document: Document, place: tuple[str | int, ...], key: object
) -> None:
    assert reason(with_value(document, place, key)).isprintable()


def test_key_of_1024_bytes_is_accepted() -> None:
    assert key_of(notification(ObjectEvent("é" * 512))) == "é" * 512


@pytest.mark.parametrize("key", ["%FF.jpg", "%ED%A0%80.jpg", "a%C3.jpg"])
def test_key_that_does_not_decode_to_utf8_is_malformed(key: str) -> None:
    place = ("Records", 0, "s3", "object", "key")
    assert "UTF-8" in reason(with_value(notification(BEACH), place, key))
    assert "UTF-8" in reason(invocation("1.0", key))


@pytest.mark.parametrize(
    "event",
    [
        None,
        True,
        0,
        1.5,
        [],
        {},
        "",
        b"\xff",
        "not JSON",
        '"a string"',
        "null",
        pytest.param("[" * 200_000, id="deep lists"),
        pytest.param('{"a":' * 200_000, id="deep objects"),
        pytest.param("1" * 10_000, id="a huge number"),
        [{}],
        ["[]"],
        ["not JSON"],
        [[[[[[[[[notification(BEACH)]]]]]]]]],
        {"Records": None},
        {"Records": "none"},
        {"tasks": {}},
        {"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification"},
        {"imgmeta": "paint"},
    ],
)
def test_unsupported_event_is_malformed(event: object) -> None:
    parsed = parse_event(event)
    assert parsed.transport is None
    assert parsed.hints == ()
    assert [entry.message_id for entry in parsed.malformed] == [""]


def test_list_gives_the_hints_of_all_its_members() -> None:
    malformed = queued("not an event", "m-1")
    parsed = parse_event([queued(notification(BEACH)), malformed, 7, bus_event(BEACH)])
    assert parsed.transport is Transport.SQS
    assert [hint.message_id for hint in parsed.hints] == ["m-0", BUS_ID]
    assert [entry.message_id for entry in parsed.malformed] == ["m-1", ""]


def test_empty_list_in_a_list_is_malformed() -> None:
    parsed = parse_event([notification(BEACH), []])
    assert parsed.hints == (HINT,)
    assert len(parsed.malformed) == 1


@pytest.mark.parametrize("condition", ["RetriesExhausted", "EventAgeExceeded", "New"])
def test_record_of_a_failed_invocation_gives_its_hints(condition: str) -> None:
    parsed = parse_event(failed_invocation(notification(BEACH), condition))
    assert parsed.hints == (replace(HINT, message_id="r-0"),)
    assert (parsed.transport, parsed.message_ids) == (Transport.LAMBDA, ("r-0",))


def test_record_of_a_successful_invocation_gives_nothing() -> None:
    parsed = parse_event(queue(failed_invocation(notification(BEACH), "Success")))
    assert parsed == ParsedEvent(Transport.SQS, message_ids=("m-0",))


@pytest.mark.parametrize("payload", [None, {}, {"a": "b"}, "text", 7, {"imgmeta": "paint"}])
def test_failed_invocation_of_another_function_is_malformed(payload: object) -> None:
    parsed = parse_event(queue(failed_invocation(payload)))
    assert parsed.hints == ()
    assert [entry.message_id for entry in parsed.malformed] == ["m-0"]


DIGEST = {"imgmeta": "digest", "hours": 48}


@pytest.mark.parametrize(
    ("event", "message_id"),
    [
        (DIGEST, ""),
        (queue(DIGEST), "m-0"),
        (queue(published(DIGEST)), "m-0"),
        (failed_invocation(DIGEST), "r-0"),
        (queue(failed_invocation(DIGEST)), "m-0"),
        (queue(published(failed_invocation(DIGEST))), "m-0"),
        (on_bus(failed_invocation(DIGEST)), "b-0"),
        (queue(on_bus(failed_invocation(DIGEST))), "m-0"),
        ([queued(failed_invocation(DIGEST))], "m-0"),
    ],
)
def test_digest_command_is_a_request_through_every_transport(
    event: object, message_id: str
) -> None:
    parsed = parse_event(event)
    assert parsed.digests == (DigestRequest(48, message_id),)
    assert (parsed.hints, parsed.malformed) == ((), ())


def test_digest_without_hours_covers_a_day() -> None:
    assert parse_event(queue({"imgmeta": "digest"})).digests == (DigestRequest(24, "m-0"),)


@pytest.mark.parametrize("hours", [0, -1, 1e9, "24", True, [1]])
def test_digest_of_invalid_hours_is_malformed(hours: object) -> None:
    parsed = parse_event(queue({"imgmeta": "digest", "hours": hours}))
    assert parsed.digests == ()
    assert "invalid hours" in parsed.malformed[0].reason


@pytest.mark.parametrize(
    "record",
    [None, 7, "x", [], {}, {"eventSource": "aws:ses"}, {"eventSource": "aws:s3"}, {"Sns": {}}],
)
def test_malformed_record_does_not_affect_its_neighbors(record: object) -> None:
    parsed = parse_event({"Records": [notified(BEACH), record, notified(BEACH)]})
    assert parsed.transport is Transport.S3
    assert parsed.hints == (HINT, HINT)
    assert len(parsed.malformed) == 1


def test_message_can_give_hints_and_a_malformed_entry() -> None:
    partly_malformed = {"Records": [notified(BEACH), {"eventSource": "aws:s3"}, notified(BEACH)]}
    parsed = parse_event(queue(notification(BEACH), partly_malformed, "not an event"))
    assert [hint.message_id for hint in parsed.hints] == ["m-0", "m-1", "m-1"]
    assert [entry.message_id for entry in parsed.malformed] == ["m-1", "m-2"]
    assert parsed.message_ids == ("m-0", "m-1", "m-2")


@pytest.mark.parametrize("body", [None, 7, "", "{", "[]", "null", "{}", "\ud800", {}])
def test_queue_message_without_an_event_is_malformed(body: object) -> None:
    parsed = parse_event({"Records": [queued(None, "bad") | {"body": body}, queued({}, "worse")]})
    assert parsed.transport is Transport.SQS
    assert [entry.message_id for entry in parsed.malformed] == ["bad", "worse"]


def test_malformed_neighbor_does_not_change_the_transport() -> None:
    disguised = queued(notification(BEACH), "m-0") | {"eventSource": "aws:s3"}
    parsed = parse_event({"Records": [disguised, queued(notification(BEACH), "m-1")]})
    assert parsed.transport is Transport.SQS
    assert [entry.message_id for entry in parsed.malformed] == ["m-0"]
    assert [hint.message_id for hint in parsed.hints] == ["m-1"]


def test_queue_message_without_an_id_does_not_use_the_id_of_its_content() -> None:
    message = queued(published(bus_event(BEACH))) | {"messageId": None}
    (hint,) = parse_event({"Records": [message]}).hints
    assert hint.message_id == ""


def wrapped(times: int, wrap: Callable[[object], object], content: object) -> object:
    return wrapped(times - 1, wrap, wrap(content)) if times else content


def test_number_of_nested_envelopes_is_limited() -> None:
    assert parse_event(wrapped(7, published, notification(BEACH))).hints[0].sequencer
    assert "envelopes" in reason(wrapped(9, published, notification(BEACH)))


def test_subscription_confirmation_is_malformed() -> None:
    waiting = published("") | {"Type": "SubscriptionConfirmation"}
    assert parse_event(queue(waiting)).malformed == (
        MalformedEntry("m-0", "not a supported message or event"),
    )


@pytest.mark.parametrize("version", ["2.0", "11.0", "", None, 1])
def test_imgmeta_message_of_another_version_is_malformed(version: object) -> None:
    event = with_value(own_message(BEACH), ("Records", 0, "eventVersion"), version)
    assert "expected 1.x" in reason(event)


@pytest.mark.parametrize("alternate", ["", 7, [], "x" * 1_025, "\ud800"])
def test_invalid_alternate_key_is_malformed(alternate: object) -> None:
    place = ("Records", 0, "s3", "object", "alternateKey")
    assert reason(with_value(own_message(BEACH), place, alternate)).isprintable()


@pytest.mark.parametrize("force", [None, False, 0, 1, "true"])
def test_only_true_sets_force(force: object) -> None:
    event = with_value(own_message(BEACH), ("Records", 0, "force"), force)
    assert parse_event(event).hints == (HINT,)


def test_encoded_hint_is_one_line_of_json_without_empty_attributes() -> None:
    assert encode_hint(Hint(ObjectLocation("b", "k\0\u6771"))) == (
        '{"Records":[{"eventVersion":"1.0","eventSource":"imgmeta",'
        '"s3":{"bucket":{"name":"b"},"object":{"key":"k\\u0000\\u6771"}}}]}'
    )


@pytest.mark.parametrize(
    ("hint", "error"),
    [
        (replace(HINT, location=ObjectLocation("file://", "a.jpg")), "invalid bucket name"),
        (replace(HINT, location=ObjectLocation("holiday", "")), "empty"),
        (replace(HINT, location=ObjectLocation("holiday", "\ud800")), "UTF-8"),
        (replace(HINT, location=ObjectLocation("holiday", "x" * 1_025)), "1,025 bytes"),
        (replace(HINT, alternate_key="\ud800"), "UTF-8"),
        (replace(HINT, alternate_key=HINT.location.key), "not normalized"),
        (replace(HINT, hash_kinds=frozenset(HashKind)), "no message asks for a content hash"),
        (replace(HINT, sequencer="00617f08299329d189"), "not normalized"),
        (replace(HINT, occurred_at=datetime(2026, 11, 23)), "not normalized"),  # noqa: DTZ001 - invalid on purpose
    ],
)
def test_hint_that_would_change_cannot_be_encoded(hint: Hint, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        encode_hint(hint)


def test_delivery_has_the_message_id_of_the_queue() -> None:
    for body in (encode_hint(HINT), json.dumps(published(notification(BEACH)))):
        delivery = Delivery.of(body, message_id="m-7", receipt="r")
        assert delivery.receipt == "r"
        assert delivery.parsed == ParsedEvent(
            Transport.SQS, (replace(HINT, message_id="m-7"),), (), ("m-7",)
        )
    (entry,) = Delivery.of("not an event", message_id="m-8", receipt="r").parsed.malformed
    assert entry.message_id == "m-8"


def test_unknown_attributes_are_ignored() -> None:
    extended = notification(BEACH) | {"x": [1], "tasks": None}
    place = ("Records", 0, "s3", "extra")
    assert parse_event(with_value(extended, place, {"Records": [1]})).hints == (HINT,)


class TestReceiveCounts:
    def test_count_is_that_of_the_queue(self) -> None:
        message = queued({}, "m-7") | {"attributes": {"ApproximateReceiveCount": "3"}}
        assert receive_counts({"Records": [message, queued({}, "m-8")]}) == {"m-7": 3, "m-8": 1}
        assert receive_counts([message]) == {"m-7": 3}

    @pytest.mark.parametrize(
        "attributes",
        [None, [], {}, *({"ApproximateReceiveCount": each} for each in (3, "", "-1", "9" * 10))],
    )
    def test_missing_or_invalid_count_is_left_out(self, attributes: object) -> None:
        assert receive_counts({"Records": [queued({}) | {"attributes": attributes}]}) == {}

    @pytest.mark.parametrize("event", [None, 7, "text", {}, {"Records": 7}, {"Records": [None]}])
    def test_other_events_have_no_counts(self, event: object) -> None:
        assert receive_counts(event) == {}
