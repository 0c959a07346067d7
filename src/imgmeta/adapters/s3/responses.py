"""Checks of responses, so that one from another server is an error and never an empty bucket.

A captive portal, a proxy or a wrong endpoint URL may answer any request with status 200 and a web
page. botocore ignores elements that it does not know, and returns an empty response.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, is_foreign, translate_errors
from imgmeta.core.targets import is_directory_bucket
from imgmeta.core.text import printable, shorten
from imgmeta.errors import PermanentError, Remedy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        GetObjectOutputTypeDef,
        HeadObjectOutputTypeDef,
        ListObjectsV2OutputTypeDef,
        ListObjectsV2RequestTypeDef,
        ObjectTypeDef,
    )

__all__ = [
    "checked_pages",
    "is_absent",
    "is_denied",
    "listed_objects",
    "object_size",
    "refuse_directory_bucket",
    "require_metadata",
    "require_range",
    "s3_responses",
]

_MAX_SHOWN = 80

_MAX_EMPTY_PAGES = 1_000
"""Pages without objects that may follow each other; S3 may send such pages, but not endlessly."""

_FIRST_RANGE = re.compile(r"bytes 0-([0-9]{1,18})/([0-9]{1,18})", re.ASCII)
"""RFC 9110, section 14.4."""

_ABSENT = "NoSuchKey"
"""GET's code for an absent object. `404`, the status of a response without a code, may also mean
that there is no bucket, or come from another server."""
_DELETE_MARKER = "MethodNotAllowed"
"""GET's code for a delete marker, if the response says that it is one: every other server may
respond with this code, too."""

_DENIED = frozenset({"403", "AccessDenied", "AllAccessDisabled"})

_LISTED = ("Key", "Size", "ETag", "LastModified")


def is_absent(error: ClientError) -> bool:
    """Return whether an error response to GET says that there is no object."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    is_marker = headers.get("x-amz-delete-marker") == "true"
    return error_code(error) == _ABSENT or (error_code(error) == _DELETE_MARKER and is_marker)


def is_denied(error: ClientError) -> bool:
    """Return whether S3 denies access."""
    return error_code(error) in _DENIED and not is_foreign(error)


@contextmanager
def s3_responses(context: str) -> Generator[None]:
    """Raise errors of botocore, and of its parser, as AdapterError.

    Args:
        context: what failed, as for `imgmeta.adapters.aws.translate_errors`.
    """
    try:
        with translate_errors(context):
            yield
    except ValueError as error:  # botocore cannot parse a number or a time
        raise _foreign(context, shorten(printable(str(error)), _MAX_SHOWN)) from error


def checked_pages(
    client: "S3Client", request: "ListObjectsV2RequestTypeDef", context: str
) -> "Iterator[list[ObjectTypeDef]]":
    """Yield the objects of each page of a listing, in key order.

    A page is yielded after the next one has been checked, so that a listing in another order is
    detected before its objects are compared with the index.

    Args:
        client: an S3 client.
        request: the first request.
        context: what failed, if an error is raised.

    Raises:
        TransientError: S3 cannot respond now.
        PermanentError: access is denied, a response is not from S3 or is incomplete, or the keys
            are not in order.
    """
    refuse_directory_bucket(request["Bucket"], context)
    held: list[ObjectTypeDef] = []
    empty_pages = 0
    while True:
        with s3_responses(context):
            page = client.list_objects_v2(**request)
        objects = listed_objects(page, request, context)
        for previous, current in pairwise([*held[-1:], *objects]):
            if previous["Key"] >= current["Key"]:
                raise _disorder(context, previous["Key"], current["Key"])
        if objects:
            yield held
            held, empty_pages = objects, 0
        token = page.get("NextContinuationToken")
        if not token and not page["IsTruncated"]:
            yield held
            return
        empty_pages += 1
        if not token:
            raise _foreign(context, "the listing is truncated, but has no continuation token")
        if token == request.get("ContinuationToken") or empty_pages > _MAX_EMPTY_PAGES:
            raise _foreign(context, "the listing does not end")
        request["ContinuationToken"] = token


def refuse_directory_bucket(bucket: str, context: str) -> None:
    """Check that S3 lists the keys of a bucket in order, by the bucket's name.

    Raises:
        PermanentError: it does not.
    """
    if is_directory_bucket(bucket):
        msg = f"{context}: S3 does not list the keys of directory buckets in order"
        raise PermanentError(msg)


def listed_objects(
    page: "ListObjectsV2OutputTypeDef", request: "ListObjectsV2RequestTypeDef", context: str
) -> "list[ObjectTypeDef]":
    """Return the objects in a response to ListObjectsV2.

    Raises:
        PermanentError: the response is not from S3, or not for this prefix.
    """
    if "IsTruncated" not in page:
        raise _foreign(context, "it is not a list of objects")
    objects = page.get("Contents", [])
    for each in objects:
        missing = [name for name in _LISTED if name not in each]
        if missing:
            raise _foreign(context, f"a listed object has no {missing[0]}")
        if not each["Key"].startswith(request.get("Prefix", "")):
            raise _foreign(context, f"the key {_shown(each['Key'])} lacks the prefix")
    return objects


def require_metadata(
    response: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef",
    context: str,
    *,
    length: bool = False,
) -> None:
    """Check that a response has the headers that S3 sends for every object.

    Args:
        response: the response.
        context: what failed, if an error is raised.
        length: whether the length is required, too: some proxies omit it if there is no body.

    Raises:
        PermanentError: a header is missing.
    """
    names = [("ETag", "ETag"), ("LastModified", "Last-Modified")]
    for name, header in [*names, *([("ContentLength", "Content-Length")] if length else [])]:
        if name not in response:
            raise _foreign(context, f"it has no {header} header")


def object_size(response: "GetObjectOutputTypeDef", requested: int, context: str) -> int:
    """Return the size of an object, from the response to a request for its first bytes.

    Args:
        response: the response.
        requested: the number of bytes requested.
        context: what failed, if an error is raised.

    Raises:
        PermanentError: the response lacks a header, or has another range.
    """
    require_metadata(response, context)
    content_range: Any = response.get("ContentRange")
    if content_range is not None:
        match = _FIRST_RANGE.fullmatch(content_range)
        if match is None or int(match[1]) + 1 != min(requested, int(match[2])):
            raise _foreign(context, f"it has the range '{_shown(content_range)}'")
        return int(match[2])
    require_metadata(response, context, length=True)
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    if status == HTTPStatus.PARTIAL_CONTENT and response["ContentLength"] <= requested:
        raise _foreign(context, "it has no Content-Range header")
    return response["ContentLength"]  # the server does not support ranges


def require_range(response: "GetObjectOutputTypeDef", start: int, end: int, context: str) -> None:
    """Check that a response has the bytes from `start` to `end`, which is excluded.

    Raises:
        PermanentError: it has other bytes.
    """
    content_range: Any = response.get("ContentRange")
    if content_range is None:
        msg = f"{context}: the server does not support range requests"
        raise PermanentError(msg)
    if not content_range.startswith(f"bytes {start}-{end - 1}/"):
        raise _foreign(context, f"it has the range '{_shown(content_range)}'")


def _foreign(context: str, reason: str) -> PermanentError:
    msg = f"{context}: the response is not from S3 ({reason})"
    return PermanentError(msg, remedy=Remedy.ENDPOINT)


def _disorder(context: str, previous: str, current: str) -> PermanentError:
    msg = (
        f"{context}: the server does not list keys in the order of their UTF-8 bytes "
        f"('{_shown(current)}' after '{_shown(previous)}'), so that they cannot be compared with "
        "the index: use a server that does, as Amazon S3"
    )
    return PermanentError(msg)


def _shown(text: str) -> str:
    return shorten(printable(text), _MAX_SHOWN)
