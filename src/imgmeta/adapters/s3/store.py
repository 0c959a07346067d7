"""Amazon S3, and what speaks its protocol, as an object store."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, translated
from imgmeta.adapters.s3.content import S3Content
from imgmeta.core.objects import (
    FIRST_BLOCK,
    AbsentObject,
    ListedObject,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
)
from imgmeta.core.text import printable
from imgmeta.core.transports import MAX_S3_KEY
from imgmeta.errors import ConfigurationError, ObjectChangedError, PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        GetObjectOutputTypeDef,
        HeadObjectOutputTypeDef,
        ListObjectsV2RequestTypeDef,
    )

__all__ = ["S3ObjectStore"]

_ABSENT = frozenset({"NoSuchKey", "MethodNotAllowed"})
"""No object there; `MethodNotAllowed` is how S3 speaks of a delete marker. A mere 404 may be one of
the whole bucket, its code cut off."""
_ABSENT_TO_HEAD = _ABSENT | {"404", "405"}
"""HEAD has no body for a code; it is asked only where GET has just found an object."""

_DENIED = frozenset({"403", "AccessDenied", "AllAccessDisabled"})

_OUT_OF_RANGE = frozenset({"416", "InvalidRange"})
"""No byte of the first block is there; the status alone says so if the answer was cut short."""

_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE", "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"})
"""Storage classes, and tiers of INTELLIGENT_TIERING, whose objects must be restored before they are
read: Amazon S3 API Reference, GetObject and HeadObject."""

_UNSPEAKABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot say: servers other than Amazon's repeat a parameter in their answer as it is,
and the answer is none."""


class S3ObjectStore:
    """The current objects of S3's buckets. Any number of threads may use it at once.

    Args:
        client: of S3, from `imgmeta.adapters.aws.Clients` or boto3.
    """

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def observe(self, location: ObjectLocation) -> Observation:
        """Return what is there now, as the port says.

        One GET of the first block tells everything. Only where there are no bytes to be had does
        another request ask for the rest: of an empty object (416), an archived one, and one whose
        key of encryption S3 does not have.
        """
        if not _is_possible(location.key):
            return AbsentObject(location)
        with translated(_unreadable(location)):
            try:
                answer = self._client.get_object(
                    Bucket=location.bucket,
                    Key=location.key,
                    Range=f"bytes=0-{FIRST_BLOCK - 1}",
                )
                return self._present(location, answer)
            except ClientError as error:
                return self._without_bytes(location, error)

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[Listing]:
        """Yield the objects whose keys start with `prefix`, as the port says.

        S3 lists in the order of the keys' UTF-8 bytes: Amazon S3 API Reference, ListObjectsV2. That
        is so in general purpose buckets, not in directory buckets.
        """
        if prefix and not _is_possible(prefix):
            return
        what = _unlistable(bucket, prefix)
        request: ListObjectsV2RequestTypeDef = {"Bucket": bucket, "Prefix": prefix}
        if after:
            request["StartAfter"] = _UNSPEAKABLE.split(_in_s3(after), 1)[0]
        while True:
            with translated(what):
                page = self._client.list_objects_v2(**request)
            for line in page.get("Contents", ()):
                key = line["Key"]
                if (after is None or key > after) and (wanted is None or wanted(key)):
                    uploaded = line["LastModified"].astimezone(UTC)
                    yield ListedObject(key, line["Size"], _plain(line["ETag"]), uploaded)
            token = page.get("NextContinuationToken")
            if not token:
                return
            request["ContinuationToken"] = token

    def check(self, bucket: str, prefix: str = "") -> None:
        """Refuse a bucket that cannot be listed, in words that say what to do.

        Args:
            bucket: its name.
            prefix: what the keys start with. Some may list these alone: Amazon S3 User Guide,
                "Actions, resources, and condition keys", s3:prefix.

        Raises:
            ConfigurationError: there is none of that name, or not for these credentials.
            TransientError: S3 does not answer now.
        """
        try:
            with translated(_unlistable(bucket, prefix)):
                self._client.list_objects_v2(Bucket=bucket, Prefix=_in_s3(prefix), MaxKeys=1)
        except PermanentError as error:
            cause = error.__cause__
            is_denied = isinstance(cause, ClientError) and error_code(cause) in _DENIED
            advice = ": see that s3:ListBucket is allowed" if is_denied else ""
            msg = f"{str(error).rstrip('.')}{advice}"
            raise ConfigurationError(msg) from error

    def _present(self, location: ObjectLocation, answer: "GetObjectOutputTypeDef") -> PresentObject:
        block = answer["Body"].read(FIRST_BLOCK)
        answer["Body"].close()  # only a server that does not serve ranges has more to give
        _, _, total = answer.get("ContentRange", "").rpartition("/")
        size = int(total) if total.isdecimal() else answer["ContentLength"]
        content = S3Content(self._client, location, _plain(answer["ETag"]), size, block)
        return _described(location, answer, size=size, content=content)

    def _without_bytes(self, location: ObjectLocation, error: ClientError) -> Observation:
        code = error_code(error)
        if code in _ABSENT:
            return AbsentObject(location)
        if code == "404":
            msg = f"{_unreadable(location)}: the answer does not say what is missing"
            raise TransientError(msg) from error
        if code in _OUT_OF_RANGE:
            return self._observe_empty(location)
        if code == "InvalidObjectState":
            return self._observe_archived(location)
        if code == "InvalidRequest" and "encrypt" in str(error).lower():
            return self._observe_encrypted(location)
        if code in _DENIED:
            msg = (
                f"{_unreadable(location)}: access denied. See that s3:GetObject is allowed, and "
                "s3:ListBucket: without that, S3 says the same of an object that is not there"
            )
            raise PermanentError(msg) from error
        raise error

    def _observe_empty(self, location: ObjectLocation) -> Observation:
        answer = self._head(location)
        if answer is None:
            return AbsentObject(location)
        if answer.get("ContentLength"):  # proxies leave it out where there is no body
            raise _changed(location)
        content = S3Content(self._client, location, _plain(answer["ETag"]), 0, b"")
        return _described(location, answer, size=0, content=content)

    def _observe_archived(self, location: ObjectLocation) -> Observation:
        answer = self._head(location)
        if answer is None:
            return AbsentObject(location)
        where = answer.get("ArchiveStatus", answer.get("StorageClass", "STANDARD"))
        if where not in _ARCHIVES or 'ongoing-request="false"' in answer.get("Restore", ""):
            raise _changed(location)  # put there anew, or restored, since the GET
        reason = f"archived ({where}): restore it, then reprocess it"
        return _described(location, answer, content_error=reason)

    def _observe_encrypted(self, location: ObjectLocation) -> Observation:
        """Observe an object of which S3 tells nothing but its line in a listing.

        Neither GET nor HEAD says more without the customer's key: Amazon S3 User Guide, "Using
        server-side encryption with customer-provided keys". The line may be that of another
        object, put there since, so that it gets no ETag and is looked at again.
        """
        page = self._client.list_objects_v2(Bucket=location.bucket, Prefix=location.key, MaxKeys=1)
        line = next(iter(page.get("Contents", ())), None)
        if line is None or line["Key"] != location.key:
            return AbsentObject(location)
        return PresentObject(
            location=location,
            size=line["Size"],
            last_modified=line["LastModified"].astimezone(UTC),
            etag=None,
            content=None,
            content_error="encrypted with a key that only its owner has (SSE-C)",
        )

    def _head(self, location: ObjectLocation) -> "HeadObjectOutputTypeDef | None":
        try:
            return self._client.head_object(Bucket=location.bucket, Key=location.key)
        except ClientError as error:
            if error_code(error) in _ABSENT_TO_HEAD:
                return None
            raise


def _described(
    location: ObjectLocation,
    answer: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef",
    *,
    size: int | None = None,
    content: S3Content | None = None,
    content_error: str | None = None,
) -> PresentObject:
    return PresentObject(
        location=location,
        size=answer["ContentLength"] if size is None else size,
        last_modified=answer["LastModified"].astimezone(UTC),
        etag=_plain(answer["ETag"]),
        content=content,
        content_error=content_error,
        content_type=answer.get("ContentType"),
        version_id=answer.get("VersionId"),
    )


def _changed(location: ObjectLocation) -> ObjectChangedError:
    return ObjectChangedError(f"{printable(str(location))} was changed while it was read")


def _plain(etag: str) -> str:
    return etag.strip('"')


def _unlistable(bucket: str, prefix: str) -> str:
    return f"s3://{printable(bucket)}/{printable(prefix)} cannot be listed"


def _unreadable(location: ObjectLocation) -> str:
    return f"{printable(str(location))} cannot be read"


def _is_possible(key: str) -> bool:
    return bool(key) and _in_s3(key) == key


def _in_s3(key: str) -> str:
    """Return as much of a key as S3 can have: UTF-8, and no more than `MAX_S3_KEY` bytes of it."""
    return key.encode("utf-8", "surrogatepass")[:MAX_S3_KEY].decode("utf-8", "ignore")
