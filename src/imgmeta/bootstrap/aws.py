"""AWS, for whoever turns out to need it."""

from functools import cached_property
from typing import TYPE_CHECKING

from imgmeta.config import Settings
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients

__all__ = ["AWSConnection"]

_WALKS = 2
"""Threads besides those that look at objects: one lists them, and one may count them."""


class AWSConnection:
    """The clients that one command, or one function, shares; made when one is first asked for.

    Args:
        settings: profile, region, endpoint and concurrency count.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def clients(self) -> "Clients":
        """The clients of AWS's services.

        Raises:
            ConfigurationError: AWS's library is not installed.
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
            concurrency=self._settings.concurrency + _WALKS,
        )
