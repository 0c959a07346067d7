"""What the contract of object stores does not say of S3: its answers, one by one."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from imgmeta.core.objects import AbsentObject, ObjectLocation, PresentObject
from imgmeta.errors import ConfigurationError, ObjectChangedError, PermanentError, TransientError
from support.aws.moto import respond_with_error, s3_in_memory

pytest.importorskip("moto", reason="needs the extra aws and its double")

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from imgmeta.adapters.s3 import S3ObjectStore

PHOTO = ObjectLocation("holiday", "2026/beach.jpg")
LARGE = bytes(range(256)) * 4_096


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> "Iterator[S3Client]":
    with ExitStack() as cleanup:
        client = cleanup.enter_context(s3_in_memory(monkeypatch))
        client.create_bucket(Bucket="holiday")
        yield client


@pytest.fixture
def store(client: "S3Client") -> "S3ObjectStore":
    from imgmeta.adapters.s3 import S3ObjectStore  # noqa: PLC0415 - needs the extra aws

    return S3ObjectStore(client)


@pytest.fixture
def requests(client: "S3Client") -> list[tuple[str, str | None]]:
    """Return the requests of this client so far: the operation and the range."""
    made: list[tuple[str, str | None]] = []

    def note(model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's
        made.append((model.name, params["headers"].get("Range")))

    client.meta.events.register("before-call.s3", note)
    return made


def put(client: "S3Client", body: bytes = LARGE, **stored: Any) -> None:  # noqa: ANN401 - any of S3's
    client.put_object(Bucket=PHOTO.bucket, Key=PHOTO.key, Body=body, **stored)


def present(store: "S3ObjectStore") -> PresentObject:
    seen = store.observe(PHOTO)
    assert isinstance(seen, PresentObject)
    return seen


class TestObserve:
    def test_one_ranged_get_tells_everything(
        self,
        client: "S3Client",
        store: "S3ObjectStore",
        requests: list[tuple[str, str | None]],
    ) -> None:
        client.put_bucket_versioning(
            Bucket="holiday", VersioningConfiguration={"Status": "Enabled"}
        )
        put(client, ContentType="image/jpeg")
        head = client.head_object(Bucket=PHOTO.bucket, Key=PHOTO.key)
        requests.clear()
        seen = present(store)
        assert requests == [("GetObject", "bytes=0-131071")]
        assert seen.content is not None
        assert (seen.size, seen.content.fetched) == (len(LARGE), 131_072)
        assert (seen.etag, seen.version_id) == (head["ETag"].strip('"'), head["VersionId"])
        assert (seen.content_type, seen.last_modified) == ("image/jpeg", head["LastModified"])

    def test_what_the_first_block_holds_costs_no_other_request(
        self, client: "S3Client", store: "S3ObjectStore", requests: list[tuple[str, str | None]]
    ) -> None:
        put(client)
        content = present(store).content
        assert content is not None
        requests.clear()
        assert content.read(131_000, 72) == LARGE[131_000:131_072]
        assert requests == []

    def test_of_a_range_only_what_is_missing_is_asked_for(
        self, client: "S3Client", store: "S3ObjectStore", requests: list[tuple[str, str | None]]
    ) -> None:
        put(client)
        content = present(store).content
        assert content is not None
        requests.clear()
        assert content.read(131_000, 100) == LARGE[131_000:131_100]
        assert requests == [("GetObject", "bytes=131072-131099")]
        assert content.fetched == 131_072 + 28

    def test_an_empty_object_takes_a_second_request(
        self, client: "S3Client", store: "S3ObjectStore", requests: list[tuple[str, str | None]]
    ) -> None:
        put(client, b"", ContentType="image/jpeg")
        requests.clear()
        seen = present(store)
        assert [name for name, _ in requests] == ["GetObject", "HeadObject"]
        assert (seen.size, seen.content_type) == (0, "image/jpeg")
        assert seen.content is not None
        assert seen.content.read(0, 9) == b""

    def test_a_deleted_object_of_a_versioned_bucket_is_absent(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        client.put_bucket_versioning(
            Bucket="holiday", VersioningConfiguration={"Status": "Enabled"}
        )
        put(client)
        client.delete_object(Bucket=PHOTO.bucket, Key=PHOTO.key)
        assert store.observe(PHOTO) == AbsentObject(PHOTO)

    @pytest.mark.parametrize("storage", ["GLACIER", "DEEP_ARCHIVE"])
    def test_an_archived_object_is_present_without_its_bytes(
        self, client: "S3Client", store: "S3ObjectStore", storage: str
    ) -> None:
        put(client, StorageClass=storage)
        seen = present(store)
        assert (seen.content, seen.size) == (None, len(LARGE))
        assert seen.etag
        assert storage in (seen.content_error or "")

    def test_an_object_whose_key_s3_does_not_have_is_present_without_its_bytes(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client)
        client.put_object(Bucket=PHOTO.bucket, Key=PHOTO.key + ".jpg", Body=b"another")
        refuse_without_key(client)
        seen = present(store)
        assert (seen.content, seen.size, seen.etag) == (None, len(LARGE), None)
        assert "SSE-C" in (seen.content_error or "")

    def test_an_object_that_is_gone_by_the_time_it_is_listed_is_absent(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        client.put_object(Bucket=PHOTO.bucket, Key=PHOTO.key + ".jpg", Body=b"another")
        refuse_without_key(client)
        assert store.observe(PHOTO) == AbsentObject(PHOTO)

    def test_what_is_denied_says_what_to_allow_and_what_it_may_mean(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        respond_with_error(client, "s3.GetObject", "AccessDenied", 403)
        with pytest.raises(PermanentError, match=r"s3:GetObject.*s3:ListBucket.*not there"):
            store.observe(PHOTO)

    @pytest.mark.parametrize(
        ("code", "status"),
        [("SlowDown", 503), ("InternalError", 500), ("RequestTimeout", 400), ("Unheard", 502)],
    )
    def test_what_passes_is_transient(
        self, client: "S3Client", store: "S3ObjectStore", code: str, status: int
    ) -> None:
        respond_with_error(client, "s3.GetObject", code, status)
        with pytest.raises(TransientError):
            store.observe(PHOTO)

    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("NoSuchBucket", "no such bucket"),
            ("PermanentRedirect", "--region"),
            ("ExpiredToken", "expired"),
            ("InvalidAccessKeyId", "does not accept"),
            ("KMS.DisabledException", "KMS.DisabledException"),
            ("InvalidRequest", "InvalidRequest"),
        ],
    )
    def test_what_does_not_pass_is_permanent_and_says_what_to_do(
        self, client: "S3Client", store: "S3ObjectStore", code: str, says: str
    ) -> None:
        put(client)
        respond_with_error(client, "s3.GetObject", code, 400)
        with pytest.raises(PermanentError, match=says):
            store.observe(PHOTO)

    def test_a_404_that_does_not_say_of_what_is_no_absence(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        respond_with_error(client, "s3.GetObject", "404", 404)
        with pytest.raises(TransientError):
            store.observe(PHOTO)

    def test_hostile_text_in_an_answer_is_escaped(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        respond_with_error(client, "s3.GetObject", "Evil\u202e\n", 400)
        with pytest.raises(PermanentError) as caught:
            store.observe(ObjectLocation("holiday", "a\n.jpg"))
        assert str(caught.value).isprintable()

    def test_a_server_that_does_not_serve_ranges_is_not_read_whole(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client)
        without_ranges(client)
        seen = present(store)
        assert seen.content is not None
        assert (seen.size, seen.content.fetched) == (len(LARGE), 131_072)
        with pytest.raises(PermanentError, match="ranges"):
            seen.content.read(900_000, 10)


class TestBetweenTwoRequests:
    """What is there may change between two requests of one observation."""

    def change(self, client: "S3Client", before: str, act: Callable[[], object]) -> None:
        def once(**_: object) -> None:
            client.meta.events.unregister(f"before-call.s3.{before}", once)
            act()

        client.meta.events.register_first(f"before-call.s3.{before}", once)

    def test_an_empty_object_that_is_replaced_is_observed_again(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client, b"")
        self.change(client, "HeadObject", lambda: put(client))
        with pytest.raises(ObjectChangedError):
            store.observe(PHOTO)

    def test_an_archived_object_that_is_replaced_is_observed_again(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client, StorageClass="GLACIER")
        self.change(client, "HeadObject", lambda: put(client))
        with pytest.raises(ObjectChangedError):
            store.observe(PHOTO)

    @pytest.mark.parametrize("stored", [{}, {"StorageClass": "GLACIER"}])
    def test_an_object_that_is_deleted_is_absent(
        self, client: "S3Client", store: "S3ObjectStore", stored: dict[str, str]
    ) -> None:
        put(client, b"" if not stored else LARGE, **stored)
        self.change(
            client,
            "HeadObject",
            lambda: client.delete_object(Bucket=PHOTO.bucket, Key=PHOTO.key),
        )
        assert store.observe(PHOTO) == AbsentObject(PHOTO)

    @pytest.mark.parametrize("replacement", [LARGE[::-1], b"short", b"", None])
    def test_a_range_of_an_object_that_is_replaced_is_refused(
        self, client: "S3Client", store: "S3ObjectStore", replacement: bytes | None
    ) -> None:
        put(client)
        content = present(store).content
        assert content is not None
        if replacement is None:
            client.delete_object(Bucket=PHOTO.bucket, Key=PHOTO.key)
        else:
            put(client, replacement)
        assert content.read(0, 100) == LARGE[:100]
        with pytest.raises(ObjectChangedError):
            content.read(900_000, 10)

    @pytest.mark.parametrize(
        ("code", "status", "error"),
        [("SlowDown", 503, TransientError), ("AccessDenied", 403, PermanentError)],
    )
    def test_a_range_that_is_refused_says_whether_to_ask_again(
        self,
        client: "S3Client",
        store: "S3ObjectStore",
        code: str,
        status: int,
        error: type[Exception],
    ) -> None:
        put(client)
        content = present(store).content
        assert content is not None
        respond_with_error(client, "s3.GetObject", code, status)
        with pytest.raises(error, match="read any further"):
            content.read(900_000, 10)

    def test_an_answer_that_is_cut_short_is_not_taken_for_the_end(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client)
        content = present(store).content
        assert content is not None
        cut_short(client)
        with pytest.raises(TransientError, match="cut short"):
            content.read(900_000, 10)

    @pytest.mark.parametrize("stored", [{}, {"StorageClass": "GLACIER"}])
    def test_what_head_is_refused_is_an_error(
        self, client: "S3Client", store: "S3ObjectStore", stored: dict[str, str]
    ) -> None:
        put(client, LARGE if stored else b"", **stored)
        respond_with_error(client, "s3.HeadObject", "403", 403)
        with pytest.raises(PermanentError):
            store.observe(PHOTO)


class TestList:
    def test_more_than_one_page_is_listed(
        self, client: "S3Client", store: "S3ObjectStore", requests: list[tuple[str, str | None]]
    ) -> None:
        keys = [f"{number}.jpg" for number in range(7)]
        for key in keys:
            client.put_object(Bucket="holiday", Key=key, Body=b"")
        client.meta.events.register(
            "provide-client-params.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=3)
        )
        requests.clear()
        assert [each.key for each in store.list("holiday")] == keys
        assert [name for name, _ in requests] == ["ListObjectsV2"] * 3

    def test_listing_goes_on_at_a_key_without_what_is_before_it(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        for key in ("a", "b", "c"):
            client.put_object(Bucket="holiday", Key=key, Body=b"")
        asked: list[str] = []
        client.meta.events.register(
            "before-parameter-build.s3.ListObjectsV2",
            lambda params, **_: asked.append(params.get("StartAfter", "")),
        )
        assert [each.key for each in store.list("holiday", after="b")] == ["c"]
        assert asked == ["b"]

    def test_a_bucket_that_can_be_listed_passes_the_check(self, store: "S3ObjectStore") -> None:
        store.check("holiday")

    def test_a_bucket_that_is_not_there_is_refused_in_words(self, store: "S3ObjectStore") -> None:
        with pytest.raises(ConfigurationError, match="no such bucket"):
            store.check("of-others")


def refuse_without_key(client: "S3Client") -> None:
    """Have S3 answer GET and HEAD as it does for an object under SSE-C."""
    message = "The object was stored using a form of Server Side Encryption."
    for operation in ("GetObject", "HeadObject"):
        respond_with_error(client, f"s3.{operation}", "InvalidRequest", 400, message)


def cut_short(client: "S3Client") -> None:
    """Have S3 answer with fewer bytes than were asked for, as if that were all."""
    from botocore.response import StreamingBody  # noqa: PLC0415 - needs the extra aws

    def short(parsed: dict[str, Any], **_: object) -> None:
        parsed["Body"] = StreamingBody(io.BytesIO(b"four"), 4)

    client.meta.events.register("after-call.s3.GetObject", short)


def without_ranges(client: "S3Client") -> None:
    """Have S3 answer as a server that pays no heed to Range."""
    from botocore.response import StreamingBody  # noqa: PLC0415 - needs the extra aws

    def whole(parsed: dict[str, Any], **_: object) -> None:
        parsed.pop("ContentRange", None)
        parsed["ContentLength"] = len(LARGE)
        parsed["Body"] = StreamingBody(io.BytesIO(LARGE), len(LARGE))

    client.meta.events.register("after-call.s3.GetObject", whole)
