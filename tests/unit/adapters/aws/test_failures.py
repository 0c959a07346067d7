"""What AWS's errors mean: whether to try again, and what to do, in one printable line."""

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore import exceptions as aws
from botocore.retries import standard

from imgmeta.adapters.aws import error_code, failure, translated
from imgmeta.errors import AdapterError, PermanentError, TransientError

WHAT = "the table images cannot be written"
ENDPOINT = {"endpoint_url": "https://127.0.0.1"}

TRANSIENT = {
    "slow down": [
        *("BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException"),
        *("KMS.ThrottlingException", "KMSThrottling", "KmsThrottled", "OverLimit"),
        *("ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled"),
        *("RequestThrottledException", "SlowDown", "ThrottledException", "Throttling"),
        *("ThrottlingException", "TooManyRequestsException", "PriorRequestNotComplete"),
    ],
    "does not answer as it should": [
        *("InternalError", "InternalServerError", "OperationAborted", "RequestTimeout"),
        *("RequestTimeoutException", "ServiceUnavailable", "TransactionConflictException"),
        "TransactionInProgressException",
    ],
}
PERMANENT = {
    "log in again": [
        *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
    ],
    "check the profile or the keys": [
        *("IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken"),
        *("InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException"),
    ],
    "give --region": [
        *("AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
        *("PermanentRedirect", "301"),
    ],
    "set it": ["RequestTimeTooSkewed"],
    "check its name and the account": ["NoSuchBucket"],
    "check the name, the region and the account": [
        *("AWS.SimpleQueueService.NonExistentQueue", "NotFound", "QueueDoesNotExist"),
        "ResourceNotFoundException",
    ],
}
LOCAL: list[tuple[Exception, type[AdapterError], str]] = [
    (aws.NoCredentialsError(), PermanentError, "run `aws configure`"),
    (
        aws.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
        PermanentError,
        "is missing",
    ),
    (
        aws.CredentialRetrievalError(provider="process", error_msg="\x1b"),
        PermanentError,
        "gives no credentials",
    ),
    (aws.SSOTokenLoadError(error_msg="work"), PermanentError, "run `aws sso login`"),
    (aws.UnauthorizedSSOTokenError(), PermanentError, "run `aws sso login`"),
    (aws.TokenRetrievalError(provider="sso", error_msg="no"), PermanentError, "aws sso login"),
    (aws.ProfileNotFound(profile="\x1b"), PermanentError, "see ~/.aws"),
    (aws.NoRegionError(), PermanentError, "give --region"),
    (aws.ConnectTimeoutError(**ENDPOINT), TransientError, "nothing answers at"),
    (aws.EndpointConnectionError(**ENDPOINT), TransientError, "nothing answers at"),
    (aws.ReadTimeoutError(**ENDPOINT), TransientError, "did not come in time"),
    (aws.ConnectionClosedError(**ENDPOINT), TransientError, "the connection broke"),
    (aws.HTTPClientError(error="reset"), TransientError, "the connection broke"),
    (aws.ResponseStreamingError(error="reset"), TransientError, "the connection broke"),
    (aws.SSLError(**ENDPOINT, error=OSError("eof")), PermanentError, "AWS_CA_BUNDLE"),
    (
        aws.ProxyConnectionError(proxy_url="http://127.0.0.1", error="refused"),
        TransientError,
        "check the network and the proxy",
    ),
    (aws.IncompleteReadError(actual_bytes=1, expected_bytes=2), TransientError, "cut short"),
    (aws.FlexibleChecksumError(error_msg="differ"), TransientError, "damaged"),
    (
        aws.ChecksumError(checksum_type="crc32", expected_checksum="1", actual_checksum="2"),
        TransientError,
        "damaged",
    ),
    (aws.ParamValidationError(report="\x1b wrong\n"), PermanentError, "\\x1b wrong\\n"),
    (aws.InvalidRegionError(region_name="no where"), PermanentError, "no where"),
]


def answered(code: str, status: int = 400, message: str = "no") -> aws.ClientError:
    return aws.ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {  # type: ignore[typeddict-item]  # no more of it is read
                "HTTPStatusCode": status
            },
        },
        "PutItem",
    )


def raised(error: Exception) -> AdapterError:
    with pytest.raises(AdapterError) as caught, translated(WHAT):
        raise error
    assert caught.value.__cause__ is error
    assert str(caught.value).startswith(f"{WHAT}: ")
    assert str(caught.value).isprintable()
    return caught.value


@pytest.mark.parametrize("status", [400, 403, 503])
@pytest.mark.parametrize(
    ("code", "said"), [(code, said) for said, codes in TRANSIENT.items() for code in codes]
)
def test_what_passes_is_transient_whatever_the_status(code: str, said: str, status: int) -> None:
    error = raised(answered(code, status))
    assert type(error) is TransientError
    assert said in str(error)


@pytest.mark.parametrize("status", [301, 400, 403, 404])
@pytest.mark.parametrize(
    ("code", "said"), [(code, said) for said, codes in PERMANENT.items() for code in codes]
)
def test_what_somebody_must_change_is_permanent_and_says_what(
    code: str, said: str, status: int
) -> None:
    error = raised(answered(code, status))
    assert type(error) is PermanentError
    assert said in str(error)


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
def test_of_a_code_that_nobody_knows_the_status_says_whether_to_try_again(
    status: int, kind: type[AdapterError]
) -> None:
    assert type(raised(answered("NewCode", status))) is kind


def test_a_code_that_nobody_knows_is_told_with_aws_s_own_words() -> None:
    assert str(raised(answered("NewCode", 400, "ask\x1b\nus"))) == (
        f"{WHAT}: NewCode: ask\\x1b\\nus"
    )
    assert str(raised(answered("NewCode", 400, ""))) == f"{WHAT}: NewCode"


def test_what_aws_says_is_cut_to_a_readable_length() -> None:
    assert len(str(raised(answered("NewCode", 400, "\x1b" * 9_999)))) == len(WHAT) + 2 + 300


def test_an_answer_that_says_nothing_is_permanent() -> None:
    error = aws.ClientError({}, "PutItem")
    assert error_code(error) == ""
    assert type(raised(error)) is PermanentError


@pytest.mark.parametrize(
    ("error", "kind", "said"), LOCAL, ids=[type(error).__name__ for error, _, _ in LOCAL]
)
def test_what_fails_before_aws_answers_is_told_from_what_passes(
    error: Exception, kind: type[AdapterError], said: str
) -> None:
    became = raised(error)
    assert type(became) is kind
    assert said in str(became)


def test_what_botocore_itself_tries_again_is_transient() -> None:
    throttled = vars(standard.ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"]
    transient = vars(standard.TransientRetryableChecker)["_TRANSIENT_ERROR_CODES"]
    assert {type(raised(answered(code))) for code in {*throttled, *transient}} == {TransientError}


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_what_is_not_aws_s_is_left_alone(error: BaseException) -> None:
    with pytest.raises(type(error)), translated(WHAT):
        raise error


def test_a_failure_may_be_made_without_raising() -> None:
    became = failure(answered("SlowDown", 503), WHAT)
    assert isinstance(became, TransientError)
    assert str(became) == f"{WHAT}: AWS asks to slow down"
