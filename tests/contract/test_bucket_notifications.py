"""The contracts of `BucketNotifications` and `EventRules`, for every adapter."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from contract.aws_accounts import ministack_clients, moto_clients
from imgmeta.deployment.core.bucket_notifications import (
    MissingBucketError,
    NotificationConfiguration,
)
from imgmeta.deployment.ports import BucketNotifications, EventRules
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from support.aws.moto import HAS_AWS, respond_with_error
from support.deployment.notifications import (
    InMemoryNotifications,
    InMemoryRules,
    notification_document,
)

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients

QUEUE = "arn:aws:sqs:us-east-1:111122223333:gone"
FOREIGN = (
    f"<QueueConfiguration><Id>a &amp; b</Id><Queue>{QUEUE}</Queue><Event>s3:ObjectCreated:*</Event>"
    "</QueueConfiguration>"
)
UNKNOWN = "<FutureConfiguration><Destination>later</Destination></FutureConfiguration>"


@dataclass
class Harness:
    """Buckets and rules of an account.

    Attributes:
        notifications: the notification configurations.
        rules: the rules.
        bucket: an existing bucket.
        add_rule: adds a rule with a name and a pattern.
        keeps_unknown: whether the service stores elements that botocore does not know.
        clients: AWS clients, if there are any.
    """

    notifications: BucketNotifications
    rules: EventRules
    bucket: str
    add_rule: Callable[[str, str], object]
    keeps_unknown: bool = True
    clients: "Clients | None" = None


def in_memory(_: pytest.FixtureRequest, __: ExitStack) -> Harness:
    notifications, rules = InMemoryNotifications(), InMemoryRules()
    notifications.add("photos")
    return Harness(notifications, rules, "photos", rules.patterns.__setitem__)


def over_clients(clients: "Clients") -> Harness:
    from imgmeta.deployment.adapters.eventbridge import EventBridgeRules  # noqa: PLC0415 - needs the extra aws
    from imgmeta.deployment.adapters.notifications import S3BucketNotifications  # noqa: PLC0415 - as above

    bucket = f"photos-{uuid4().hex}"
    clients.s3.create_bucket(Bucket=bucket)
    return Harness(
        S3BucketNotifications(clients.s3, clients.sts),
        EventBridgeRules(clients.events),
        bucket,
        lambda name, pattern: clients.events.put_rule(Name=name, EventPattern=pattern),
        clients=clients,
    )


def on_moto(_: pytest.FixtureRequest, cleanup: ExitStack) -> Harness:
    """Moto does not return the entry for EventBridge, so a fake stores the documents."""
    clients = moto_clients(cleanup)
    store_documents(clients)
    return over_clients(clients)


def store_documents(clients: "Clients") -> None:
    """Answer requests for notification configurations with the XML that was put, as S3 does."""
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - needs the extra aws
    from botocore.compat import HTTPHeaders  # noqa: PLC0415 - as above

    documents = dict[str, bytes]()

    class Raw:
        def __init__(self, content: bytes) -> None:
            self.content = content

        def stream(self, **_: object) -> Iterator[bytes]:
            yield self.content

    def respond(request: Any, **_: object) -> AWSResponse | None:  # noqa: ANN401 - botocore is untyped
        url = urlsplit(request.url)
        if url.query != "notification":
            return None
        bucket = url.netloc.partition(".")[0] + url.path
        if request.method == "PUT":
            assert request.headers["x-amz-skip-destination-validation"] == b"true"
            documents[bucket] = request.body
            content = b""
        else:
            content = documents.get(bucket, NotificationConfiguration.empty().document)
        headers = HTTPHeaders.from_dict({"x-amz-request-id": "1"})
        return AWSResponse(request.url, 200, headers, Raw(content))

    events: Any = clients.s3.meta.events
    for name in ("Get", "Put"):
        events.register_first(f"before-send.s3.{name}BucketNotificationConfiguration", respond)


def on_ministack(request: pytest.FixtureRequest, _: ExitStack) -> Harness:
    harness = over_clients(ministack_clients(request))
    harness.keeps_unknown = False
    return harness


HARNESSES = [
    pytest.param(in_memory, id="memory"),
    *([pytest.param(on_moto, id="S3 with stored documents")] if HAS_AWS else []),
    pytest.param(on_ministack, id="S3 on MiniStack", marks=pytest.mark.emulator),
]


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest) -> Iterator[Harness]:
    with ExitStack() as cleanup:
        yield request.param(request, cleanup)


# The port: "Return the complete configuration of the bucket, including what imgmeta does not know."
# and "Replace the configuration of the bucket."
def test_configuration_is_returned_as_it_was_put(harness: Harness) -> None:
    port, bucket = harness.notifications, harness.bucket
    assert port.get(bucket) == NotificationConfiguration.empty()
    entries = [FOREIGN, UNKNOWN] if harness.keeps_unknown else [FOREIGN]
    foreign = NotificationConfiguration(notification_document(*entries))
    port.put(bucket, foreign)
    assert port.get(bucket) == foreign
    port.put(bucket, port.get(bucket).with_eventbridge(enabled=True))
    on = port.get(bucket)
    assert on.sends_to_eventbridge
    assert on.foreign_entries == foreign.entries
    port.put(bucket, on.with_eventbridge(enabled=False))
    assert port.get(bucket) == foreign


# The port: "Check that a rule of Amazon EventBridge in this account and region gets its events."
def test_missing_bucket_is_rejected(harness: Harness) -> None:
    harness.notifications.check(harness.bucket)
    with pytest.raises(ConfigurationError, match=r"the bucket gone-\w+ does not exist"):
        harness.notifications.check(f"gone-{uuid4().hex}")


# The port: "MissingBucketError: the bucket does not exist."
def test_configuration_of_a_missing_bucket_is_an_error(harness: Harness) -> None:
    if harness.clients is not None:
        respond_with_error(harness.clients.s3, "s3", "NoSuchBucket", 404)
    with pytest.raises(MissingBucketError, match="does not exist"):
        harness.notifications.get(f"gone-{uuid4().hex}")


# The port: "for missing permissions a PermanentError whose message has the policy statement".
def test_missing_permission_is_named_as_a_policy_statement(harness: Harness) -> None:
    if harness.clients is None:
        pytest.skip("needs permissions")
    respond_with_error(harness.clients.s3, "s3", "AccessDenied", 403)
    configuration = NotificationConfiguration.empty()
    with pytest.raises(PermanentError, match="cannot read the notifications of") as got:
        harness.notifications.get(harness.bucket)
    with pytest.raises(PermanentError, match="cannot change the notifications of") as put:
        harness.notifications.put(harness.bucket, configuration)
    for caught in (got, put):
        statement = str(caught.value).partition("your user or role: ")[2]
        assert json.loads(statement) == {
            "Effect": "Allow",
            "Action": ["s3:GetBucketNotification", "s3:PutBucketNotification"],
            "Resource": f"arn:aws:s3:::{harness.bucket}",
        }
    with pytest.raises(
        ConfigurationError, match="is denied: check its name, or allow s3:List"
    ) as checked:
        harness.notifications.check(harness.bucket)
    statement = str(checked.value).partition("your user or role: ")[2]
    assert json.loads(statement) == {
        "Effect": "Allow",
        "Action": ["s3:ListBucket", "s3:GetBucketNotification", "s3:PutBucketNotification"],
        "Resource": f"arn:aws:s3:::{harness.bucket}",
    }


# The port: "Methods raise TransientError for a temporary failure"
def test_temporary_failure_is_transient(harness: Harness) -> None:
    if harness.clients is None:
        pytest.skip("cannot fail temporarily")
    respond_with_error(harness.clients.s3, "s3", "SlowDown", 503)
    with pytest.raises(TransientError):
        harness.notifications.get(harness.bucket)


# The port: "Return the names of the rules that may match events of the bucket, in any order."
def test_rules_that_may_match_the_bucket_are_returned(harness: Harness) -> None:
    names = [f"{each}-{uuid4().hex}" for each in ("all", "this", "other")]
    patterns: list[dict[str, Any]] = [
        {"source": ["aws.s3"]},
        {"source": ["aws.s3"], "detail": {"bucket": {"name": [harness.bucket]}}},
        {"source": ["aws.s3"], "detail": {"bucket": {"name": ["another-bucket"]}}},
    ]
    for name, pattern in zip(names, patterns, strict=True):
        harness.add_rule(name, json.dumps(pattern))
    found = harness.rules.matching(harness.bucket)
    assert {each for each in found if each in names} == set(names[:2])


def test_denied_rules_are_a_permanent_failure(harness: Harness) -> None:
    if harness.clients is None:
        pytest.skip("needs permissions")
    respond_with_error(harness.clients.events, "events", "AccessDeniedException", 400)
    with pytest.raises(PermanentError, match=r"cannot list the rules .* \(events:ListRules\)"):
        harness.rules.matching(harness.bucket)
