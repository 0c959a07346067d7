"""Clients of AWS's services, each made when it is first needed, all from one session."""

from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from botocore import __version__ as botocore_version
from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoRegionError
from botocore.session import Session

from imgmeta.adapters.aws.failures import reason_of
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

__all__ = ["Clients"]

_CONNECT_TIMEOUT = 3.0
_READ_TIMEOUT = 10.0
_ATTEMPTS = 4
"""Tries of one request, the first included; between them the pauses of botocore's standard mode:
random, doubling, and stopped altogether by its retry quota when most requests fail."""


class Clients:
    """The clients of one account and region. Any number of threads may use them at once.

    They are what `boto3.client` gives, made without the part of boto3 that is not needed here; an
    adapter takes those of `boto3` as well.

    Args:
        profile: a profile of the AWS configuration files; None: as the environment says.
        region: a region's name; None: as the environment or the profile says.
        endpoint_url: send every request there instead of to AWS.
        concurrency: threads that use a client at once; each finds a connection.
    """

    def __init__(
        self,
        *,
        profile: str | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        concurrency: int = 1,
    ) -> None:
        self._profile = profile
        self._region = region
        self._endpoint_url = endpoint_url
        self._concurrency = concurrency
        self._lock = Lock()
        self._session: Session | None = None
        self._clients: dict[str, Any] = {}

    @property
    def s3(self) -> "S3Client":
        """The client of Amazon S3."""
        return cast("S3Client", self._client("s3"))

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """The client of Amazon DynamoDB."""
        return cast("DynamoDBClient", self._client("dynamodb"))

    @property
    def sns(self) -> "SNSClient":
        """The client of Amazon SNS."""
        return cast("SNSClient", self._client("sns"))

    @property
    def sqs(self) -> "SQSClient":
        """The client of Amazon SQS."""
        return cast("SQSClient", self._client("sqs"))

    @property
    def cloudformation(self) -> "CloudFormationClient":
        """The client of AWS CloudFormation."""
        return cast("CloudFormationClient", self._client("cloudformation"))

    @property
    def cloudwatch(self) -> "CloudWatchClient":
        """The client of Amazon CloudWatch."""
        return cast("CloudWatchClient", self._client("cloudwatch"))

    @property
    def sts(self) -> "STSClient":
        """The client of AWS STS."""
        return cast("STSClient", self._client("sts"))

    def _client(self, service: str) -> object:
        # Making a client is what botocore does not allow two threads to do at once.
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def _made(self, service: str) -> object:
        try:
            self._session = self._session or Session(profile=self._profile)
            if not self._region and self._session.get_config_variable("region") == "":
                # A variable that is set to nothing would become part of a host's name.
                raise NoRegionError
            return self._session.create_client(
                service,
                region_name=self._region,
                endpoint_url=self._endpoint_url,
                config=self._config(),
            )
        except BotoCoreError as error:
            msg = f"AWS cannot be asked: {reason_of(error)}"
            raise ConfigurationError(msg) from error
        except ValueError as error:  # botocore: "Invalid endpoint: ..."
            endpoint = self._endpoint_url
            reason = (
                f"{error}" if endpoint is None else f"{endpoint} is no URL like https://host:443"
            )
            msg = f"AWS cannot be asked: {printable(reason)}"
            raise ConfigurationError(msg) from error

    def _config(self) -> Config:
        return Config(
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            max_pool_connections=max(self._concurrency, 1),
            # Given whole, it is not put together anew for each request: a twentieth of its cost.
            user_agent=f"Botocore/{botocore_version} imgmeta/{version('imgmeta')}",
            # What adapters ask is of the right types, and AWS says what else is wrong: as much.
            parameter_validation=False,
            # No checksum covers the first block of a larger object.
            response_checksum_validation="when_required",
        )
