"""Checks of responses, so that one from another server is an error and never an empty bucket.

A captive portal, a proxy or a wrong endpoint URL may answer any request with status 200 and a web
page. botocore ignores elements that it does not know, and returns an empty response.
"""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from imgmeta.adapters.aws import add_handler, translate_errors
from imgmeta.adapters.s3.listed_lines import parse_lines
from imgmeta.core.text import printable, shorten
from imgmeta.errors import PermanentError, Remedy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

__all__ = [
    "check_listings",
    "foreign_response",
    "is_in_range",
    "object_size",
    "require_metadata",
    "require_range",
    "s3_responses",
    "shown",
]

_MAX_SHOWN = 80

_MAX_ID = 1_024
"""Length of the longest ETag and version ID: Amazon S3 User Guide, "How S3 Versioning works", for
version IDs; S3's ETags are much shorter."""

_IS_TRUNCATED = re.compile(rb"IsTruncated>([^<]{0,80})<")

_FIRST_RANGE = re.compile(r"bytes 0-([0-9]{1,18})/([0-9]{1,18})", re.ASCII)
"""RFC 9110, section 14.4."""


def check_listings(client: "S3Client") -> None:
    """Check each response to ListObjectsV2, and parse its objects, before botocore parses the rest.

    botocore does not look at the name of the root element, and takes every value of `IsTruncated`
    except `true` for false. The client raises ValueError for other responses.
    """

    def check(
        response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
    ) -> None:
        body: bytes = response_dict["body"]
        if response_dict["status_code"] != HTTPStatus.OK or not body.strip():
            return
        is_truncated = _IS_TRUNCATED.search(body)
        if is_truncated and b"ListBucketResult" not in body[: is_truncated.start()]:
            msg = "it is not a list of objects"
            raise ValueError(msg)
        if is_truncated and is_truncated[1] not in {b"true", b"false"}:
            msg = "IsTruncated is neither true nor false"
            raise ValueError(msg)
        # botocore merges the objects into the response, and parses the rest.
        if is_truncated and (parsed := parse_lines(body)):
            customized_response_dict["Contents"], response_dict["body"] = parsed

    add_handler(client, "before-parse.s3.ListObjectsV2", check)


@contextmanager
def s3_responses(context: str) -> Generator[None]:
    """Raise errors of botocore, and of its parser, as AdapterError.

    Args:
        context: what failed, as for `imgmeta.adapters.aws.translate_errors`.
    """
    try:
        with translate_errors(context):
            yield
    except KeyError as error:
        raise foreign_response(context, f"it has no {shown(str(error.args[0]))}") from error
    # botocore cannot parse a number or a time.
    except (ValueError, OverflowError, RuntimeError) as error:
        raise foreign_response(context, shorten(printable(str(error)), _MAX_SHOWN)) from error


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
        PermanentError: a header is missing or invalid.
    """
    names = [("ETag", "ETag"), ("LastModified", "Last-Modified")]
    for name, header in [*names, *([("ContentLength", "Content-Length")] if length else [])]:
        if name not in response:
            raise foreign_response(context, f"it has no {header} header")
    if not is_in_range(response["LastModified"]):
        raise foreign_response(context, "its Last-Modified header is out of range")
    if not 0 < len(response["ETag"].strip('"')) <= _MAX_ID:
        raise foreign_response(context, "its ETag header is empty or too long")
    if len(response.get("VersionId", "")) > _MAX_ID:
        raise foreign_response(context, "its x-amz-version-id header is too long")


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
    metadata: Mapping[str, Any] = response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode")
    if status == HTTPStatus.NO_CONTENT:
        raise foreign_response(context, f"it has status {status}")
    content_range: Any = response.get("ContentRange")
    if content_range is not None:
        match = _FIRST_RANGE.fullmatch(content_range)
        if match is None or int(match[1]) + 1 != min(requested, int(match[2])):
            raise foreign_response(context, f"it has the range '{shown(content_range)}'")
        return int(match[2])
    require_metadata(response, context, length=True)
    if status == HTTPStatus.PARTIAL_CONTENT and response["ContentLength"] <= requested:
        raise foreign_response(context, "it has no Content-Range header")
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
        raise foreign_response(context, f"it has the range '{shown(content_range)}'")


def is_in_range(moment: datetime) -> bool:
    """Return whether a time can be expressed in UTC: time zones move the first and last one out."""
    if MINYEAR < moment.year < MAXYEAR:
        return True
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return False
    return True


def foreign_response(context: str, reason: str) -> PermanentError:
    """Return the error for a response that is not from S3."""
    msg = f"{context}: the response is not from S3 ({reason})"
    return PermanentError(msg, remedy=Remedy.ENDPOINT)


def shown(text: str) -> str:
    """Return text of a response, short and safe to print."""
    return shorten(printable(text), _MAX_SHOWN)
