"""What AWS's errors mean: the one table by which they become imgmeta's own."""

import re
from collections.abc import Generator
from contextlib import contextmanager

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from imgmeta.core.text import printable, shorten
from imgmeta.errors import AdapterError, PermanentError, TransientError

__all__ = ["error_code", "failure", "reason_of", "translated"]

_MAX_MESSAGE = 300
_MAX_NAME = 100

_AFTER_SERVER = re.compile(r"(?<=[^:/])[/?#].*", re.DOTALL)

_THROTTLED = "AWS asks to slow down"
_UNAVAILABLE = "the service does not answer as it should"
_EXPIRED = "the AWS credentials have expired: log in again"
_UNKNOWN_CREDENTIALS = "AWS does not accept these credentials: check the profile or the keys"
_NO_CREDENTIALS = (
    "no AWS credentials are found: run `aws configure`, set AWS_PROFILE or give --profile"
)
_OTHER_REGION = "it is in another region: give --region or set AWS_REGION"
_NO_SUCH_BUCKET = "there is no such bucket: check its name and the account"
_NOT_AWS = "what answers there does not answer as AWS does: check the endpoint"
_NOT_FOUND = "there is none of that name here: check the name, the region and the account"

_TRANSIENT = {
    # Amazon DynamoDB Developer Guide, "Error handling"; S3 API Reference, "Error responses"; SNS
    # API Reference, "Publish"; SQS API Reference, "SendMessageBatch" and "ReceiveMessage".
    # botocore's standard retry mode has most of them.
    "BandwidthLimitExceeded": _THROTTLED,
    "EC2ThrottledException": _THROTTLED,
    "KMS.ThrottlingException": _THROTTLED,
    "KMSThrottling": _THROTTLED,
    "KmsThrottled": _THROTTLED,
    "LimitExceededException": _THROTTLED,
    "OverLimit": _THROTTLED,
    "PriorRequestNotComplete": _THROTTLED,
    "ProvisionedThroughputExceededException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "RequestThrottled": _THROTTLED,
    "RequestThrottledException": _THROTTLED,
    "SlowDown": _THROTTLED,
    "ThrottledException": _THROTTLED,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "InternalError": _UNAVAILABLE,
    "InternalServerError": _UNAVAILABLE,
    "OperationAborted": _UNAVAILABLE,
    "RequestTimeout": _UNAVAILABLE,
    "RequestTimeoutException": _UNAVAILABLE,
    "ServiceUnavailable": _UNAVAILABLE,
    "TransactionConflictException": _UNAVAILABLE,
    "TransactionInProgressException": _UNAVAILABLE,
}
"""Error codes after which the same call may succeed, whatever the HTTP status; and what to say."""

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
    "RequestTimeTooSkewed": "the clock of this computer is wrong: set it",
    "NoSuchBucket": _NO_SUCH_BUCKET,
    "AWS.SimpleQueueService.NonExistentQueue": _NOT_FOUND,
    "NotFound": _NOT_FOUND,
    "QueueDoesNotExist": _NOT_FOUND,
    "ResourceNotFoundException": _NOT_FOUND,
}
"""Error codes for which there is more to say than AWS's own message."""

_CLIENT_SIDE: tuple[tuple[type[Exception], type[AdapterError], str], ...] = (
    (aws.NoCredentialsError, PermanentError, _NO_CREDENTIALS),
    (aws.PartialCredentialsError, PermanentError, "of the credentials, {cred_var} is missing"),
    (aws.CredentialRetrievalError, PermanentError, "{provider} gives no credentials: {error_msg}"),
    (aws.SSOError, PermanentError, "you are not signed in: run `aws sso login`"),
    (aws.TokenRetrievalError, PermanentError, "you are not signed in: run `aws sso login`"),
    (
        aws.ProfileNotFound,
        PermanentError,
        "there is no profile {profile} in AWS's files: see ~/.aws",
    ),
    (aws.NoRegionError, PermanentError, "no region is set: give --region or set AWS_REGION"),
    (aws.InvalidRegionError, PermanentError, "{region_name} is no region: give one like eu-west-1"),
    (aws.ConnectTimeoutError, TransientError, "nothing answers at {endpoint_url}"),
    (aws.EndpointConnectionError, TransientError, "nothing answers at {endpoint_url}"),
    (
        aws.SSLError,
        PermanentError,
        "{endpoint_url} shows no certificate to be trusted: see AWS_CA_BUNDLE",
    ),
    (aws.ReadTimeoutError, TransientError, "the answer did not come in time"),
    (aws.HTTPClientError, TransientError, "the connection broke"),
    (aws.ConnectionError, TransientError, "no connection is made: check the network and the proxy"),
    (aws.IncompleteReadError, TransientError, "the answer was cut short"),
    (aws.ChecksumError, TransientError, "the answer was damaged on its way"),
    (aws.FlexibleChecksumError, TransientError, "the answer was damaged on its way"),
    # Half of an answer of AWS's looks like the whole of somebody else's.
    (ResponseParserError, TransientError, f"the answer was cut short, or {_NOT_AWS}"),
    (HTTPError, TransientError, "the connection broke"),
    # botocore asks for the region of a bucket that is elsewhere, and is sent elsewhere, and asks.
    (RecursionError, PermanentError, _NOT_AWS),
)
"""What botocore raises without an answer that it understands; the first that fits counts. Names in
braces are those of the error's own arguments."""

_RAISED = (
    aws.ClientError,
    aws.BotoCoreError,
    # No errors of botocore's own: it lets them pass where the body of an answer breaks off.
    ResponseParserError,
    HTTPError,
    RecursionError,
)

_SERVER_ERROR = 500
_TOO_MANY_REQUESTS = 429


def error_code(error: aws.ClientError) -> str:
    """Return the code in an error that AWS answered with; empty if it has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def reason_of(error: Exception) -> str:
    """Return what an error of botocore's means, for people: printable, and short."""
    return _meaning(error)[1]


def failure(error: Exception, what: str) -> AdapterError:
    """Return imgmeta's error for one of botocore's.

    Args:
        error: a ClientError, another BotoCoreError, or what else `translated` takes.
        what: what cannot be done, printable: `the table images cannot be written`.
    """
    kind, reason = _meaning(error)
    return kind(f"{what}: {reason}")


@contextmanager
def translated(what: str) -> Generator[None]:
    """Raise what botocore raises in here as TransientError or PermanentError.

    Args:
        what: as for `failure`.
    """
    try:
        yield
    except _RAISED as error:
        raise failure(error, what) from error


def _meaning(error: Exception) -> tuple[type[AdapterError], str]:
    if isinstance(error, aws.ClientError):
        return _answered(error)
    for kind, becomes, reason in _CLIENT_SIDE:
        if isinstance(error, kind):
            return becomes, reason.format_map(_arguments(error))
    return PermanentError, shorten(printable(str(error)), _MAX_MESSAGE)


def _arguments(error: Exception) -> dict[str, str]:
    """Return what an error of botocore's was made with, printable; of a URL, the server alone."""
    given: dict[str, object] = getattr(error, "kwargs", {})
    if "endpoint_url" in given:
        given = given | {"endpoint_url": _AFTER_SERVER.sub("", str(given["endpoint_url"]))}
    return {name: shorten(printable(str(value)), _MAX_NAME) for name, value in given.items()}


def _answered(error: aws.ClientError) -> tuple[type[AdapterError], str]:
    code = error_code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _TRANSIENT:
        return TransientError, _TRANSIENT[code]
    if status >= _SERVER_ERROR or status == _TOO_MANY_REQUESTS:
        return TransientError, _UNAVAILABLE
    message = str(error.response.get("Error", {}).get("Message", ""))
    said = shorten(printable(f"{code}: {message}" if message else code), _MAX_MESSAGE)
    return PermanentError, _PERMANENT.get(code, said)
