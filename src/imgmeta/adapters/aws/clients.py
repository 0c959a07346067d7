"""Clients of AWS services, created on first use from one botocore session."""

import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from urllib.parse import urlsplit

from botocore import __version__ as botocore_version
from botocore.config import Config
from botocore.exceptions import BotoCoreError, IncompleteReadError, NoRegionError
from botocore.parsers import ResponseParserError

from imgmeta.adapters.aws.direct_session import send_directly
from imgmeta.adapters.aws.failures import adapter_error
from imgmeta.adapters.aws.sessions import new_session
from imgmeta.core.text import printable, redact_url
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse
    from botocore.model import OperationModel
    from botocore.session import Session
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

__all__ = ["Clients"]

_NOT_IN_URL = re.compile(r"[\s'\"`<>]")
_FAILURE = "cannot create an AWS client"
_INVALID = "Invalid endpoint"
"""The start of botocore's message."""
_CONNECT_TIMEOUT = 3.0
_READ_TIMEOUT = 10.0
_INVOCATION_TIMEOUT = 70.0
"""Longer than the function's timeout, which is then reported as the function's error."""
_DIRECT = frozenset({"dynamodb", "s3"})
_ATTEMPTS = 4
"""Attempts for one request, including the first. botocore's standard mode waits between them with
exponential backoff and jitter, and stops retrying when its retry quota is used up."""


_JSON_SERVICES = ("dynamodb", "sqs")
_CUT_RESPONSE = b'{"__type": "RequestTimeout"}'
"""An error for which botocore's standard mode repeats a request."""


_Client = TypeVar("_Client")


class _Service(Generic[_Client]):
    """An attribute of `Clients`: the client of one service."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, clients: "Clients", _owner: object) -> _Client:
        return cast("_Client", clients.client(self.name))


class Clients:
    """Clients for one account and region. Thread-safe.

    They are the same as those of `boto3.client`, but need only botocore. Adapters accept either.

    Args:
        profile: a profile in the AWS configuration files; None: the environment's.
        region: a region name; None: the region of the environment or the profile.
        endpoint_url: the URL to send all requests to, instead of AWS.
        concurrency: threads that use a client concurrently; each gets a connection.
        direct: whether the clients of S3 and DynamoDB send their most frequent requests directly
            (`imgmeta.adapters.aws.direct_session`), which takes less CPU time.
    """

    cloudformation: "_Service[CloudFormationClient]" = _Service("cloudformation")
    cloudwatch: "_Service[CloudWatchClient]" = _Service("cloudwatch")
    dynamodb: "_Service[DynamoDBClient]" = _Service("dynamodb")
    events: "_Service[EventBridgeClient]" = _Service("events")
    functions: "_Service[LambdaClient]" = _Service("lambda")
    logs: "_Service[CloudWatchLogsClient]" = _Service("logs")
    s3: "_Service[S3Client]" = _Service("s3")
    s3control: "_Service[S3ControlClient]" = _Service("s3control")
    sns: "_Service[SNSClient]" = _Service("sns")
    sqs: "_Service[SQSClient]" = _Service("sqs")
    sts: "_Service[STSClient]" = _Service("sts")

    def __init__(
        self,
        *,
        profile: str | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        concurrency: int = 1,
        direct: bool = False,
    ) -> None:
        self._profile = profile
        self._region = region
        self._endpoint_url = endpoint_url
        self._concurrency = concurrency
        self._direct = direct
        self._lock = Lock()
        self._session: Session | None = None
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> object:
        """Return the client of a service, by botocore's name for it."""
        # A botocore session is not thread-safe while it creates a client.
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._create(service)
            return self._clients[service]

    def _create(self, service: str) -> object:
        try:
            self._session = self._session or new_session(self._profile, _SERVICES)
            if not self._region and self._session.get_config_variable("region") == "":
                # An empty region would end up in the host name.
                raise NoRegionError
            client = self._session.create_client(
                service,
                region_name=self._region,
                endpoint_url=self._endpoint_url,
                config=self._config(service),
            )
            _check_endpoint(client.meta.endpoint_url)
        except BotoCoreError as error:
            failure = adapter_error(error, _FAILURE)
            raise ConfigurationError(failure.message, remedy=failure.remedy) from error
        except ValueError as error:
            raise self._invalid_endpoint(error) from error
        for name in _JSON_SERVICES:
            client.meta.events.register(f"before-parse.{name}", _repeat_if_cut)
            client.meta.events.register(f"after-call.{name}", _require_whole_response)
        client.meta.events.register("before-parse.dynamodb", _require_json)
        if self._direct and service in _DIRECT:
            send_directly(
                client,
                ca_bundle=self._session.get_config_variable("ca_bundle"),
                connect_timeout=_CONNECT_TIMEOUT,
                read_timeout=_READ_TIMEOUT,
            )
        return client

    def _invalid_endpoint(self, error: ValueError) -> ConfigurationError:
        """Return the error for the endpoint of the arguments, or else of the environment."""
        if self._endpoint_url is not None:
            endpoint = printable(redact_url(self._endpoint_url))
            reason = f"invalid endpoint '{endpoint}': use a URL such as https://host:443"
        else:
            # Other messages than "Invalid endpoint: URL" may have any part of the URL.
            words, colon, endpoint = str(error).partition(f"{_INVALID}: ")
            shown = colon + redact_url(endpoint) if colon and not words else _INVALID
            reason = f"{printable(shown)}: check AWS_ENDPOINT_URL and the AWS configuration"
        return ConfigurationError(f"{_FAILURE}: {reason}")

    def _config(self, service: str) -> Config:
        # Another attempt would be another invocation of the function.
        is_lambda = service == "lambda"
        return Config(
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_INVOCATION_TIMEOUT if is_lambda else _READ_TIMEOUT,
            retries={
                "mode": "standard",
                "total_max_attempts": 1 if is_lambda else _ATTEMPTS,
            },
            max_pool_connections=max(self._concurrency, 1),
            # Without it, botocore builds one for each request: 5% of the cost of a request.
            user_agent=_user_agent(),
            # The type checker checks the parameters' types, and AWS the rest.
            parameter_validation=False,
            # A checksum of the whole object cannot validate its first block.
            response_checksum_validation="when_required",
        )


@cache
def _user_agent() -> str:
    return f"Botocore/{botocore_version} imgmeta/{version('imgmeta')}"


_SERVICES = frozenset(each.name for each in vars(Clients).values() if isinstance(each, _Service))


def _check_endpoint(url: str) -> None:
    """Check the parts of a URL that botocore checks only when it sends a request, or not at all.

    Raises:
        ValueError: the port is invalid, or the URL has white space or quotation marks.
    """
    if not _has_valid_port(url) or _NOT_IN_URL.search(url):
        msg = f"{_INVALID}: {url}"
        raise ValueError(msg)


def _has_valid_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _repeat_if_cut(
    response_dict: dict[str, Any], customized_response_dict: Mapping[str, Any], **_: object
) -> None:
    """Replace a response that was cut short with an error for which botocore repeats the request.

    botocore does not compare the length of a body with its header, and returns an empty response
    for the first half of a JSON object, which would mean a missing record. DynamoDB's checksum only
    makes it repeat the request: it returns what it got at the last attempt.
    """
    length = str(response_dict["headers"].get("Content-Length", ""))
    # A handler that has parsed the whole body may have replaced it with the rest.
    if customized_response_dict or not (length.isascii() and length.isdigit()):
        return
    if len(response_dict["body"]) < int(length):
        response_dict |= {"status_code": HTTPStatus.BAD_REQUEST, "body": _CUT_RESPONSE}


def _require_whole_response(
    http_response: "AWSResponse", parsed: Mapping[str, Any], **_: object
) -> None:
    """Raise an error if the response to the last attempt was cut short.

    botocore raises the errors of responses with an error status only.

    Raises:
        IncompleteReadError: it was.
    """
    if http_response.status_code == HTTPStatus.OK and "Error" in parsed:
        expected = http_response.headers["Content-Length"]
        actual = len(http_response.content)
        raise IncompleteReadError(actual_bytes=actual, expected_bytes=expected)


def _require_json(
    response_dict: Mapping[str, Any], operation_model: "OperationModel", **_: object
) -> None:
    """Raise an error if a response is not from DynamoDB.

    botocore returns an empty response for a web page with status 200, which would mean a missing
    record or a completed write. `DescribeTable` has no empty response.

    Raises:
        ResponseParserError: the response is not a JSON object.
    """
    is_success = response_dict["status_code"] == HTTPStatus.OK
    is_object = response_dict["body"].lstrip().startswith(b"{")
    if is_success and not is_object and operation_model.name != "DescribeTable":
        msg = "the response is not JSON"
        raise ResponseParserError(msg)
