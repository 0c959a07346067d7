"""What becomes of botocore's exceptions, and of what it cannot make a client from."""

from collections.abc import Callable

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from imgmeta.adapters.aws import translated
from imgmeta.errors import AdapterError, PermanentError, TransientError

URL = "https://user\x1b[2J.example:8000/bucket?list-type=2"
SERVER = r"https://user\\x1b\[2J.example:8000"


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (aws.ConnectTimeoutError(endpoint_url=URL), TransientError, f"answers at {SERVER}$"),
        (
            aws.EndpointConnectionError(endpoint_url=URL),
            TransientError,
            f"nothing answers at {SERVER}$",
        ),
        (aws.ReadTimeoutError(endpoint_url=URL), TransientError, "did not come in time"),
        (aws.ConnectionClosedError(endpoint_url=URL), TransientError, "the connection broke"),
        (
            aws.SSLError(endpoint_url=URL, error=OSError("x")),
            PermanentError,
            f": {SERVER} shows no certif",
        ),
        (aws.ProfileNotFound(profile="a{b}\n"), PermanentError, r"no profile a\{b\}\\n in"),
        (aws.NoCredentialsError(), PermanentError, "no AWS credentials are found"),
        (
            aws.PartialCredentialsError(provider="env", cred_var="the secret"),
            PermanentError,
            "the secret is missing",
        ),
        (
            aws.CredentialRetrievalError(provider="a-process", error_msg="it failed\n" * 100),
            PermanentError,
            r"a-process gives no credentials: it failed\\n",
        ),
        (ResponseParserError("<html>"), TransientError, "check the endpoint"),
        (RecursionError(), PermanentError, "check the endpoint"),
        (aws.BotoCoreError(), PermanentError, "An unspecified error occurred"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_botocore_raises_is_one_short_sentence_with_what_it_is_about(
    error: Exception, kind: type[AdapterError], said: str
) -> None:
    with pytest.raises(kind, match=said) as caught, translated("it cannot be done"):
        raise error
    assert str(caught.value).startswith("it cannot be done: ")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("raised", [KeyError, OSError, KeyboardInterrupt])
def test_what_is_not_botocores_stays_what_it_is(raised: Callable[[], BaseException]) -> None:
    with pytest.raises((KeyError, OSError, KeyboardInterrupt)) as caught, translated("x"):
        raise raised()
    assert not isinstance(caught.value, AdapterError)
