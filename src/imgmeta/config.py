"""Settings, read from a mapping of environment variables."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self, TypeVar

from imgmeta.core import stores
from imgmeta.core.gps import GpsPolicy
from imgmeta.core.outcomes import NotifyOn
from imgmeta.core.stores import DEFAULT_STORE, DynamoDBTable, PluginStore, SQLiteFile, Store
from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from imgmeta.core.notifiers import Recipient

__all__ = [
    "DEFAULT_AUDIT_MAX_KEYS",
    "DEFAULT_CONCURRENCY",
    "DEFAULT_SERVICE",
    "DEFAULT_STORE",
    "MAX_JOBS",
    "DynamoDBTable",
    "PluginStore",
    "SQLiteFile",
    "Settings",
    "Store",
    "parse_store",
]

DEFAULT_SERVICE = "imgmeta"
"""The service name if none is set."""

DEFAULT_CONCURRENCY = 32
"""Objects processed concurrently if no number is set. Nearly all of the time is spent waiting."""

DEFAULT_AUDIT_MAX_KEYS = 1_000_000
"""Keys of one bucket that an audit compares: they cost about three cents. See docs/scaling.md."""

MAX_JOBS = 64
"""The largest number of processes that read local images."""

_MAX_CONCURRENCY = 256
_LARGEST_AUDIT_MAX_KEYS = 10**15 - 1
_Choice = TypeVar("_Choice", bound=StrEnum)


def parse_store(text: str) -> Store:
    """Return the store at a path or URL: see `imgmeta.core.stores.parse_store`.

    Raises:
        ConfigurationError: the text is neither, or a home folder does not exist.
    """
    return stores.parse_store(text, expand_home=os.path.expanduser)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a command or a Lambda function.

    Attributes:
        store: the store of the index.
        environment: the environment's name, shown in notifications.
        service: the service name in the function's logs and metrics.
        gps_policy: how much of an image's GPS position is stored.
        suffixes: file name suffixes that are indexed, in lower case, without the dot.
        concurrency: objects of a bucket processed concurrently.
        jobs: the number of processes that read local images; 0: one for each core, at most four.
        buckets: the S3 buckets that the function serves: digests count their unindexed objects, and
            audits compare them with the index.
        prefix: the prefix of the keys that the function serves in these buckets.
        queue_url: the URL of the queue whose messages the function receives; empty: no audits.
        audit_max_keys: the largest number of keys of one bucket that an audit compares.
        topic_arn: the SNS topic for notifications about batches; empty: none are sent.
        recipients: further recipients of notifications.
        notify_on: the batches that cause a notification.
        profile: the AWS profile; None: the one that AWS's own configuration selects.
        region: the AWS region; None: the one that AWS's own configuration selects.
        endpoint_url: the URL for all AWS requests; None: the one that AWS's own configuration
            selects.
        requester_pays: whether the requester pays for requests to buckets.
    """

    store: Store = DEFAULT_STORE
    environment: str = ""
    service: str = DEFAULT_SERVICE
    gps_policy: GpsPolicy = GpsPolicy.KEEP
    suffixes: frozenset[str] = IMAGE_SUFFIXES
    concurrency: int = DEFAULT_CONCURRENCY
    jobs: int = 0
    buckets: tuple[str, ...] = ()
    prefix: str = ""
    queue_url: str = ""
    audit_max_keys: int = DEFAULT_AUDIT_MAX_KEYS
    topic_arn: str = ""
    recipients: "tuple[Recipient, ...]" = ()
    notify_on: NotifyOn = NotifyOn.FAILURES
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    requester_pays: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings from environment variables; an empty variable counts as unset.

        The variables are `IMGMETA_STORE`, `IMGMETA_GPS` (keep, round or drop), `IMGMETA_SUFFIXES`
        (`jpg,png,…`), `IMGMETA_CONCURRENCY`, `IMGMETA_JOBS`, `IMGMETA_REQUEST_PAYER` (requester),
        `IMGMETA_NOTIFY` (URLs, separated by white space), `ENVIRONMENT`, `POWERTOOLS_SERVICE_NAME`,
        `METADATA_TABLE` (a DynamoDB table name, used if `IMGMETA_STORE` is unset), `IMAGE_BUCKET`
        (`bucket,…`), `IMAGE_PREFIX`, `QUEUE_URL`, `AUDIT_MAX_KEYS`, `SNS_TOPIC_ARN`, `NOTIFY_ON`
        (all, failures or never) and `AWS_REGION`. botocore itself reads the other AWS variables
        (`AWS_PROFILE`, `AWS_DEFAULT_REGION`, `AWS_ENDPOINT_URL`).

        Raises:
            ConfigurationError: a variable has an invalid value.
        """
        url, table = environment.get("IMGMETA_STORE"), environment.get("METADATA_TABLE")
        store = parse_store(url) if url else DynamoDBTable(table) if table else DEFAULT_STORE
        policy = environment.get("IMGMETA_GPS") or GpsPolicy.KEEP
        notify_on = environment.get("NOTIFY_ON") or NotifyOn.FAILURES
        return cls(
            store=store,
            environment=environment.get("ENVIRONMENT", ""),
            service=environment.get("POWERTOOLS_SERVICE_NAME") or DEFAULT_SERVICE,
            gps_policy=_parse_choice("IMGMETA_GPS", policy, GpsPolicy),
            suffixes=_parse_suffixes(environment.get("IMGMETA_SUFFIXES") or "") or IMAGE_SUFFIXES,
            concurrency=_parse_count(
                environment, "IMGMETA_CONCURRENCY", DEFAULT_CONCURRENCY, maximum=_MAX_CONCURRENCY
            ),
            jobs=_parse_count(environment, "IMGMETA_JOBS", 0, maximum=MAX_JOBS),
            buckets=_parse_buckets(environment.get("IMAGE_BUCKET") or ""),
            prefix=environment.get("IMAGE_PREFIX", ""),
            queue_url=environment.get("QUEUE_URL", ""),
            audit_max_keys=_parse_audit_max_keys(environment.get("AUDIT_MAX_KEYS") or ""),
            topic_arn=environment.get("SNS_TOPIC_ARN", ""),
            recipients=_parse_recipients(environment.get("IMGMETA_NOTIFY") or ""),
            notify_on=_parse_choice("NOTIFY_ON", notify_on, NotifyOn),
            region=environment.get("AWS_REGION") or None,
            requester_pays=_parse_request_payer(environment.get("IMGMETA_REQUEST_PAYER") or ""),
        )


def _parse_choice(variable: str, text: str, choices: type[_Choice]) -> _Choice:
    try:
        return choices(text.lower())
    except ValueError as error:
        msg = f"invalid {variable} '{printable(text)}': use one of {', '.join(choices)}"
        raise ConfigurationError(msg) from error


def _parse_count(
    environment: Mapping[str, str], variable: str, default: int, *, maximum: int
) -> int:
    text = environment.get(variable)
    if not text:
        return default
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
    if not 1 <= number <= maximum:
        msg = f"invalid {variable} '{printable(text)}': use a number from 1 to {maximum}"
        raise ConfigurationError(msg)
    return number


def _parse_buckets(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def _parse_audit_max_keys(text: str) -> int:
    if not text:
        return DEFAULT_AUDIT_MAX_KEYS
    if not re.fullmatch("[0-9]{1,15}", text, re.ASCII):
        msg = (
            f"invalid AUDIT_MAX_KEYS '{printable(text)}': use a number from 0 to "
            f"{_LARGEST_AUDIT_MAX_KEYS:,}"
        )
        raise ConfigurationError(msg)
    return int(text)


def _parse_recipients(text: str) -> "tuple[Recipient, ...]":
    if not text:
        return ()
    from imgmeta.core.notifiers import parse_recipients  # noqa: PLC0415 - keeps the start fast

    return parse_recipients(text)


def _parse_request_payer(text: str) -> bool:
    """Return whether the requester pays: `requester` is S3's only value for the header."""
    if text.lower() not in {"", "requester"}:
        msg = f"invalid IMGMETA_REQUEST_PAYER '{printable(text)}': use requester, or unset it"
        raise ConfigurationError(msg)
    return bool(text)


def _parse_suffixes(text: str) -> frozenset[str]:
    return frozenset(
        suffix for part in text.split(",") if (suffix := part.strip().lstrip(".").lower())
    )
