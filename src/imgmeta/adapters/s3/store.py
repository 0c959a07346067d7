"""Amazon S3 and compatible services as an object store."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code
from imgmeta.adapters.s3.access import (
    denied_read,
    failed_check,
    is_absent,
    is_denied,
    send_request_payer,
)
from imgmeta.adapters.s3.archives import archive_of, listed_object, storage_class
from imgmeta.adapters.s3.checksums import etag_hash
from imgmeta.adapters.s3.content import S3Content, changed_error, read_failure
from imgmeta.adapters.s3.pages import checked_pages, listed_objects, refuse_directory_bucket
from imgmeta.adapters.s3.responses import (
    check_listings,
    object_size,
    require_metadata,
    s3_responses,
)
from imgmeta.core.event_values import MAX_S3_KEY
from imgmeta.core.objects import (
    FIRST_BLOCK,
    AbsentObject,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
)
from imgmeta.core.uris import legible_name
from imgmeta.errors import PermanentError, Remedy, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        GetObjectOutputTypeDef,
        HeadObjectOutputTypeDef,
        ListObjectsV2RequestTypeDef,
        ObjectTypeDef,
    )

__all__ = ["S3ObjectStore"]

_ABSENT_TO_HEAD = frozenset({"NoSuchKey", "MethodNotAllowed", "404", "405"})
"""HEAD responses have no body, so no code: GET must confirm that the object is absent."""

_OUT_OF_RANGE = frozenset({"416", "InvalidRange"})
"""Error code for an empty object, and the status, which replaces it in a truncated response."""


class S3ObjectStore:
    """The current objects in S3 buckets. Thread-safe.

    Args:
        client: an S3 client, from `imgmeta.adapters.aws.Clients` or boto3.
        requester_pays: read requester-pays buckets, for which the account of the client is charged.
            This changes all requests of the client.
    """

    def __init__(self, client: "S3Client", *, requester_pays: bool = False) -> None:
        self._client = client
        self._requester_pays = requester_pays
        check_listings(client)
        if requester_pays:
            send_request_payer(client)

    def observe(self, location: ObjectLocation) -> Observation:
        """Return the object's current state: see `ObjectStore.observe`.

        One GET of the first block is enough, except for objects without readable bytes: empty
        (416), archived, or encrypted with a customer-provided key. These need a second request.
        """
        if not _is_valid_key(location.key):
            return AbsentObject(location)
        with s3_responses(read_failure(location)):
            try:
                return self._present(location, self._get(location))
            except ClientError as error:
                return self._observe_without_bytes(location, error)

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,
    ) -> Iterator[Listing]:
        """Yield objects in key order: see `ObjectStore.list`.

        S3 lists general purpose buckets in the order of the keys' UTF-8 bytes, but not directory
        buckets: Amazon S3 API Reference, ListObjectsV2. Any other order raises PermanentError.
        """
        del skipped  # a bucket has only objects
        if prefix and not _is_valid_key(prefix):
            return
        context = _listing_failure(bucket, prefix)
        request: ListObjectsV2RequestTypeDef = {"Bucket": bucket, "Prefix": prefix}
        if after:
            request["StartAfter"] = _not_xml().split(_truncate_key(after), 1)[0]
        for page in checked_pages(self._client, request, context):
            for line in page:
                key = line["Key"]
                if (after is None or key > after) and (wanted is None or wanted(key)):
                    yield listed_object(line)

    def check(self, bucket: str, prefix: str = "") -> None:
        """Check that a bucket can be listed.

        Args:
            bucket: the bucket's name.
            prefix: the prefix to list; a policy may allow only that (Amazon S3 User Guide,
                "Actions, resources, and condition keys", s3:prefix).

        Raises:
            ConfigurationError: the bucket does not exist, or may not be listed.
            TransientError: S3 is temporarily unavailable.
        """
        context = _listing_failure(bucket, prefix)
        request: ListObjectsV2RequestTypeDef = {
            "Bucket": bucket,
            "Prefix": _truncate_key(prefix),
            "MaxKeys": 1,
        }
        try:
            refuse_directory_bucket(bucket, context)
            with s3_responses(context):
                page = self._client.list_objects_v2(**request)
            listed_objects(page, request, context)
        except PermanentError as error:
            raise failed_check(error, requester_pays=self._requester_pays) from error

    def _get(self, location: ObjectLocation) -> "GetObjectOutputTypeDef":
        return self._client.get_object(
            Bucket=location.bucket, Key=location.key, Range=f"bytes=0-{FIRST_BLOCK - 1}"
        )

    def _present(
        self, location: ObjectLocation, response: "GetObjectOutputTypeDef"
    ) -> PresentObject:
        with closing(response["Body"]) as body:  # unread if the server does not support ranges
            size = object_size(response, FIRST_BLOCK, read_failure(location))
            block = body.read(FIRST_BLOCK)
        if len(block) != min(FIRST_BLOCK, size):
            msg = f"{read_failure(location)}: the response was cut short"
            raise TransientError(msg)
        content = S3Content(self._client, location, _unquote(response["ETag"]), size, block)
        return self._observation(location, response, size=size, content=content)

    def _observe_without_bytes(self, location: ObjectLocation, error: ClientError) -> Observation:
        code, context = error_code(error), read_failure(location)
        if is_absent(error):
            return AbsentObject(location)
        if code == "404":
            # The response repeats the key: one that XML does not allow makes the code unreadable.
            if _not_xml().search(location.key) and self._listed(location) is None:
                return AbsentObject(location)
            msg = f"{context}: the response has status 404 and no error code"
            raise TransientError(msg, remedy=Remedy.ENDPOINT) from error
        if code in _OUT_OF_RANGE:
            return self._observe_empty(location)
        if code == "InvalidObjectState":
            return self._observe_archived(location)
        if code == "InvalidRequest" and "encrypt" in str(error).lower():
            return self._observe_encrypted(location)
        if is_denied(error):
            raise denied_read(error, context, requester_pays=self._requester_pays) from error
        raise error

    def _observe_empty(self, location: ObjectLocation) -> Observation:
        response = self._head(location)
        if isinstance(response, AbsentObject):
            return response
        if response.get("ContentLength"):  # some proxies omit it without a body
            raise changed_error(location)
        content = S3Content(self._client, location, _unquote(response["ETag"]), 0, b"")
        return self._observation(location, response, size=0, content=content)

    def _observe_archived(self, location: ObjectLocation) -> Observation:
        response = self._head(location)
        if isinstance(response, AbsentObject):
            return response
        archive = archive_of(response)
        if archive is None:
            raise changed_error(location)  # replaced or restored since the GET
        require_metadata(response, read_failure(location), length=True)
        reason = f"archived ({archive}): restore it, then reprocess it"
        return self._observation(location, response, content_error=reason)

    def _observe_encrypted(self, location: ObjectLocation) -> Observation:
        """Observe an object with a customer-provided encryption key, by its listing.

        GET and HEAD need the key: Amazon S3 User Guide, "Using server-side encryption with
        customer-provided keys". The object may have been replaced before the listing, so that the
        observation has no ETag, and each sync observes the object again.
        """
        line = self._listed(location)
        if line is None:
            return AbsentObject(location)
        return PresentObject(
            location=location,
            size=line["Size"],
            last_modified=line["LastModified"].astimezone(UTC),
            etag=None,
            content=None,
            content_error="encrypted with a customer-provided key (SSE-C)",
        )

    def _listed(self, location: ObjectLocation) -> "ObjectTypeDef | None":
        bucket, key = location.bucket, location.key
        request: ListObjectsV2RequestTypeDef = {"Bucket": bucket, "Prefix": key, "MaxKeys": 1}
        page = self._client.list_objects_v2(**request)
        lines = listed_objects(page, request, read_failure(location))
        return next((line for line in lines if line["Key"] == key), None)

    def _head(self, location: ObjectLocation) -> "HeadObjectOutputTypeDef | AbsentObject":
        try:
            response = self._client.head_object(Bucket=location.bucket, Key=location.key)
        except ClientError as error:
            if error_code(error) in _ABSENT_TO_HEAD:
                return self._confirm_absence(location)
            raise
        require_metadata(response, read_failure(location))
        return response

    def _confirm_absence(self, location: ObjectLocation) -> AbsentObject:
        """Return an absent object if the error code of GET confirms it."""
        try:
            self._get(location)["Body"].close()
        except ClientError as error:
            if is_absent(error):
                return AbsentObject(location)
        raise changed_error(location)

    def _observation(
        self,
        location: ObjectLocation,
        response: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef",
        *,
        size: int | None = None,
        content: S3Content | None = None,
        content_error: str | None = None,
    ) -> PresentObject:
        return PresentObject(
            location=location,
            size=response["ContentLength"] if size is None else size,
            last_modified=response["LastModified"].astimezone(UTC),
            etag=_unquote(response["ETag"]),
            content=content,
            content_error=content_error,
            content_type=response.get("ContentType"),
            version_id=response.get("VersionId") or None,
            storage_class=storage_class(response),
            content_hash=etag_hash(self._client, response),
        )


def _unquote(etag: str) -> str:
    return etag.strip('"')


def _listing_failure(bucket: str, prefix: str) -> str:
    return f"cannot list {legible_name(ObjectLocation(bucket, prefix))}"


@cache
def _not_xml() -> re.Pattern[str]:
    """Return a pattern of the characters that XML 1.0 does not allow.

    Servers other than Amazon's echo parameters unescaped, so that their response would be invalid.
    Compiling it takes 8 ms, and most processes never need it.
    """
    return re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _is_valid_key(key: str) -> bool:
    return bool(key) and _truncate_key(key) == key


def _truncate_key(key: str) -> str:
    """Return `key` without lone surrogates, cut to at most `MAX_S3_KEY` bytes of UTF-8."""
    return key.encode("utf-8", "surrogatepass")[:MAX_S3_KEY].decode("utf-8", "ignore")
