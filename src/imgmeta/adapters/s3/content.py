"""The content of one state of an S3 object."""

from contextlib import closing
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code
from imgmeta.adapters.s3.checksums import checksum_hash
from imgmeta.adapters.s3.responses import require_range, s3_responses
from imgmeta.core.content_hashes import ContentHash
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.uris import legible_name
from imgmeta.errors import ObjectChangedError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["S3Content", "changed_error", "is_changed", "read_failure"]

_CHANGED = frozenset(
    [
        *("412", "PreconditionFailed", "404", "NoSuchKey", "416", "InvalidRange"),
        "InvalidObjectState",  # archived since it was observed
    ]
)
"""Error codes for an object that was deleted or replaced. GET with If-Match returns 412 for a
replaced object: Amazon S3 API Reference, GetObject."""


def is_changed(error: ClientError) -> bool:
    """Return whether an error response to GET says that the object was deleted or replaced."""
    return error_code(error) in _CHANGED


def changed_error(location: ObjectLocation) -> ObjectChangedError:
    """Return the error for an object that was deleted or replaced."""
    return ObjectChangedError(f"{legible_name(location)} changed while it was read")


def read_failure(location: ObjectLocation) -> str:
    """Return the start of the messages about an object that cannot be read."""
    return f"cannot read {legible_name(location)}"


class S3Content:
    """The content of one state of an object, with the first block in memory.

    Requests for further ranges use `If-Match`, so that S3 never mixes two states.

    Args:
        client: an S3 client.
        location: the object's location.
        etag: the observed ETag, without quotes.
        size: the observed size in bytes.
        first_block: the first bytes; all of them if the object is not larger.

    Attributes:
        size: the object's size in bytes.
        fetched: the number of bytes fetched from S3 so far.
        is_local: False, since each read is a request.
    """

    is_local = False

    def __init__(
        self, client: "S3Client", location: ObjectLocation, etag: str, size: int, first_block: bytes
    ) -> None:
        self._client = client
        self._location = location
        self._etag = etag
        self._first_block = first_block
        self.size = size
        self.fetched = len(first_block)

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`: see `ByteSource.read`.

        Raises:
            PermanentError: S3 denies the request, or the server does not support ranges.
        """
        end = min(offset + length, self.size)
        cached = self._first_block[offset:end]
        start = max(offset, len(self._first_block))
        return cached + self._fetch(start, end) if start < end else cached

    def stored_hash(self) -> ContentHash | None:
        """Return the checksum that S3 has: see `StoredHashSource.stored_hash`.

        A response to a range has no checksum of the whole object, so this is a request of its own.
        A refused one is not an error, since the bytes may still be read.
        """
        with s3_responses(f"cannot read the checksum of {legible_name(self._location)}"):
            try:
                response = self._client.head_object(
                    Bucket=self._location.bucket,
                    Key=self._location.key,
                    IfMatch=f'"{self._etag}"',
                    ChecksumMode="ENABLED",
                )
            except ClientError as error:
                if is_changed(error):
                    raise changed_error(self._location) from error
                return None
        return checksum_hash(response)

    def _fetch(self, start: int, end: int) -> bytes:
        context = f"cannot read the rest of {legible_name(self._location)}"
        with s3_responses(context):
            try:
                response = self._client.get_object(
                    Bucket=self._location.bucket,
                    Key=self._location.key,
                    Range=f"bytes={start}-{end - 1}",
                    IfMatch=f'"{self._etag}"',
                )
            except ClientError as error:
                if is_changed(error):
                    raise changed_error(self._location) from error
                raise
            with closing(response["Body"]) as body:
                require_range(response, start, end, context)
                block = body.read(end - start)
        if len(block) != end - start:
            msg = f"{context}: the response was cut short"
            raise TransientError(msg)
        self.fetched += len(block)
        return block
