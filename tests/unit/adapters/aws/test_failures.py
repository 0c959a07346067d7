"""Tests of the translation of AWS errors: the kind, the reason and the remedy."""

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore import exceptions as aws
from botocore.retries import standard

from imgmeta.adapters.aws import adapter_error, error_code, translate_errors
from imgmeta.errors import AdapterError, PermanentError, TransientError

CONTEXT = "cannot write to the table images"
ENDPOINT = {"endpoint_url": "https://127.0.0.1"}

TRANSIENT = {
    "AWS throttled the request": [
        *("BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException"),
        *("KMS.ThrottlingException", "KMSThrottling", "KmsThrottled", "OverLimit"),
        *("ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled"),
        *("RequestThrottledException", "SlowDown", "ThrottledException", "Throttling"),
        *("ThrottlingException", "TooManyRequestsException", "PriorRequestNotComplete"),
    ],
    "the service is temporarily unavailable": [
        *("InternalError", "InternalServerError", "OperationAborted", "RequestTimeout"),
        *("RequestTimeoutException", "ServiceUnavailable", "TransactionConflictException"),
        "TransactionInProgressException",
    ],
}
PERMANENT = {
    "log in again": [
        *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
    ],
    "check the profile or the access keys": [
        *("IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken"),
        *("InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException"),
    ],
    "the bucket is in another AWS region: set an AWS region": [
        *("AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
        *("PermanentRedirect", "301"),
    ],
    "correct it": ["RequestTimeTooSkewed"],
    "check its name and the account": ["NoSuchBucket"],
    "check the name, the region and the account": [
        *("AWS.SimpleQueueService.NonExistentQueue", "NotFound", "QueueDoesNotExist"),
        "ResourceNotFoundException",
    ],
}
LOCAL: list[tuple[Exception, type[AdapterError], str]] = [
    (aws.NoCredentialsError(), PermanentError, "configure AWS credentials"),
    (
        aws.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
        PermanentError,
        "incomplete: set AWS_SECRET_ACCESS_KEY",
    ),
    (
        aws.CredentialRetrievalError(provider="process", error_msg="\x1b"),
        PermanentError,
        "returned no credentials",
    ),
    (aws.SSOTokenLoadError(error_msg="work"), PermanentError, "run `aws sso login`"),
    (aws.UnauthorizedSSOTokenError(), PermanentError, "run `aws sso login`"),
    (aws.TokenRetrievalError(provider="sso", error_msg="no"), PermanentError, "aws sso login"),
    (aws.ProfileNotFound(profile="\x1b"), PermanentError, "check ~/.aws"),
    (aws.NoRegionError(), PermanentError, "set an AWS region"),
    (aws.ConnectTimeoutError(**ENDPOINT), TransientError, "cannot connect to"),
    (aws.EndpointConnectionError(**ENDPOINT), TransientError, "cannot connect to"),
    (aws.ReadTimeoutError(**ENDPOINT), TransientError, "the response timed out"),
    (aws.ConnectionClosedError(**ENDPOINT), TransientError, "the connection was lost"),
    (aws.HTTPClientError(error="reset"), TransientError, "the connection was lost"),
    (aws.ResponseStreamingError(error="reset"), TransientError, "the connection was lost"),
    (aws.SSLError(**ENDPOINT, error=OSError("eof")), PermanentError, "AWS_CA_BUNDLE"),
    (
        aws.ProxyConnectionError(proxy_url="http://127.0.0.1", error="refused"),
        TransientError,
        "check the network and the proxy",
    ),
    (aws.IncompleteReadError(actual_bytes=1, expected_bytes=2), TransientError, "cut short"),
    (aws.FlexibleChecksumError(error_msg="differ"), TransientError, "corrupted"),
    (
        aws.ChecksumError(checksum_type="crc32", expected_checksum="1", actual_checksum="2"),
        TransientError,
        "corrupted",
    ),
    (aws.ParamValidationError(report="\x1b wrong\n"), PermanentError, "\\x1b wrong\\n"),
    (aws.InvalidRegionError(region_name="no where"), PermanentError, "no where"),
]


def response_error(code: str, status: int = 400, message: str = "no") -> aws.ClientError:
    return aws.ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {  # type: ignore[typeddict-item]  # only this is read
                "HTTPStatusCode": status
            },
        },
        "PutItem",
    )


def translate(error: Exception) -> AdapterError:
    with pytest.raises(AdapterError) as caught, translate_errors(CONTEXT):
        raise error
    assert caught.value.__cause__ is error
    assert str(caught.value).startswith(f"{CONTEXT}: ")
    assert str(caught.value).isprintable()
    return caught.value


@pytest.mark.parametrize("status", [400, 403, 503])
@pytest.mark.parametrize(
    ("code", "reason"), [(code, reason) for reason, codes in TRANSIENT.items() for code in codes]
)
def test_retryable_code_is_transient_for_any_status(code: str, reason: str, status: int) -> None:
    error = translate(response_error(code, status))
    assert type(error) is TransientError
    assert reason in str(error)


@pytest.mark.parametrize("status", [301, 400, 403, 404])
@pytest.mark.parametrize(
    ("code", "reason"), [(code, reason) for reason, codes in PERMANENT.items() for code in codes]
)
def test_permanent_code_has_a_reason_and_a_remedy(code: str, reason: str, status: int) -> None:
    error = translate(response_error(code, status))
    assert type(error) is PermanentError
    assert reason in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, PermanentError),
        (403, PermanentError),
        (404, PermanentError),
        (429, TransientError),
        (499, PermanentError),
        (500, TransientError),
        (503, TransientError),
        (599, TransientError),
    ],
)
def test_unknown_code_is_classified_by_status(status: int, kind: type[AdapterError]) -> None:
    assert type(translate(response_error("NewCode", status))) is kind


def test_unknown_code_is_reported_with_message_of_aws() -> None:
    assert str(translate(response_error("NewCode", 400, "ask\x1b\nus"))) == (
        f"{CONTEXT}: NewCode: ask\\x1b\\nus"
    )
    assert str(translate(response_error("NewCode", 400, ""))) == f"{CONTEXT}: NewCode"


def test_message_of_aws_is_shortened() -> None:
    assert (
        len(str(translate(response_error("NewCode", 400, "\x1b" * 9_999))))
        == len(CONTEXT) + 2 + 300
    )


def test_error_without_code_is_permanent() -> None:
    error = aws.ClientError({}, "PutItem")
    assert error_code(error) == ""
    assert type(translate(error)) is PermanentError


@pytest.mark.parametrize(
    ("error", "kind", "reason"), LOCAL, ids=[type(error).__name__ for error, _, _ in LOCAL]
)
def test_client_side_error_is_classified(
    error: Exception, kind: type[AdapterError], reason: str
) -> None:
    translated = translate(error)
    assert type(translated) is kind
    assert reason in str(translated)


def test_errors_that_botocore_retries_are_transient() -> None:
    throttled = vars(standard.ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"]
    transient = vars(standard.TransientRetryableChecker)["_TRANSIENT_ERROR_CODES"]
    assert {type(translate(response_error(code))) for code in {*throttled, *transient}} == {
        TransientError
    }


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_other_errors_are_not_translated(error: BaseException) -> None:
    with pytest.raises(type(error)), translate_errors(CONTEXT):
        raise error


def test_adapter_error_is_returned() -> None:
    translated = adapter_error(response_error("SlowDown", 503), CONTEXT)
    assert isinstance(translated, TransientError)
    assert str(translated) == f"{CONTEXT}: AWS throttled the request"
