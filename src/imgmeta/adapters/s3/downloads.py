"""Downloads of whole objects in pieces, which continue after a lost connection."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from imgmeta.adapters.s3.access import denied_read, is_absent, is_denied
from imgmeta.adapters.s3.content import changed_error, is_changed, read_failure
from imgmeta.adapters.s3.responses import require_metadata, require_range, s3_responses
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.uris import legible_name
from imgmeta.errors import ConfigurationError, ObjectChangedError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

__all__ = ["S3Downloads"]

_PIECE = 256 * 1024
_ATTEMPTS = 4
"""Attempts without any progress; botocore retries requests, but not the reading of a response."""
_PAUSE = 0.5
"""Seconds before the second attempt; each further pause is twice as long."""


class S3Downloads:
    """Downloads objects in bounded memory.

    Args:
        client: an S3 client.
        sleep: pauses between attempts.
        requester_pays: whether the requester pays for the requests of the client.
    """

    def __init__(
        self,
        client: "S3Client",
        *,
        sleep: Callable[[float], object],
        requester_pays: bool = False,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._requester_pays = requester_pays

    def read(self, location: ObjectLocation, limit: int) -> bytes:
        """Return the content of a small object.

        Args:
            location: the object.
            limit: the maximum number of bytes.

        Raises:
            ConfigurationError: the object does not exist, or is larger.
            PermanentError: it cannot be read.
            TransientError: it cannot be read now.
        """
        content = bytearray()
        for piece in self.pieces(location):
            content += piece
            if len(content) > limit:
                msg = f"{legible_name(location)} is larger than {limit:,} bytes"
                raise ConfigurationError(msg)
        return bytes(content)

    def pieces(self, location: ObjectLocation) -> Iterator[bytes]:
        """Yield the content of an object in pieces, all of the same state of the object.

        Raises:
            ConfigurationError: the object does not exist.
            ObjectChangedError: the object was replaced during the download.
            PermanentError: it cannot be read.
            TransientError: it cannot be read now.
        """
        offset, failures = 0, 0
        size, etag = -1, ""
        while offset != size:
            before = offset
            try:
                response = self._get(location, offset, size, etag)
                etag = etag or response["ETag"]
                size = offset + response["ContentLength"] if size < 0 else size
                with closing(response["Body"]) as body:
                    while piece := self._read(body.read, location):
                        offset += len(piece)
                        yield piece
                if offset != size:
                    msg = f"{read_failure(location)}: the response was cut short"
                    raise TransientError(msg)  # noqa: TRY301 - handled like a lost connection
            except ObjectChangedError:
                raise
            except TransientError:
                failures = failures + 1 if offset == before else 1
                if failures >= _ATTEMPTS:
                    raise
                self._sleep(_PAUSE * 2 ** (failures - 1))

    def _get(
        self, location: ObjectLocation, offset: int, size: int, etag: str
    ) -> "GetObjectOutputTypeDef":
        context = read_failure(location)
        with s3_responses(context):
            try:
                if not offset:
                    response = self._client.get_object(Bucket=location.bucket, Key=location.key)
                    require_metadata(response, context, length=True)
                    return response
                response = self._client.get_object(
                    Bucket=location.bucket,
                    Key=location.key,
                    Range=f"bytes={offset}-{size - 1}",
                    IfMatch=etag,
                )
                require_range(response, offset, size, context)
            except ClientError as error:
                if offset and is_changed(error):
                    raise changed_error(location) from error
                if is_absent(error):
                    msg = f"{legible_name(location)} does not exist: check the bucket and the key"
                    raise ConfigurationError(msg) from error
                if is_denied(error):
                    raise denied_read(
                        error, context, requester_pays=self._requester_pays
                    ) from error
                raise
            return response

    @staticmethod
    def _read(read: Callable[[int], bytes], location: ObjectLocation) -> bytes:
        with s3_responses(read_failure(location)):
            return read(_PIECE)
