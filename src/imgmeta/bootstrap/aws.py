"""AWS clients, created when they are first needed."""

from functools import cached_property
from typing import TYPE_CHECKING

from imgmeta.config import Settings
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients

__all__ = ["AWSConnection"]

_LISTING_THREADS = 2
"""Threads besides those that process objects: one lists them, and one may count them."""


class AWSConnection:
    """The AWS clients of one command or function, created at first use.

    Args:
        settings: the profile, region, endpoint URL and concurrency.
        direct: as for `imgmeta.adapters.aws.Clients`.
    """

    def __init__(self, settings: Settings, *, direct: bool = False) -> None:
        self._settings = settings
        self._direct = direct

    @cached_property
    def clients(self) -> "Clients":
        """The clients of the AWS services.

        Raises:
            ConfigurationError: boto3 is not installed.
        """
        try:
            from imgmeta.adapters.aws import Clients
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "botocore":
                raise
            msg = "buckets and tables on AWS need boto3: pip install 'imgmeta[aws]'"
            raise ConfigurationError(msg) from error
        return Clients(
            profile=self._settings.profile,
            region=self._settings.region,
            endpoint_url=self._settings.endpoint_url,
            concurrency=self._settings.concurrency + _LISTING_THREADS,
            direct=self._direct,
        )
