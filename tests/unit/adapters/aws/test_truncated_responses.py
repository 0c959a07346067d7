"""AWS's answers end in the middle: botocore raises what is not its own, or sees nothing of it."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from imgmeta import ObjectLocation, PresentObject, TransientError
from imgmeta.core.notifications import Notification
from support.aws.moto import HAS_AWS, respond_with_error, s3_in_memory

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

from imgmeta.adapters.aws import Clients, clients
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.adapters.sns import SNSNotifier
from support.aws.emulators import HOST, clients_at, set_aws_environment

PLACE = ObjectLocation("holiday", "a.jpg")
LISTING = b"<ListBucketResult><Contents><Key>a.jpg</Key>"
PUBLISHED = b"<PublishResponse><PublishResult><MessageId>1</Mess"


def cut(status: str, body: bytes, *, chunked: bool = False) -> bytes:
    """Return an answer of which more was to come."""
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body) + 100}"
    first = b"%x\r\n%s" % (len(body) + 100, body) if chunked else body
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\n{length}\r\n\r\n"
    return head.encode() + first


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> Generator[Clients]:
    """Yield clients of a server that answers everything so, and then breaks the connection."""
    set_aws_environment(monkeypatch)
    monkeypatch.setattr(clients, "_ATTEMPTS", 1)

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

    with socket.create_server((HOST, 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        try:
            yield clients_at(f"http://{HOST}:{server.getsockname()[1]}")
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_listing_that_is_cut_short_is_transient(
    monkeypatch: pytest.MonkeyPatch, *, chunked: bool
) -> None:
    with answering(monkeypatch, cut("200 OK", LISTING, chunked=chunked)) as made:
        listing = S3ObjectStore(made.s3).list("holiday")
        with pytest.raises(TransientError, match="s3://holiday/ cannot be listed"):
            list(listing)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_refusal_to_read_that_is_cut_short_is_transient(
    monkeypatch: pytest.MonkeyPatch, *, chunked: bool
) -> None:
    answer = cut("503 Slow Down", b"<Error><Code>Slow", chunked=chunked)
    with answering(monkeypatch, answer) as made:
        store = S3ObjectStore(made.s3)
        with pytest.raises(TransientError, match=r"a\.jpg cannot be read"):
            store.observe(PLACE)


@pytest.mark.parametrize("chunked", [False, True])
def test_people_who_are_told_in_an_answer_that_is_cut_short_may_not_be(
    monkeypatch: pytest.MonkeyPatch, *, chunked: bool
) -> None:
    class Hello(Notification):
        def subject(self) -> str:
            return "hello"

        def text(self, *, limit: int = 0) -> str:
            return "hello"[: limit or None]

    with answering(monkeypatch, cut("200 OK", PUBLISHED, chunked=chunked)) as made:
        notifier = SNSNotifier(made.sns, "arn:aws:sns:us-east-1:111122223333:images")
        with pytest.raises(TransientError):
            notifier.notify(Hello())


def test_an_empty_object_is_known_by_the_status_if_the_code_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with s3_in_memory(monkeypatch) as client:
        client.create_bucket(Bucket="holiday")
        client.put_object(Bucket="holiday", Key="a.jpg", Body=b"")
        respond_with_error(client, "s3.GetObject", "416", 416)
        seen = S3ObjectStore(client).observe(PLACE)
        assert isinstance(seen, PresentObject)
        assert seen.size == 0


def test_an_empty_object_is_known_where_a_proxy_leaves_its_length_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def leave_out(parsed: dict[str, Any], **_: object) -> None:
        del parsed["ContentLength"]

    with s3_in_memory(monkeypatch) as client:
        client.create_bucket(Bucket="holiday")
        client.put_object(Bucket="holiday", Key="a.jpg", Body=b"")
        client.meta.events.register("after-call.s3.HeadObject", leave_out)
        seen = S3ObjectStore(client).observe(PLACE)
        assert isinstance(seen, PresentObject)
        assert seen.size == 0
