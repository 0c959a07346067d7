"""Tests of the translation of exceptions that botocore raises without a response."""

from collections.abc import Callable

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from imgmeta.adapters.aws import translate_errors
from imgmeta.errors import AdapterError, PermanentError, TransientError

URL = "https://user\x1b[2J.example:8000/bucket?list-type=2"
SERVER = r"https://user\\x1b\[2J.example:8000"


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (aws.ConnectTimeoutError(endpoint_url=URL), TransientError, f"connect to {SERVER}$"),
        (
            aws.EndpointConnectionError(endpoint_url=URL),
            TransientError,
            f"cannot connect to {SERVER}$",
        ),
        (aws.ReadTimeoutError(endpoint_url=URL), TransientError, "the response timed out"),
        (aws.ConnectionClosedError(endpoint_url=URL), TransientError, "the connection was lost"),
        (
            aws.SSLError(endpoint_url=URL, error=OSError("x")),
            PermanentError,
            f": no trusted TLS connection to {SERVER}: check",
        ),
        (aws.ProfileNotFound(profile="a{b}\n"), PermanentError, r"no AWS profile a\{b\}\\n: "),
        (aws.NoCredentialsError(), PermanentError, "no AWS credentials found"),
        (
            aws.PartialCredentialsError(provider="env", cred_var="the secret"),
            PermanentError,
            "incomplete: set the secret",
        ),
        (
            aws.CredentialRetrievalError(provider="a-process", error_msg="it failed\n" * 100),
            PermanentError,
            r"a-process returned no credentials: it failed\\n",
        ),
        (ResponseParserError("<html>"), TransientError, "check the endpoint"),
        (RecursionError(), PermanentError, "check the endpoint"),
        (
            aws.HTTPClientError(error=RecursionError()),
            PermanentError,
            "check the endpoint",
        ),
        (aws.BotoCoreError(), PermanentError, "An unspecified error occurred"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_botocore_error_becomes_one_short_message(
    error: Exception, kind: type[AdapterError], reason: str
) -> None:
    with pytest.raises(kind, match=reason) as caught, translate_errors("it cannot be done"):
        raise error
    assert str(caught.value).startswith("it cannot be done: ")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("raised", [KeyError, OSError, KeyboardInterrupt])
def test_other_errors_are_not_translated(raised: Callable[[], BaseException]) -> None:
    with pytest.raises((KeyError, OSError, KeyboardInterrupt)) as caught, translate_errors("x"):
        raise raised()
    assert not isinstance(caught.value, AdapterError)
