"""Tests of the S3 object store with responses that are not from S3 or contradict the request."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import pytest

from imgmeta import AdapterError, ConfigurationError, ObjectLocation, PermanentError, TransientError
from imgmeta.core.objects import AbsentObject, Listing, PresentObject
from support.aws.moto import HAS_AWS, s3_in_memory

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from imgmeta.adapters.s3 import S3ObjectStore, pages
from support.aws.faults import Body

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PHOTO = ObjectLocation("holiday", "2026/beach.jpg")
WEB_PAGES = {
    "web page": b"<!DOCTYPE html><html><head><title>Sign in</title><body><p>Hello<br></html>",
    "web page in XML": b"<html><head><title>Sign in</title></head><body><p>Hi</p></body></html>",
    "nothing": b"",
    "white space": b" \n",
    "JSON": b"{}",
    "list of buckets": (
        b"<?xml version='1.0'?><ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets><Bucket>"
        b"<Name>holiday</Name></Bucket></Buckets><Prefix>2</Prefix></ListAllMyBucketsResult>"
    ),
    "list without the end": b"<ListBucketResult><Name>holiday</Name></ListBucketResult>",
}
OBJECT = {"ETag": '"e"', "Last-Modified": "Wed, 25 Nov 2026 07:00:00 GMT"}
NO_HEADERS: Mapping[str, str] = {}
HEAD = OBJECT | {"Content-Length": "24"}
HTML = {"Content-Type": "text/html"}
ARCHIVED = {"x-amz-storage-class": "GLACIER"}
NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>"


@dataclass
class Server:
    """Responds to each operation with its responses in turn, and to the last one forever."""

    responses: dict[str, list[AWSResponse]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def respond(
        self,
        operation: str,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> None:
        sent = HTTPHeaders()
        for name, value in headers.items():
            sent[name] = value
        response = AWSResponse("http://127.0.0.1", status, sent, cast("Any", Body(body)))
        self.responses.setdefault(operation, []).append(response)

    def handle(self, event_name: str, **_: object) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        self.requests.append(operation)
        responses = self.responses[operation]
        return responses.pop(0) if len(responses) > 1 else responses[0]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> "Iterator[S3Client]":
    with s3_in_memory(monkeypatch) as client:
        yield client


@pytest.fixture
def server(client: "S3Client") -> Server:
    server = Server()
    client.meta.events.register_first("before-send.s3", cast("Any", server.handle))
    return server


@pytest.fixture
def store(client: "S3Client") -> S3ObjectStore:
    return S3ObjectStore(client)


def page(*keys: str, following: str = "", truncated: bool | None = None) -> bytes:
    contents = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-11-25T07:00:00.000Z</LastModified>"
        "<ETag>&quot;e&quot;</ETag><Size>24</Size></Contents>"
        for key in keys
    )
    is_truncated = str(bool(following) if truncated is None else truncated).lower()
    token = f"<NextContinuationToken>{following}</NextContinuationToken>" if following else ""
    return (
        f"<?xml version='1.0'?><ListBucketResult><Name>holiday</Name><Prefix/>{token}"
        f"<IsTruncated>{is_truncated}</IsTruncated>{contents}</ListBucketResult>"
    ).encode()


def listed(store: S3ObjectStore, prefix: str = "") -> list[str]:
    return [each.key for each in store.list("holiday", prefix)]


def error_of(action: Callable[[], object]) -> AdapterError:
    with pytest.raises(AdapterError) as caught:
        action()
    assert str(caught.value).isprintable()
    assert "check the endpoint" in str(caught.value)
    return caught.value


class TestList:
    @pytest.mark.parametrize("body", WEB_PAGES.values(), ids=WEB_PAGES)
    def test_foreign_response_is_not_an_empty_bucket(
        self, server: Server, store: S3ObjectStore, body: bytes
    ) -> None:
        server.respond("ListObjectsV2", body, headers=HTML)
        assert "not from" in str(error_of(lambda: listed(store)))

    @pytest.mark.parametrize("body", WEB_PAGES.values(), ids=WEB_PAGES)
    def test_check_reports_foreign_response(
        self, server: Server, store: S3ObjectStore, body: bytes
    ) -> None:
        server.respond("ListObjectsV2", body)
        with pytest.raises((ConfigurationError, TransientError), match="check the endpoint"):
            store.check("holiday")

    @pytest.mark.parametrize("value", ["True", "1", "", " true ", "maybe"])
    def test_invalid_end_of_a_page_is_an_error(
        self, server: Server, store: S3ObjectStore, value: str
    ) -> None:
        server.respond("ListObjectsV2", page("a.jpg").replace(b">false<", f">{value}<".encode()))
        assert "IsTruncated is neither" in str(error_of(lambda: listed(store)))

    def test_list_of_something_else_is_an_error(self, server: Server, store: S3ObjectStore) -> None:
        body = page().replace(b"ListBucketResult", b"ListVersionsResult")
        server.respond("ListObjectsV2", body)
        assert "not a list of objects" in str(error_of(lambda: listed(store)))

    def test_first_possible_time_is_accepted(self, server: Server, store: S3ObjectStore) -> None:
        body = page("a.jpg").replace(b"2026-11-25T07:00:00.000Z", b"0001-01-01T00:00:00Z")
        server.respond("ListObjectsV2", body)
        assert listed(store) == ["a.jpg"]

    def test_time_out_of_range_is_an_error(self, server: Server, store: S3ObjectStore) -> None:
        moment = b"9999-12-31T23:59:59-23:00"
        server.respond("ListObjectsV2", page("a.jpg").replace(b"2026-11-25T07:00:00.000Z", moment))
        assert "out of range" in str(error_of(lambda: listed(store)))

    def test_foreign_second_page_yields_nothing(self, server: Server, store: S3ObjectStore) -> None:
        server.respond("ListObjectsV2", page("a.jpg", following="t"))
        server.respond("ListObjectsV2", WEB_PAGES["web page in XML"])
        with pytest.raises(PermanentError):
            next(store.list("holiday"))

    def test_truncated_page_without_token_is_an_error(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        server.respond("ListObjectsV2", page("a.jpg", "b.jpg", truncated=True))
        assert "no continuation token" in str(error_of(lambda: listed(store)))

    def test_repeated_token_is_an_error(self, server: Server, store: S3ObjectStore) -> None:
        server.respond("ListObjectsV2", page("a.jpg", following="t"))
        server.respond("ListObjectsV2", page(following="t"))
        assert "does not end" in str(error_of(lambda: listed(store)))
        assert len(server.requests) == 2

    def test_endless_empty_pages_are_an_error(
        self, server: Server, store: S3ObjectStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pages, "_MAX_EMPTY_PAGES", 10)
        for number in range(99):
            server.respond("ListObjectsV2", page(following=f"t{number}"))
        assert "does not end" in str(error_of(lambda: listed(store)))
        assert len(server.requests) == 11

    def test_long_listing_is_read_one_page_ahead(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        for number in range(5):
            keys = [f"{number}/{each:04}.jpg" for each in range(1_000)]
            server.respond("ListObjectsV2", page(*keys, following=f"{number}"))
        listing = cast("Generator[Listing]", store.list("holiday"))
        assert next(listing).key == "0/0000.jpg"
        listing.close()  # waits for the page that is requested in advance
        assert len(server.requests) == 3

    def test_empty_page_before_the_last_is_accepted(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        server.respond("ListObjectsV2", page("a.jpg", following="1"))
        server.respond("ListObjectsV2", page(following="2"))
        server.respond("ListObjectsV2", page("b.jpg"))
        assert listed(store) == ["a.jpg", "b.jpg"]

    @pytest.mark.parametrize("name", ["Key", "Size", "ETag", "LastModified"])
    def test_object_without_an_attribute_is_an_error(
        self, server: Server, store: S3ObjectStore, name: str
    ) -> None:
        body = page("a.jpg").replace(b"<%s>" % name.encode(), b"<X>")
        server.respond("ListObjectsV2", body.replace(b"</%s>" % name.encode(), b"</X>"))
        assert f"no {name}" in str(error_of(lambda: listed(store)))

    @pytest.mark.parametrize(
        ("right", "wrong"), [(b"24", b"many"), (b"2026-11-25T07:00:00.000Z", b"\xc2\x9byesterday")]
    )
    def test_attribute_that_cannot_be_parsed_is_an_error(
        self, server: Server, store: S3ObjectStore, right: bytes, wrong: bytes
    ) -> None:
        server.respond("ListObjectsV2", page("a.jpg").replace(right, wrong))
        assert "not from S3" in str(error_of(lambda: listed(store)))

    def test_key_outside_the_prefix_is_an_error(self, server: Server, store: S3ObjectStore) -> None:
        server.respond("ListObjectsV2", page("2025/a.jpg"))
        assert "2025/a.jpg" in str(error_of(lambda: listed(store, "2026/")))

    @pytest.mark.parametrize(
        "listing",
        [
            [["b.jpg", "a.jpg"]],
            [["a.jpg", "a.jpg"]],
            [["a.jpg", "b.jpg"], ["b.jpg", "c.jpg"]],
            [["m.jpg", "n.jpg"], ["a.jpg"]],
            [["m.jpg"], [], ["a.jpg"]],
            [["b/1.jpg"], ["b/2.jpg"], ["b/3.jpg"], ["b/4.jpg"], ["b-1.jpg"]],
            [["\U0001f600.jpg", "\uff5e.jpg"]],  # the order of UTF-16
            [["a.jpg", "B.jpg"]],  # an order that ignores case
        ],
    )
    def test_other_order_is_an_error_before_any_object_is_listed(
        self, server: Server, store: S3ObjectStore, listing: list[list[str]]
    ) -> None:
        for number, keys in enumerate(listing, 1):
            following = f"{number}" if number < len(listing) else ""
            server.respond("ListObjectsV2", page(*keys, following=following))
        keys = [key for each in listing for key in each]
        current, previous = next(
            (each, before) for before, each in pairwise(keys) if before >= each
        )
        with pytest.raises(PermanentError, match="order of their UTF-8 bytes") as caught:
            next(store.list("holiday"))
        assert f"('{current}' after '{previous}')" in caught.value.message

    def test_denied_by_proxy_is_not_denied_by_s3(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        server.respond("ListObjectsV2", WEB_PAGES["web page"], 403)
        with pytest.raises(ConfigurationError, match="not from AWS") as caught:
            store.check("holiday")
        assert "s3:ListBucket" not in str(caught.value)

    @pytest.mark.parametrize("bucket", ["photos--use1-az4--x-s3", "photos--use1-az4--xa-s3"])
    def test_directory_bucket_is_refused_before_any_request(
        self, server: Server, store: S3ObjectStore, bucket: str
    ) -> None:
        with pytest.raises(PermanentError, match="directory buckets"):
            next(store.list(bucket))
        with pytest.raises(ConfigurationError, match="directory buckets"):
            store.check(bucket)
        assert server.requests == []


class TestObserve:
    @pytest.mark.parametrize("body", WEB_PAGES.values(), ids=WEB_PAGES)
    def test_foreign_response_is_not_an_object(
        self, server: Server, store: S3ObjectStore, body: bytes
    ) -> None:
        server.respond("GetObject", body, headers={"Content-Length": str(len(body))})
        assert "no ETag header" in str(error_of(lambda: store.observe(PHOTO)))

    @pytest.mark.parametrize("name", ["ETag", "Last-Modified", "Content-Length"])
    def test_missing_header_is_an_error(
        self, server: Server, store: S3ObjectStore, name: str
    ) -> None:
        headers = {key: value for key, value in HEAD.items() if key != name}
        server.respond("GetObject", b"x" * 24, headers=headers)
        assert f"no {name} header" in str(error_of(lambda: store.observe(PHOTO)))

    @pytest.mark.parametrize(
        ("header", "value"),
        [
            *(("ETag", ""), ("ETag", '""'), ("ETag", "e" * 1_025)),
            ("x-amz-version-id", "v" * 1_025),
            ("Last-Modified", "Fri, 31 Dec 9999 23:59:59 -2300"),
            ("Last-Modified", "99999999999999999"),
            ("Last-Modified", "yesterday"),
        ],
    )
    def test_invalid_header_is_an_error(
        self, server: Server, store: S3ObjectStore, header: str, value: str
    ) -> None:
        server.respond("GetObject", b"x" * 24, headers=HEAD | {header: value})
        assert "not from S3" in str(error_of(lambda: store.observe(PHOTO)))

    def test_empty_version_id_is_none(self, server: Server, store: S3ObjectStore) -> None:
        server.respond("GetObject", b"x" * 24, headers=HEAD | {"x-amz-version-id": ""})
        observation = store.observe(PHOTO)
        assert isinstance(observation, PresentObject)
        assert observation.version_id is None

    def test_response_without_content_is_not_an_empty_object(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        server.respond("GetObject", status=204, headers=OBJECT | {"Content-Length": "0"})
        assert "status 204" in str(error_of(lambda: store.observe(PHOTO)))

    def test_partial_response_without_range_is_an_error(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        server.respond("GetObject", b"x" * 24, 206, headers=HEAD)
        assert "no Content-Range header" in str(error_of(lambda: store.observe(PHOTO)))

    @pytest.mark.parametrize(
        "content_range", ["bytes 5-28/30", "bytes 0-23/*", "bytes */24", "bytes 0-9/24", "\x7f"]
    )
    def test_other_range_is_an_error(
        self, server: Server, store: S3ObjectStore, content_range: str
    ) -> None:
        server.respond("GetObject", b"x" * 24, 206, headers=HEAD | {"Content-Range": content_range})
        assert "it has the range" in str(error_of(lambda: store.observe(PHOTO)))

    def test_time_that_cannot_be_parsed_is_an_error(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        server.respond("GetObject", b"x" * 24, headers=HEAD | {"Last-Modified": "never"})
        assert "not from S3" in str(error_of(lambda: store.observe(PHOTO)))

    def test_short_body_is_transient(self, server: Server, store: S3ObjectStore) -> None:
        server.respond(
            "GetObject", b"x" * 9, 206, headers=OBJECT | {"Content-Range": "bytes 0-23/24"}
        )
        with pytest.raises(TransientError, match="cut short"):
            store.observe(PHOTO)

    def test_whole_object_is_accepted(self, server: Server, store: S3ObjectStore) -> None:
        server.respond("GetObject", b"x" * 24, headers=HEAD)
        observed = store.observe(PHOTO)
        assert isinstance(observed, PresentObject)
        assert observed.size == 24

    @pytest.mark.parametrize("body", WEB_PAGES.values(), ids=WEB_PAGES)
    def test_404_of_another_server_is_not_an_absent_object(
        self, server: Server, store: S3ObjectStore, body: bytes
    ) -> None:
        server.respond("GetObject", body, 404, headers=HTML)
        error_of(lambda: store.observe(PHOTO))

    def test_404_with_code_is_an_absent_object(self, server: Server, store: S3ObjectStore) -> None:
        server.respond("GetObject", NO_SUCH_KEY, 404)
        assert store.observe(PHOTO) == AbsentObject(PHOTO)

    @pytest.mark.parametrize("is_marker", [True, False])
    def test_405_is_an_absent_object_only_for_a_delete_marker(
        self, server: Server, store: S3ObjectStore, *, is_marker: bool
    ) -> None:
        headers = {"x-amz-delete-marker": "true"} if is_marker else {}
        server.respond(
            "GetObject", b"<Error><Code>MethodNotAllowed</Code></Error>", 405, headers=headers
        )
        if is_marker:
            assert store.observe(PHOTO) == AbsentObject(PHOTO)
        else:
            with pytest.raises(PermanentError, match="MethodNotAllowed"):
                store.observe(PHOTO)

    def test_403_of_another_server_is_not_a_missing_permission(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        server.respond("GetObject", WEB_PAGES["web page"], 403)
        assert "s3:GetObject" not in str(error_of(lambda: store.observe(PHOTO)))

    @pytest.mark.parametrize("status", [404, 405])
    def test_head_without_object_is_confirmed_by_get(
        self, server: Server, store: S3ObjectStore, status: int
    ) -> None:
        server.respond("GetObject", b"", 416)
        server.respond("GetObject", WEB_PAGES["web page"], 404)
        server.respond("HeadObject", b"", status)
        with pytest.raises(TransientError):
            store.observe(PHOTO)

    def test_object_that_appears_after_head_has_changed(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        server.respond("GetObject", b"", 416)
        server.respond("GetObject", b"x" * 24, headers=HEAD)
        server.respond("HeadObject", b"", 404)
        with pytest.raises(TransientError, match="changed while it was read"):
            store.observe(PHOTO)

    @pytest.mark.parametrize(
        "error", [b"", b"<Error><Code>InvalidObjectState</Code></Error>"], ids=["empty", "archived"]
    )
    def test_head_without_metadata_is_an_error(
        self, server: Server, store: S3ObjectStore, error: bytes
    ) -> None:
        server.respond("GetObject", error, 403 if error else 416)
        server.respond("HeadObject", b"", headers=HTML | ARCHIVED)
        error_of(lambda: store.observe(PHOTO))

    def test_archived_object_without_length_is_an_error(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        server.respond("GetObject", b"<Error><Code>InvalidObjectState</Code></Error>", 403)
        server.respond("HeadObject", b"", headers=OBJECT | ARCHIVED)
        assert "no Content-Length header" in str(error_of(lambda: store.observe(PHOTO)))

    def test_foreign_listing_of_encrypted_object_is_not_its_absence(
        self, server: Server, store: S3ObjectStore
    ) -> None:
        error = b"<Error><Code>InvalidRequest</Code><Message>is encrypted</Message></Error>"
        server.respond("GetObject", error, 400)
        server.respond("ListObjectsV2", WEB_PAGES["list of buckets"])
        error_of(lambda: store.observe(PHOTO))


class TestRead:
    @pytest.mark.parametrize(
        ("content_range", "message"),
        [("bytes 0-9/200000", "it has the range"), (None, "does not support range requests")],
    )
    def test_other_range_is_an_error(
        self, server: Server, store: S3ObjectStore, content_range: str | None, message: str
    ) -> None:
        first = OBJECT | {"Content-Range": "bytes 0-131071/200000"}
        server.respond("GetObject", b"x" * 131_072, 206, first)
        headers = {} if content_range is None else {"Content-Range": content_range}
        server.respond("GetObject", b"x" * 10, 206, OBJECT | headers)
        observed = store.observe(PHOTO)
        assert isinstance(observed, PresentObject)
        assert observed.content is not None
        with pytest.raises(PermanentError, match=message):
            observed.content.read(150_000, 10)
