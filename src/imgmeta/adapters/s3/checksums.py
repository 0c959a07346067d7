"""Hashes of the whole content that S3 has of an object: its ETag, or a checksum."""

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from imgmeta.core.content_hashes import ContentHash, HashKind

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

__all__ = ["checksum_hash", "etag_hash"]

_MD5 = re.compile('"?([0-9a-f]{32})"?', re.ASCII)

_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu")

_WITH_MD5 = frozenset({None, "AES256"})
"""Encryptions of objects whose ETag is the MD5 digest of their content: none, and SSE-S3."""


def etag_hash(
    client: "S3Client", response: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef"
) -> ContentHash | None:
    """Return the ETag of an object as a hash of its content; None if it may be another value.

    The ETag is the MD5 digest unless the object was uploaded in parts, which adds `-` and their
    number, or is encrypted with SSE-KMS, DSSE-KMS or SSE-C: Amazon S3 API Reference, "Object".
    Other servers send ETags of the same form that are not digests, so only those of AWS count.
    """
    match = _MD5.fullmatch(response["ETag"])
    if match is None or response.get("SSECustomerAlgorithm"):
        return None
    if response.get("ServerSideEncryption") not in _WITH_MD5:
        return None
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    return ContentHash(HashKind.MD5, match[1]) if host.endswith(_AWS_HOSTS) else None


def checksum_hash(response: "HeadObjectOutputTypeDef") -> ContentHash | None:
    """Return the checksum of an object as a hash of its content; None if it has no such checksum.

    A checksum of type COMPOSITE is the checksum of the checksums of the object's parts. The value
    alone does not always tell, since the number of parts may be missing: Amazon S3 API Reference,
    HeadObject, `x-amz-checksum-type`.
    """
    if response.get("ChecksumType") != "FULL_OBJECT":
        return None
    values = (
        (HashKind.SHA256, response.get("ChecksumSHA256")),
        (HashKind.SHA1, response.get("ChecksumSHA1")),
    )
    for kind, value in values:
        try:
            return ContentHash(kind, base64.b64decode(value or "", validate=True).hex())
        except (binascii.Error, ValueError):
            continue
    return None
