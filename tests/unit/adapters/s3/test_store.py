"""Tests of the S3 object store beyond the contract tests: its responses, one by one."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from imgmeta.core.objects import AbsentObject, ListedObject, ObjectLocation, PresentObject
from imgmeta.errors import ConfigurationError, ObjectChangedError, PermanentError, TransientError
from support.aws.moto import list_restored_objects, respond_with_error, s3_in_memory

pytest.importorskip("moto", reason="needs the extra aws, and moto")

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
    """Return a list of the client's requests: the operation and the range."""
    requests: list[tuple[str, str | None]] = []

    def record(model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's type
        requests.append((model.name, params["headers"].get("Range")))

    client.meta.events.register("before-call.s3", record)
    return requests


def put(client: "S3Client", body: bytes = LARGE, **stored: Any) -> None:  # noqa: ANN401 - parameters of PutObject
    client.put_object(Bucket=PHOTO.bucket, Key=PHOTO.key, Body=body, **stored)


def present(store: "S3ObjectStore") -> PresentObject:
    observed = store.observe(PHOTO)
    assert isinstance(observed, PresentObject)
    return observed


class TestObserve:
    def test_observation_takes_one_ranged_get(
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
        observed = present(store)
        assert requests == [("GetObject", "bytes=0-131071")]
        assert observed.content is not None
        assert (observed.size, observed.content.fetched) == (len(LARGE), 131_072)
        assert (observed.etag, observed.version_id) == (head["ETag"].strip('"'), head["VersionId"])
        assert (observed.content_type, observed.last_modified) == (
            "image/jpeg",
            head["LastModified"],
        )

    def test_range_in_first_block_needs_no_request(
        self, client: "S3Client", store: "S3ObjectStore", requests: list[tuple[str, str | None]]
    ) -> None:
        put(client)
        content = present(store).content
        assert content is not None
        requests.clear()
        assert content.read(131_000, 72) == LARGE[131_000:131_072]
        assert requests == []

    def test_reads_of_an_object_are_not_local(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client)
        content = present(store).content
        assert content is not None
        assert not content.is_local

    def test_only_missing_part_of_range_is_requested(
        self, client: "S3Client", store: "S3ObjectStore", requests: list[tuple[str, str | None]]
    ) -> None:
        put(client)
        content = present(store).content
        assert content is not None
        requests.clear()
        assert content.read(131_000, 100) == LARGE[131_000:131_100]
        assert requests == [("GetObject", "bytes=131072-131099")]
        assert content.fetched == 131_072 + 28

    def test_empty_object_takes_a_second_request(
        self, client: "S3Client", store: "S3ObjectStore", requests: list[tuple[str, str | None]]
    ) -> None:
        put(client, b"", ContentType="image/jpeg")
        requests.clear()
        observed = present(store)
        assert [name for name, _ in requests] == ["GetObject", "HeadObject"]
        assert (observed.size, observed.content_type) == (0, "image/jpeg")
        assert observed.content is not None
        assert observed.content.read(0, 9) == b""

    def test_deleted_object_of_versioned_bucket_is_absent(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        client.put_bucket_versioning(
            Bucket="holiday", VersioningConfiguration={"Status": "Enabled"}
        )
        put(client)
        client.delete_object(Bucket=PHOTO.bucket, Key=PHOTO.key)
        assert store.observe(PHOTO) == AbsentObject(PHOTO)

    @pytest.mark.parametrize("storage", ["GLACIER", "DEEP_ARCHIVE"])
    def test_archived_object_is_present_without_content(
        self, client: "S3Client", store: "S3ObjectStore", storage: str
    ) -> None:
        put(client, StorageClass=storage)
        observed = present(store)
        assert (observed.content, observed.size) == (None, len(LARGE))
        assert observed.etag
        assert storage in (observed.content_error or "")

    @pytest.mark.parametrize("tier", ["ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"])
    def test_object_in_an_archive_tier_is_present_without_content(
        self, client: "S3Client", store: "S3ObjectStore", tier: str
    ) -> None:
        put(client, StorageClass="INTELLIGENT_TIERING")
        respond_with_error(client, "s3.GetObject", "InvalidObjectState", 403)
        client.meta.events.register(
            "after-call.s3.HeadObject", lambda parsed, **_: parsed.update(ArchiveStatus=tier)
        )
        observed = present(store)
        assert (observed.content, observed.storage_class) == (None, "INTELLIGENT_TIERING")
        assert observed.content_error == f"archived ({tier}): restore it, then reprocess it"

    def test_restored_object_is_read(self, client: "S3Client", store: "S3ObjectStore") -> None:
        put(client, StorageClass="GLACIER")
        client.restore_object(Bucket=PHOTO.bucket, Key=PHOTO.key, RestoreRequest={"Days": 1})
        observed = present(store)
        assert observed.content is not None
        assert (observed.storage_class, observed.content_error) == ("GLACIER", None)

    def test_object_encrypted_with_sse_c_is_present_without_content(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client)
        client.put_object(Bucket=PHOTO.bucket, Key=PHOTO.key + ".jpg", Body=b"another")
        respond_as_sse_c(client)
        observed = present(store)
        assert (observed.content, observed.size, observed.etag) == (None, len(LARGE), None)
        assert "SSE-C" in (observed.content_error or "")

    def test_sse_c_object_deleted_before_listing_is_absent(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        client.put_object(Bucket=PHOTO.bucket, Key=PHOTO.key + ".jpg", Body=b"another")
        respond_as_sse_c(client)
        assert store.observe(PHOTO) == AbsentObject(PHOTO)

    def test_access_denied_error_names_both_permissions(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        respond_with_error(client, "s3.GetObject", "AccessDenied", 403)
        with pytest.raises(PermanentError, match=r"s3:GetObject.*s3:ListBucket.*do not exist"):
            store.observe(PHOTO)

    @pytest.mark.parametrize(
        ("code", "status"),
        [("SlowDown", 503), ("InternalError", 500), ("RequestTimeout", 400), ("Unheard", 502)],
    )
    def test_temporary_error_is_transient(
        self, client: "S3Client", store: "S3ObjectStore", code: str, status: int
    ) -> None:
        respond_with_error(client, "s3.GetObject", code, status)
        with pytest.raises(TransientError):
            store.observe(PHOTO)

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("NoSuchBucket", "no such bucket"),
            ("PermanentRedirect", "set an AWS region"),
            ("ExpiredToken", "expired"),
            ("InvalidAccessKeyId", "rejected the credentials"),
            ("KMS.DisabledException", "KMS.DisabledException"),
            ("InvalidRequest", "InvalidRequest"),
        ],
    )
    def test_permanent_error_has_reason(
        self, client: "S3Client", store: "S3ObjectStore", code: str, reason: str
    ) -> None:
        put(client)
        respond_with_error(client, "s3.GetObject", code, 400)
        with pytest.raises(PermanentError, match=reason):
            store.observe(PHOTO)

    def test_404_without_code_is_not_an_absent_object(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        respond_with_error(client, "s3.GetObject", "404", 404)
        with pytest.raises(TransientError):
            store.observe(PHOTO)

    def test_absent_key_that_breaks_the_error_response_is_confirmed_by_a_listing(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        client.put_object(Bucket="holiday", Key="esc\x1b.jpg.bak", Body=b"another object")
        respond_with_error(client, "s3.GetObject", "404", 404)
        location = ObjectLocation("holiday", "esc\x1b.jpg")
        assert store.observe(location) == AbsentObject(location)

    def test_listed_key_that_breaks_the_error_response_is_not_an_absent_object(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        client.put_object(Bucket="holiday", Key="esc\x1b.jpg", Body=LARGE)
        respond_with_error(client, "s3.GetObject", "404", 404)
        with pytest.raises(TransientError, match="no error code"):
            store.observe(ObjectLocation("holiday", "esc\x1b.jpg"))

    def test_404_without_code_in_a_missing_bucket_is_not_an_absent_object(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        respond_with_error(client, "s3.GetObject", "404", 404)
        with pytest.raises(PermanentError, match="bucket"):
            store.observe(ObjectLocation("no-such-bucket", "esc\x1b.jpg"))

    def test_hostile_text_in_response_is_escaped(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        respond_with_error(client, "s3.GetObject", "Evil\u202e\n", 400)
        with pytest.raises(PermanentError) as caught:
            store.observe(ObjectLocation("holiday", "a\n.jpg"))
        assert str(caught.value).isprintable()

    def test_server_without_range_support_is_not_read_completely(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client)
        ignore_ranges(client)
        observed = present(store)
        assert observed.content is not None
        assert (observed.size, observed.content.fetched) == (len(LARGE), 131_072)
        with pytest.raises(PermanentError, match="range requests"):
            observed.content.read(900_000, 10)

    def test_response_without_status_is_accepted(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client, b"12345678")
        ignore_ranges(client)
        client.meta.events.register(
            "after-call.s3.GetObject", lambda parsed, **_: parsed.pop("ResponseMetadata")
        )
        assert present(store).size == len(LARGE)


class TestConcurrentChanges:
    """Changes of an object between two requests."""

    def change(self, client: "S3Client", operation: str, action: Callable[[], object]) -> None:
        def once(**_: object) -> None:
            client.meta.events.unregister(f"before-call.s3.{operation}", once)
            action()

        client.meta.events.register_first(f"before-call.s3.{operation}", once)

    def test_replaced_empty_object_raises_object_changed(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client, b"")
        self.change(client, "HeadObject", lambda: put(client))
        with pytest.raises(ObjectChangedError):
            store.observe(PHOTO)

    def test_replaced_archived_object_raises_object_changed(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client, StorageClass="GLACIER")
        self.change(client, "HeadObject", lambda: put(client))
        with pytest.raises(ObjectChangedError):
            store.observe(PHOTO)

    @pytest.mark.parametrize("stored", [{}, {"StorageClass": "GLACIER"}])
    def test_object_deleted_before_head_is_absent(
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
    def test_range_of_replaced_object_raises_object_changed(
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

    def test_message_names_the_object_as_commands_accept_it(self, client: "S3Client") -> None:
        from imgmeta.adapters.s3.content import S3Content  # noqa: PLC0415 - needs the extra aws

        content = S3Content(client, ObjectLocation("holiday", "a%20b.jpg"), "0", 10, b"")
        with pytest.raises(ObjectChangedError, match=r"^s3://holiday/a%2520b.jpg changed"):
            content.read(0, 10)

    @pytest.mark.parametrize(
        ("code", "status", "error"),
        [("SlowDown", 503, TransientError), ("AccessDenied", 403, PermanentError)],
    )
    def test_failed_range_request_is_transient_or_permanent(
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
        with pytest.raises(error, match="cannot read the rest of"):
            content.read(900_000, 10)

    def test_truncated_range_is_not_the_end_of_the_object(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        put(client)
        content = present(store).content
        assert content is not None
        truncate_responses(client)
        with pytest.raises(TransientError, match="cut short"):
            content.read(900_000, 10)

    @pytest.mark.parametrize("stored", [{}, {"StorageClass": "GLACIER"}])
    def test_denied_head_raises_permanent_error(
        self, client: "S3Client", store: "S3ObjectStore", stored: dict[str, str]
    ) -> None:
        put(client, LARGE if stored else b"", **stored)
        respond_with_error(client, "s3.HeadObject", "403", 403)
        with pytest.raises(PermanentError):
            store.observe(PHOTO)


class TestList:
    def test_listing_of_several_pages_is_complete(
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

    def test_listing_shows_which_archived_objects_are_restored(
        self, client: "S3Client", store: "S3ObjectStore", requests: list[tuple[str, str | None]]
    ) -> None:
        classes = {"a": "STANDARD", "b": "GLACIER", "c": "GLACIER", "d": "GLACIER_IR"}
        for key, storage_class in classes.items():
            client.put_object(Bucket="holiday", Key=key, Body=b"", StorageClass=storage_class)  # type: ignore[arg-type]  # a plain text
        list_restored_objects(client, "c")
        requests.clear()
        found = [each for each in store.list("holiday") if isinstance(each, ListedObject)]
        assert [(each.storage_class, each.restored, each.readable) for each in found] == [
            (None, False, True),
            ("GLACIER", False, False),
            ("GLACIER", True, True),
            ("GLACIER_IR", False, True),
        ]
        assert [name for name, _ in requests] == ["ListObjectsV2"] * 2

    def test_state_of_restored_objects_is_requested_once_for_further_pages(
        self, client: "S3Client", store: "S3ObjectStore", requests: list[tuple[str, str | None]]
    ) -> None:
        for number in range(6):
            client.put_object(
                Bucket="holiday", Key=f"{number}", Body=b"", StorageClass="DEEP_ARCHIVE"
            )
        client.meta.events.register(
            "provide-client-params.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=2)
        )
        list_restored_objects(client, "5")
        requests.clear()
        found = [each for each in store.list("holiday") if isinstance(each, ListedObject)]
        assert [each.key for each in found if each.restored] == ["5"]
        assert len(found) == 6
        assert [name for name, _ in requests] == ["ListObjectsV2"] * 4

    def test_restore_status_is_not_requested_without_archived_objects(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        client.put_object(Bucket="holiday", Key="a", Body=b"", StorageClass="STANDARD_IA")
        parameters: list[object] = []
        client.meta.events.register(
            "before-parameter-build.s3.ListObjectsV2",
            lambda params, **_: parameters.append(params.get("OptionalObjectAttributes")),
        )
        assert len(list(store.list("holiday"))) == 1
        assert parameters == [None]

    def test_listing_after_key_skips_earlier_keys(
        self, client: "S3Client", store: "S3ObjectStore"
    ) -> None:
        for key in ("a", "b", "c"):
            client.put_object(Bucket="holiday", Key=key, Body=b"")
        start_keys: list[str] = []
        client.meta.events.register(
            "before-parameter-build.s3.ListObjectsV2",
            lambda params, **_: start_keys.append(params.get("StartAfter", "")),
        )
        assert [each.key for each in store.list("holiday", after="b")] == ["c"]
        assert start_keys == ["b"]

    def test_existing_bucket_passes_check(self, store: "S3ObjectStore") -> None:
        store.check("holiday")

    def test_missing_bucket_is_reported(self, store: "S3ObjectStore") -> None:
        with pytest.raises(ConfigurationError, match="no such bucket"):
            store.check("unknown-bucket")


def respond_as_sse_c(client: "S3Client") -> None:
    """Respond to GET and HEAD like S3 for an object encrypted with SSE-C."""
    message = "The object was stored using a form of Server Side Encryption."
    for operation in ("GetObject", "HeadObject"):
        respond_with_error(client, f"s3.{operation}", "InvalidRequest", 400, message)


def truncate_responses(client: "S3Client") -> None:
    """Respond to GET with fewer bytes than requested."""
    from botocore.response import StreamingBody  # noqa: PLC0415 - needs the extra aws

    def truncate(parsed: dict[str, Any], **_: object) -> None:
        parsed["Body"] = StreamingBody(io.BytesIO(b"four"), 4)

    client.meta.events.register("after-call.s3.GetObject", truncate)


def ignore_ranges(client: "S3Client") -> None:
    """Respond to GET like a server that does not support ranges."""
    from botocore.response import StreamingBody  # noqa: PLC0415 - needs the extra aws

    def ignore_range(parsed: dict[str, Any], **_: object) -> None:
        parsed.pop("ContentRange", None)
        parsed["ContentLength"] = len(LARGE)
        parsed["Body"] = StreamingBody(io.BytesIO(LARGE), len(LARGE))

    client.meta.events.register("after-call.s3.GetObject", ignore_range)
