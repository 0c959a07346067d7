"""Translation of AWS errors to imgmeta errors, by one table."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from imgmeta.core.text import printable, redact_url, redact_urls, shorten
from imgmeta.errors import AdapterError, PermanentError, Remedy, TransientError

__all__ = [
    "adapter_error",
    "error_code",
    "error_message",
    "is_foreign",
    "names_action",
    "translate_errors",
]

_MAX_MESSAGE = 300
_MAX_DENIAL = 800
"""Characters of a message that names the denied action: it has several ARNs, then the reason."""
_MAX_REDACTED = 10_000
"""Characters in which URLs are redacted; the text that is shown is much shorter."""
_DENIAL = "not authorized to perform"
_MAX_NAME = 100

_URL_PATH = re.compile(r"(?<=[^:/])[/?#].*", re.DOTALL)

_THROTTLED = "AWS throttled the request"
_UNAVAILABLE = "the service is temporarily unavailable"
_EXPIRED = "the AWS credentials have expired: log in again"
_UNKNOWN_CREDENTIALS = "AWS rejected the credentials: check the profile or the access keys"
_NO_CREDENTIALS = "no AWS credentials found"
_NO_REGION = "no AWS region is set"
_OTHER_REGION = "the bucket is in another AWS region"
_NO_SUCH_BUCKET = "there is no such bucket: check its name and the account"
_NOT_AWS = "the response is not from AWS"
_CUT_SHORT_OR_NOT_AWS = f"the response was cut short, or {_NOT_AWS}"
_UNAVAILABLE_OR_NOT_AWS = f"{_UNAVAILABLE}, or {_NOT_AWS}"
_NOT_FOUND = "not found: check the name, the region and the account"
_SIGNED_OUT = "you are not signed in: run `aws sso login`"
_NO_CONNECTION = "cannot connect to {endpoint_url}"
_NO_TRUST = "no trusted TLS connection to {endpoint_url}: check its certificate and AWS_CA_BUNDLE"

_REMEDIES = {
    _NO_CREDENTIALS: Remedy.CREDENTIALS,
    _NO_REGION: Remedy.REGION,
    _OTHER_REGION: Remedy.REGION,
    _NOT_AWS: Remedy.ENDPOINT,
    _CUT_SHORT_OR_NOT_AWS: Remedy.ENDPOINT,
    _UNAVAILABLE_OR_NOT_AWS: Remedy.ENDPOINT,
}

# Amazon DynamoDB Developer Guide, "Error handling"; S3 API Reference, "Error responses"; SNS API
# Reference, "Publish"; SQS API Reference, "SendMessageBatch" and "ReceiveMessage". botocore's
# standard retry mode retries most of them.
_THROTTLING = (
    *("BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException", "OverLimit"),
    *("KMS.ThrottlingException", "KMSThrottling", "KmsThrottled"),
    *("PriorRequestNotComplete", "ProvisionedThroughputExceededException"),
    *("RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown"),
    *("ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException"),
)
_UNAVAILABILITY = (
    *("InternalError", "InternalServerError", "OperationAborted", "ServiceUnavailable"),
    *("RequestTimeout", "RequestTimeoutException"),
    *("TransactionConflictException", "TransactionInProgressException"),
)
_TRANSIENT = dict.fromkeys(_THROTTLING, _THROTTLED) | dict.fromkeys(_UNAVAILABILITY, _UNAVAILABLE)
"""Reasons for the error codes of calls that may succeed later, whatever the HTTP status."""

_PERMANENT = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "IncompleteSignature": _UNKNOWN_CREDENTIALS,
    "InvalidAccessKeyId": _UNKNOWN_CREDENTIALS,
    "InvalidClientTokenId": _UNKNOWN_CREDENTIALS,
    "InvalidSignatureException": _UNKNOWN_CREDENTIALS,
    "InvalidToken": _UNKNOWN_CREDENTIALS,
    "SignatureDoesNotMatch": _UNKNOWN_CREDENTIALS,
    "UnrecognizedClientException": _UNKNOWN_CREDENTIALS,
    "AuthorizationHeaderMalformed": _OTHER_REGION,
    "IllegalLocationConstraintException": _OTHER_REGION,
    "PermanentRedirect": _OTHER_REGION,
    "301": _OTHER_REGION,
    "RequestTimeTooSkewed": "this computer's clock is wrong: correct it",
    "NoSuchBucket": _NO_SUCH_BUCKET,
    "AWS.SimpleQueueService.NonExistentQueue": _NOT_FOUND,
    "NotFound": _NOT_FOUND,
    "QueueDoesNotExist": _NOT_FOUND,
    "ResourceNotFoundException": _NOT_FOUND,
}
"""Reasons for error codes that are more helpful than AWS's own messages."""

_Reasons = dict[type[Exception], str]

_PERMANENT_ERRORS: _Reasons = {
    aws.NoCredentialsError: _NO_CREDENTIALS,
    aws.PartialCredentialsError: "the AWS credentials are incomplete: set {cred_var}",
    aws.CredentialRetrievalError: "{provider} returned no credentials: {error_msg}",
    aws.SSOError: _SIGNED_OUT,
    aws.TokenRetrievalError: _SIGNED_OUT,
    aws.ProfileNotFound: "there is no AWS profile {profile}: check ~/.aws",
    aws.NoRegionError: _NO_REGION,
    aws.InvalidRegionError: "invalid AWS region '{region_name}': use one such as eu-west-1",
    aws.SSLError: _NO_TRUST,
    # botocore follows S3's redirects to a bucket's region; another server can make that endless.
    RecursionError: _NOT_AWS,
}
_TRANSIENT_ERRORS: _Reasons = {
    aws.ConnectTimeoutError: _NO_CONNECTION,
    aws.EndpointConnectionError: _NO_CONNECTION,
    aws.ReadTimeoutError: "the response timed out",
    aws.HTTPClientError: "the connection was lost",
    aws.ConnectionError: "cannot connect: check the network and the proxy",
    aws.IncompleteReadError: "the response was cut short",
    aws.ChecksumError: "the response was corrupted",
    aws.FlexibleChecksumError: "the response was corrupted",
    # A truncated response from AWS looks the same as a response from another server.
    ResponseParserError: _CUT_SHORT_OR_NOT_AWS,
    HTTPError: "the connection was lost",
}
"""Reasons of errors that botocore raises without an error response; the first match counts, and
permanent errors come first. Names in braces are the error's own arguments."""

_CLIENT_SIDE = ((PermanentError, _PERMANENT_ERRORS), (TransientError, _TRANSIENT_ERRORS))

_RAISED = (
    aws.ClientError,
    aws.BotoCoreError,
    # botocore does not wrap these when the body of a response is cut short.
    ResponseParserError,
    HTTPError,
    RecursionError,
)

_REQUEST_IDS = ("x-amz-request-id", "x-amzn-requestid", "x-amz-id-2")
"""Headers of which each AWS service, and each server that imitates one, sends at least one."""


def error_code(error: aws.ClientError) -> str:
    """Return the code of an AWS error response; empty if it has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def error_message(error: aws.ClientError) -> str:
    """Return AWS's own message in an error response, short and printable; empty if it has none."""
    message = str(error.response.get("Error", {}).get("Message") or "")
    message = redact_urls(message[:_MAX_REDACTED])
    return shorten(printable(message), _MAX_DENIAL if _DENIAL in message else _MAX_MESSAGE)


def names_action(error: aws.ClientError) -> bool:
    """Return whether AWS's message names the denied action, the resource and the reason.

    Source: IAM User Guide, "Troubleshoot access denied error messages".
    """
    return _DENIAL in error_message(error)


def is_foreign(error: aws.ClientError) -> bool:
    """Return whether an error response has neither an error code nor a request ID of AWS.

    botocore fills in the status if there is no code. It also reports a response with status 200 and
    without XML as an error with status 500.
    """
    metadata = error.response.get("ResponseMetadata", {})
    headers = metadata.get("HTTPHeaders")
    has_no_code = error_code(error) in {"", str(metadata.get("HTTPStatusCode", ""))}
    return has_no_code and headers is not None and not any(map(headers.get, _REQUEST_IDS))


def adapter_error(error: Exception, context: str) -> AdapterError:
    """Return the imgmeta error for a botocore error.

    Args:
        error: a ClientError, another BotoCoreError, or any error that `translate_errors` handles.
        context: what failed, printable: `cannot write to the table images`.
    """
    kind, reason = _classify(error)
    return kind(f"{context}: {reason}", remedy=_REMEDIES.get(reason))


@contextmanager
def translate_errors(context: str) -> Generator[None]:
    """Raise errors of botocore as TransientError or PermanentError.

    Args:
        context: as for `adapter_error`.
    """
    try:
        yield
    except _RAISED as error:
        raise adapter_error(error, context) from error


def _classify(error: Exception) -> tuple[type[AdapterError], str]:
    if isinstance(error, aws.ClientError):
        return _classify_response(error)
    # The recursion of endless redirects may end within a request, whose errors botocore wraps.
    wrapped = getattr(error, "kwargs", {}).get("error")
    if isinstance(wrapped, RecursionError):
        error = wrapped
    for translation, reasons in _CLIENT_SIDE:
        for kind, reason in reasons.items():
            if isinstance(error, kind):
                return translation, reason.format_map(_arguments(error))
    return PermanentError, shorten(printable(redact_urls(str(error)[:_MAX_REDACTED])), _MAX_MESSAGE)


def _arguments(error: Exception) -> dict[str, str]:
    """Return the printable arguments of a botocore error; URLs are reduced to the server."""
    arguments: dict[str, object] = getattr(error, "kwargs", {})
    if "endpoint_url" in arguments:
        server = _URL_PATH.sub("", redact_url(str(arguments["endpoint_url"])))
        arguments = arguments | {"endpoint_url": server}
    return {
        name: shorten(printable(redact_urls(str(value))), _MAX_NAME)
        for name, value in arguments.items()
    }


def _classify_response(error: aws.ClientError) -> tuple[type[AdapterError], str]:
    code = error_code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    foreign = is_foreign(error)
    if code in _TRANSIENT:
        return TransientError, _TRANSIENT[code]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        return TransientError, _UNAVAILABLE_OR_NOT_AWS if foreign else _UNAVAILABLE
    if foreign:
        return PermanentError, _NOT_AWS
    message = error_message(error)
    text = f"{printable(code)}: {message}" if message else printable(code)
    text = shorten(text, _MAX_DENIAL if names_action(error) else _MAX_MESSAGE)
    return PermanentError, _PERMANENT.get(code, text)
