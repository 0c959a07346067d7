"""Settings, read from an environment mapping that the caller hands over."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeVar

from imgmeta.core.gps import GpsPolicy
from imgmeta.core.outcomes import NotifyOn
from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = ["DEFAULT_CONCURRENCY", "DEFAULT_SERVICE", "DEFAULT_STORE", "Settings"]

DEFAULT_STORE = "sqlite:///imgmeta.db"
"""The store where none is named: a file in the working folder."""

DEFAULT_SERVICE = "imgmeta"
"""The service's name where none is given: one function in an account needs no other."""

DEFAULT_CONCURRENCY = 32
"""Objects of a bucket that are looked at at once: nearly all of the time is spent waiting."""

_MAX_CONCURRENCY = 256
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set from outside.

    Attributes:
        store: the URL of the index: `sqlite:///relative.db`, `sqlite:////absolute.db` or
            `dynamodb://table`.
        environment: a name that summaries carry.
        service: the name that the function's logs and metrics carry.
        location_policy: what is kept of the location in an image.
        suffixes: the suffixes of the keys that are indexed, in lower case, without the dot.
        concurrency: objects of a bucket that are looked at at once.
        topic_arn: the SNS topic that hears of batches; empty: none does.
        notify_on: the batches that it hears of.
        profile: of the AWS configuration files; None: as they and the environment say.
        region: of AWS; None: as the files and the environment say.
        endpoint_url: where all AWS requests are sent; None: to AWS, or as the environment says.
    """

    store: str = DEFAULT_STORE
    environment: str = ""
    service: str = DEFAULT_SERVICE
    gps_policy: GpsPolicy = GpsPolicy.KEEP
    suffixes: frozenset[str] = IMAGE_SUFFIXES
    concurrency: int = DEFAULT_CONCURRENCY
    topic_arn: str = ""
    notify_on: NotifyOn = NotifyOn.FAILURES
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings that these variables make; an empty variable counts as unset.

        `IMGMETA_STORE`, `IMGMETA_GPS` (keep, round or drop), `IMGMETA_SUFFIXES` (`jpg,png,…`),
        `IMGMETA_CONCURRENCY`, `ENVIRONMENT`, `POWERTOOLS_SERVICE_NAME`, `METADATA_TABLE` (the name
        of a DynamoDB table, where `IMGMETA_STORE` is not set), `SNS_TOPIC_ARN`, `NOTIFY_ON` (all,
        failures or never) and `AWS_REGION`. What else AWS's own tools read from the environment
        (`AWS_PROFILE`, `AWS_DEFAULT_REGION`, `AWS_ENDPOINT_URL`) is read by AWS's library.

        Raises:
            ConfigurationError: a variable has a value that it cannot have.
        """
        table = environment.get("METADATA_TABLE")
        store = f"dynamodb://{table}" if table else DEFAULT_STORE
        policy = environment.get("IMGMETA_GPS") or GpsPolicy.KEEP
        notify_on = environment.get("NOTIFY_ON") or NotifyOn.FAILURES
        return cls(
            store=environment.get("IMGMETA_STORE") or store,
            environment=environment.get("ENVIRONMENT", ""),
            service=environment.get("POWERTOOLS_SERVICE_NAME") or DEFAULT_SERVICE,
            gps_policy=_choice("IMGMETA_GPS", policy, GpsPolicy),
            suffixes=_suffixes(environment.get("IMGMETA_SUFFIXES") or "") or IMAGE_SUFFIXES,
            concurrency=_concurrency(environment.get("IMGMETA_CONCURRENCY") or ""),
            topic_arn=environment.get("SNS_TOPIC_ARN", ""),
            notify_on=_choice("NOTIFY_ON", notify_on, NotifyOn),
            region=environment.get("AWS_REGION") or None,
        )


def _choice(variable: str, text: str, kind: type[_Choice]) -> _Choice:
    try:
        return kind(text.lower())
    except ValueError as error:
        msg = f"{variable} is '{printable(text)}': set it to one of {', '.join(kind)}"
        raise ConfigurationError(msg) from error


def _concurrency(text: str) -> int:
    if not text:
        return DEFAULT_CONCURRENCY
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
    if not 1 <= number <= _MAX_CONCURRENCY:
        msg = (
            f"IMGMETA_CONCURRENCY is '{printable(text)}': set it to a number from 1 to "
            f"{_MAX_CONCURRENCY}"
        )
        raise ConfigurationError(msg)
    return number


def _suffixes(text: str) -> frozenset[str]:
    return frozenset(
        suffix for part in text.split(",") if (suffix := part.strip().lstrip(".").lower())
    )
