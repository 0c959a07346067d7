"""Pages of a bucket's listing, checked for completeness and order."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from imgmeta.adapters.s3.archives import list_page
from imgmeta.adapters.s3.responses import foreign_response, is_in_range, s3_responses, shown
from imgmeta.core.targets import is_directory_bucket
from imgmeta.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        ListObjectsV2OutputTypeDef,
        ListObjectsV2RequestTypeDef,
        ObjectTypeDef,
    )

__all__ = ["checked_pages", "listed_objects", "refuse_directory_bucket"]

_HELD = 1_000
"""Minimum number of objects to hold back: as many as in a page of S3."""

_MAX_EMPTY_PAGES = 1_000
"""Maximum number of consecutive pages without objects: S3 may send some, but not endlessly."""

_LISTED = ("Key", "Size", "ETag", "LastModified")


def checked_pages(
    client: "S3Client", request: "ListObjectsV2RequestTypeDef", context: str
) -> "Iterator[list[ObjectTypeDef]]":
    """Yield the objects of a listing, in key order, in lists of any size.

    A page is yielded after the next one has been checked, and small pages later still, so that a
    listing in another order is detected before its objects are compared with the index.

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
    # A page is requested while the previous one is compared with the index.
    with ThreadPoolExecutor(1, thread_name_prefix="imgmeta-s3") as pool:
        yield from _checked_pages(client, request, context, pool)


def _checked_pages(
    client: "S3Client",
    request: "ListObjectsV2RequestTypeDef",
    context: str,
    pool: ThreadPoolExecutor,
) -> "Iterator[list[ObjectTypeDef]]":
    held: deque[ObjectTypeDef] = deque()
    last_key = None
    empty_pages = 0
    upcoming: Future[ListObjectsV2OutputTypeDef] | None = None
    while True:
        with s3_responses(context):
            page = list_page(client, request) if upcoming is None else upcoming.result()
        objects = listed_objects(page, request, context)
        for each in objects:
            if last_key is not None and last_key >= each["Key"]:
                raise _disorder(context, last_key, each["Key"])
            last_key, empty_pages = each["Key"], 0
        held.extend(objects)
        token = page.get("NextContinuationToken")
        if not token and not page["IsTruncated"]:
            yield list(held)
            return
        empty_pages += 1
        if not token:
            raise foreign_response(
                context, "the listing is truncated, but has no continuation token"
            )
        if token == request.get("ContinuationToken") or empty_pages > _MAX_EMPTY_PAGES:
            raise foreign_response(context, "the listing does not end")
        request["ContinuationToken"] = token
        upcoming = pool.submit(list_page, client, request)
        yield [held.popleft() for _ in range(len(held) - max(_HELD, len(objects)))]


def refuse_directory_bucket(bucket: str, context: str) -> None:
    """Raise an error for a directory bucket, since S3 does not list its keys in order.

    Raises:
        PermanentError: the name is that of a directory bucket.
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
        raise foreign_response(context, "it is not a list of objects")
    objects = page.get("Contents", [])
    for each in objects:
        missing = [name for name in _LISTED if name not in each]
        if missing:
            raise foreign_response(context, f"a listed object has no {missing[0]}")
        if not is_in_range(each["LastModified"]):
            raise foreign_response(context, "the time of a listed object is out of range")
        if not each["Key"].startswith(request.get("Prefix", "")):
            raise foreign_response(context, f"the key {shown(each['Key'])} lacks the prefix")
    return objects


def _disorder(context: str, previous: str, current: str) -> PermanentError:
    msg = (
        f"{context}: the server does not list keys in the order of their UTF-8 bytes "
        f"('{shown(current)}' after '{shown(previous)}'), so that they cannot be compared with "
        "the index: use a server that does, such as Amazon S3"
    )
    return PermanentError(msg)
