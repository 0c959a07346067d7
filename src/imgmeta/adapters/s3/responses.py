"""Checks of responses, so that one from another server is an error and never an empty bucket.

A captive portal, a proxy or a wrong endpoint URL may answer any request with status 200 and a web
page. botocore ignores elements that it does not know, and returns an empty response.
"""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from imgmeta.adapters.aws import translate_errors
from imgmeta.core.text import printable, shorten
from imgmeta.errors import PermanentError, Remedy

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

__all__ = [
    "foreign_response",
    "object_size",
    "require_metadata",
    "require_range",
    "s3_responses",
    "shown",
]

_MAX_SHOWN = 80

_FIRST_RANGE = re.compile(r"bytes 0-([0-9]{1,18})/([0-9]{1,18})", re.ASCII)
"""RFC 9110, section 14.4."""


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
    except ValueError as error:  # botocore cannot parse a number or a time
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
        PermanentError: a header is missing.
    """
    names = [("ETag", "ETag"), ("LastModified", "Last-Modified")]
    for name, header in [*names, *([("ContentLength", "Content-Length")] if length else [])]:
        if name not in response:
            raise foreign_response(context, f"it has no {header} header")


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
            raise foreign_response(context, f"it has the range '{shown(content_range)}'")
        return int(match[2])
    require_metadata(response, context, length=True)
    metadata: Mapping[str, Any] = response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode")
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


def foreign_response(context: str, reason: str) -> PermanentError:
    """Return the error for a response that is not from S3."""
    msg = f"{context}: the response is not from S3 ({reason})"
    return PermanentError(msg, remedy=Remedy.ENDPOINT)


def shown(text: str) -> str:
    """Return text of a response, short and safe to print."""
    return shorten(printable(text), _MAX_SHOWN)
