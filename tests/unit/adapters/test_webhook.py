import json
from base64 import b64encode
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given

from imgmeta.adapters import webhook
from imgmeta.adapters.webhook import WebhookNotifier
from imgmeta.core.digest import Digest
from imgmeta.core.notifications import Failure
from imgmeta.core.notifiers import Webhook, parse_recipient
from imgmeta.core.outcomes import BatchSummary
from imgmeta.errors import AdapterError, PermanentError, TransientError
from imgmeta.testing.strategies.notifications import digests, summaries
from support.http.webhook_server import WebhookStub, webhook_server

SUMMARY = BatchSummary(processed=3, failed=1, failures=(Failure("a b.jpg", "no image", "holiday"),))


@pytest.fixture
def stub() -> Iterator[WebhookStub]:
    with webhook_server() as server:
        yield server


def notifier(url: str, sleep: Callable[[float], object] = lambda _: None) -> WebhookNotifier:
    recipient = parse_recipient(url)
    assert isinstance(recipient, Webhook)
    return WebhookNotifier(recipient, sleep=sleep)


def test_request_has_subject_text_and_values_as_json(stub: WebhookStub) -> None:
    notifier(stub.url).notify(SUMMARY)

    ((path, headers),) = stub.requests
    assert path == "/hook/s3cr3t?key=s3cr3t"
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers
    (content,) = map(json.loads, stub.bodies)
    assert content == {
        "subject": "imgmeta: 3 processed, 1 failed",
        "text": SUMMARY.text(),
        "summary": SUMMARY.values(),
    }
    assert content["summary"]["Failures"] == [
        {
            "BucketName": "holiday",
            "ObjectKey": "a b.jpg",
            "Uri": "s3://holiday/a%20b.jpg",
            "Error": "no image",
        }
    ]


def test_response_that_arrives_byte_by_byte_times_out(
    stub: WebhookStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "_TIMEOUT", 0.2)
    stub.statuses = [-1]

    with pytest.raises(TransientError, match=r"no response within 0\.2 seconds"):
        notifier(stub.url).notify(SUMMARY)


@given(summaries() | digests())
def test_any_notification_is_json_of_bounded_size(message: BatchSummary | Digest) -> None:
    address = Webhook("https://host/", "https://host/***", is_local=False)
    request = WebhookNotifier(address, sleep=print)._request(message)  # noqa: SLF001 - nothing is sent

    assert isinstance(request.data, bytes)
    assert json.loads(request.data)["subject"] == message.subject()
    assert request.data.isascii()


def test_user_name_and_password_are_sent_as_basic_authentication(stub: WebhookStub) -> None:
    notifier(stub.url.replace("//", "//ann:p%40ss@")).notify(SUMMARY)

    ((_, headers),) = stub.requests
    assert headers["Authorization"] == f"Basic {b64encode(b'ann:p@ss').decode()}"


def test_temporary_refusals_are_repeated(stub: WebhookStub) -> None:
    pauses: list[float] = []
    stub.statuses = [503, 429, 200]

    notifier(stub.url, pauses.append).notify(SUMMARY)

    assert pauses == [1, 2]
    assert len({*stub.bodies}) == 1
    assert len(stub.bodies) == 3


@pytest.mark.parametrize(
    ("statuses", "kind", "reason", "requests"),
    [
        ([500], TransientError, "HTTP 500 Internal Server Error: try again later", 3),
        ([408, 404], PermanentError, "HTTP 404 Not Found: check the URL", 2),
        ([403], PermanentError, "HTTP 403 Forbidden: check the URL", 1),
        ([302], PermanentError, "HTTP 302 Found: use the URL that it redirects to", 1),
        ([799], TransientError, "HTTP 799: try again later", 3),
        ([0], TransientError, "garbage", 1),
    ],
)
def test_refusal_is_reported_without_the_secret_path(
    stub: WebhookStub, statuses: list[int], kind: type[AdapterError], reason: str, requests: int
) -> None:
    stub.statuses = statuses
    stub.headers = {"Location": "file:///etc/passwd"}

    with pytest.raises(kind) as caught:
        notifier(stub.url).notify(SUMMARY)

    assert str(caught.value).startswith(f"cannot notify http://127.0.0.1:{stub.port}/***: ")
    assert reason in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert len(stub.requests) == requests


def test_unreachable_server_is_a_temporary_failure() -> None:
    with webhook_server() as stub:
        url = stub.url
    with pytest.raises(TransientError, match="connection refused"):
        notifier(url).notify(SUMMARY)


def test_local_server_is_reached_without_a_proxy(
    stub: WebhookStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    notifier(stub.url).notify(SUMMARY)
    assert len(stub.bodies) == 1
