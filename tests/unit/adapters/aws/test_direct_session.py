"""Tests of the session that sends the function's most frequent requests."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.exceptions import ClientError

from imgmeta.adapters.aws import Clients, direct_session
from imgmeta.adapters.aws.direct_session import DirectSession, send_directly
from imgmeta.adapters.aws.transport import DirectTransport
from support.aws.emulators import set_aws_environment
from support.http.certificates import create_certificate
from support.http.scripted_server import scripted_server

OK = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 2\r\n\r\n{}'
NO_KEY = (
    b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"22\r\n<Error><Code>NoSuchKey</Code></Err\r\n4\r\nor>\n\r\n0\r\n\r\n"
)
RANGE = (
    b"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/9\r\n"
    b'ETag: "1"\r\nLast-Modified: Mon, 23 Nov 2026 06:30:01 GMT\r\n\r\nhello'
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_aws_environment(monkeypatch)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)


def observed(url: str, *, is_direct: bool) -> dict[str, Any]:
    """Return the response to GetObject, or the error, without the values that always differ."""
    clients = Clients(region="us-east-1", endpoint_url=url, direct=is_direct)
    result: dict[str, Any]
    try:
        response = clients.s3.get_object(Bucket="holiday", Key="a b/é+.jpg", Range="bytes=0-4")
        result = {**response}
    except ClientError as error:
        result = {**error.response}
    result.pop("ResponseMetadata").pop("HTTPHeaders")
    if "Body" in result:
        result["Body"] = result["Body"].read(10)
    return result


@pytest.mark.parametrize("response", [RANGE, NO_KEY])
def test_object_is_the_same_with_and_without_the_session(response: bytes) -> None:
    with scripted_server([response], [response]) as server:
        results = [observed(server.url, is_direct=each) for each in (False, True)]
    assert results[0] == results[1]
    plain, sent = (requests[0] for requests in server.requests)
    assert plain.split(b"\r\n")[0] == sent.split(b"\r\n")[0]
    assert field_names(plain) == field_names(sent)


def field_names(request: bytes) -> set[str]:
    head = request.partition(b"\r\n\r\n")[0].decode()
    return {line.partition(":")[0].lower() for line in head.split("\r\n")[1:]}


def test_item_and_range_are_requested_without_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", None)
    with scripted_server([OK], [RANGE]) as server:
        clients = Clients(region="us-east-1", endpoint_url=server.url, direct=True)
        clients.dynamodb.put_item(TableName="images", Item={"ImageId": {"S": "a"}})
        clients.s3.get_object(Bucket="holiday", Key="a.jpg", Range="bytes=0-4")
    assert b'"ImageId"' in server.requests[0][0]


def test_lost_response_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with scripted_server([b""], [OK[:-1]], [OK]) as server:
        clients = Clients(region="us-east-1", endpoint_url=server.url, direct=True)
        clients.dynamodb.put_item(TableName="images", Item={"ImageId": {"S": "a"}})
    assert len(server.requests) == 3


def test_other_requests_use_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        def __init__(self) -> None:
            self.urls = list[str]()
            self.is_closed = False

        def send(self, request: AWSPreparedRequest) -> AWSResponse:
            self.urls.append(request.url)
            return AWSResponse(request.url, 200, {}, None)  # type: ignore[arg-type]  # not read

        def close(self) -> None:
            self.is_closed = True

    session = Session()
    transport = DirectTransport(connect_timeout=60, read_timeout=60)
    closed = list[bool]()
    monkeypatch.setattr(transport, "close", lambda: closed.append(True))
    both = DirectSession(session, transport)
    target = {"X-Amz-Target": "DynamoDB_20120810.Query"}
    both.send(AWSRequest(method="GET", url="http://127.0.0.1:1/listing").prepare())
    both.send(AWSRequest(method="POST", url="http://127.0.0.1:1/q", headers=target).prepare())
    both.close()
    assert session.urls == ["http://127.0.0.1:1/listing", "http://127.0.0.1:1/q"]
    assert session.is_closed
    assert closed


def test_transport_uses_the_certificates_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    used = list[str | None]()

    def create(*, certificates: str | None, **_: float) -> DirectTransport:
        used.append(certificates)
        return DirectTransport(connect_timeout=60, read_timeout=60)

    monkeypatch.setattr(direct_session, "DirectTransport", create)
    certificate = str(create_certificate(tmp_path))
    for variable in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(variable, certificate)
        _ = Clients(region="us-east-1", direct=True).s3
        monkeypatch.delenv(variable)
    assert used == [certificate, certificate]


def test_session_of_an_unknown_botocore_is_kept() -> None:
    class Client:
        pass

    client: Any = Client()
    send_directly(client, ca_bundle=None, connect_timeout=60, read_timeout=60)
    vars(client)["_endpoint"] = endpoint = object()
    send_directly(client, ca_bundle=None, connect_timeout=60, read_timeout=60)
    assert vars(client) == {"_endpoint": endpoint}
