"""The bytes of one state of one object in S3."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, translated
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.text import printable
from imgmeta.errors import ObjectChangedError, PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["S3Content"]

_CHANGED = frozenset(
    [
        *("412", "PreconditionFailed", "404", "NoSuchKey", "416", "InvalidRange"),
        "InvalidObjectState",  # archived since; the next look says so
    ]
)
"""What S3 answers when the object is gone or is another one. A GET with If-Match of an object that
was replaced is 412: Amazon S3 API Reference, GetObject."""


class S3Content:
    """The bytes of one state of one object; the first block of them in memory.

    Each further range is asked for with `If-Match`, so that S3 itself refuses to mix two states.

    Args:
        client: of S3.
        location: the object.
        etag: of the state that was observed, without quotes.
        size: of that state, in bytes.
        first_block: its first bytes; all of them if it is not longer.
    """

    def __init__(
        self, client: "S3Client", location: ObjectLocation, etag: str, size: int, first_block: bytes
    ) -> None:
        self._client = client
        self._location = location
        self._etag = etag
        self._size = size
        self._first_block = first_block
        self._fetched = len(first_block)

    @property
    def size(self) -> int:
        """The object's length in bytes."""
        return self._size

    @property
    def fetched(self) -> int:
        """Bytes fetched from S3 so far."""
        return self._fetched

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only where the object ends.

        Raises:
            ObjectChangedError: the object is no longer the one that was observed.
            TransientError: S3 did not answer.
            PermanentError: S3 will not answer, or this server serves no ranges.
        """
        end = min(offset + length, self._size)
        known = self._first_block[offset:end]
        start = max(offset, len(self._first_block))
        return known + self._fetch(start, end) if start < end else known

    def _fetch(self, start: int, end: int) -> bytes:
        what = f"{printable(str(self._location))} cannot be read any further"
        with translated(what):
            try:
                answer = self._client.get_object(
                    Bucket=self._location.bucket,
                    Key=self._location.key,
                    Range=f"bytes={start}-{end - 1}",
                    IfMatch=f'"{self._etag}"',
                )
            except ClientError as error:
                if error_code(error) in _CHANGED:
                    msg = f"{printable(str(self._location))} was changed while it was read"
                    raise ObjectChangedError(msg) from error
                raise
            if not answer.get("ContentRange", "").startswith(f"bytes {start}-"):
                answer["Body"].close()
                msg = f"{what}: this server does not serve ranges"
                raise PermanentError(msg)
            block = answer["Body"].read()
        if len(block) != end - start:
            msg = f"{what}: the answer was cut short"
            raise TransientError(msg)
        self._fetched += len(block)
        return block
