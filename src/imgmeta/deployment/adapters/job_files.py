"""Manifests and reports of S3 Batch Operations jobs in Amazon S3."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from imgmeta.adapters.s3 import S3Downloads
from imgmeta.adapters.s3.responses import s3_responses
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.uris import legible_name
from imgmeta.deployment.service.waiter import Sleep

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

__all__ = ["S3JobFiles"]

_PART = 8 * 1024 * 1024
"""Bytes of a part: at least 5 MiB, and at most 10,000 parts; Amazon S3 User Guide, "Amazon S3
multipart upload limits"."""
_CONTENT_TYPE = "text/csv"


class S3JobFiles:
    """Objects that are written once and read in pieces.

    Args:
        client: an S3 client.
        sleep: pauses between attempts to read.
    """

    def __init__(self, client: "S3Client", *, sleep: Sleep) -> None:
        self._client = client
        self._downloads = S3Downloads(client, sleep=sleep)

    def write(self, location: ObjectLocation, lines: Iterable[bytes]) -> str:
        """Write an object in bounded memory: see `JobFiles.write`."""
        parts = _parts(lines)
        first = next(parts, b"")
        second = next(parts, None)
        context = f"cannot write {legible_name(location)}"
        if second is None:
            with s3_responses(context):
                return self._client.put_object(
                    Bucket=location.bucket,
                    Key=location.key,
                    Body=first,
                    ContentType=_CONTENT_TYPE,
                )["ETag"].strip('"')
        with s3_responses(context):
            upload = self._client.create_multipart_upload(
                Bucket=location.bucket, Key=location.key, ContentType=_CONTENT_TYPE
            )["UploadId"]
        try:
            completed: list[CompletedPartTypeDef] = []
            for content in chain([first, second], parts):
                with s3_responses(context):
                    completed.append(self._upload(location, upload, len(completed) + 1, content))
            with s3_responses(context):
                return self._client.complete_multipart_upload(
                    Bucket=location.bucket,
                    Key=location.key,
                    UploadId=upload,
                    MultipartUpload={"Parts": completed},
                )["ETag"].strip('"')
        except BaseException:
            self._abort(location, upload)
            raise

    def read(self, location: ObjectLocation) -> Iterator[bytes]:
        """Yield the content of an object in pieces: see `JobFiles.read`."""
        return self._downloads.pieces(location)

    def _upload(
        self, location: ObjectLocation, upload: str, number: int, content: bytes
    ) -> "CompletedPartTypeDef":
        response = self._client.upload_part(
            Bucket=location.bucket,
            Key=location.key,
            UploadId=upload,
            PartNumber=number,
            Body=content,
        )
        return {"ETag": response["ETag"], "PartNumber": number}

    def _abort(self, location: ObjectLocation, upload: str) -> None:
        try:
            self._client.abort_multipart_upload(
                Bucket=location.bucket, Key=location.key, UploadId=upload
            )
        except (ClientError, BotoCoreError):
            # The error that is being raised is the one to report, and there is no object.
            return


def _parts(lines: Iterable[bytes]) -> Iterator[bytes]:
    part = bytearray()
    for line in lines:
        part += line
        if len(part) >= _PART:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)
