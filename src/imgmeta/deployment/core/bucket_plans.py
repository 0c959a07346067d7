"""Existing buckets of a stack: their names, and the planned changes to their notifications."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = [
    "MAX_BUCKETS",
    "BucketPlan",
    "DeliveryChange",
    "DeliveryResult",
    "bucket_list",
    "check_bucket_names",
]

MAX_BUCKETS = 20
"""Buckets of one stack, so that the rule and the function's role stay within AWS's size limits."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
"""Amazon S3 User Guide, "General purpose bucket naming rules"."""
_URI = re.compile(r"(?i:s3)://([^/]*)/?(.*)", re.DOTALL)
_ARN = re.compile(r"arn:[a-z0-9-]+:s3:::([^/]*)/?(.*)", re.DOTALL)
_DIRECTORY_BUCKET = "--x-s3"
_ACCESS_POINTS = ("-s3alias", "--ol-s3", ".mrap", "--xa-s3")


def bucket_list(parameter: str) -> tuple[str, ...]:
    """Return the names in the value of the template parameter `Buckets`."""
    return tuple(name for each in parameter.split(",") if (name := each.strip()))


def check_bucket_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names of buckets that a user gives, also as `s3://name` or as an ARN.

    Raises:
        ConfigurationError: a name is invalid or given twice, or there are too many.
    """
    names = list[str]()
    for text in texts:
        name = _checked_name(text)
        if name in names:
            msg = f"duplicate --bucket {name}: pass it once"
            raise ConfigurationError(msg)
        names.append(name)
    if len(names) > MAX_BUCKETS:
        msg = f"too many buckets ({len(names)}): a stack can serve at most {MAX_BUCKETS}"
        raise ConfigurationError(msg)
    return tuple(names)


def _checked_name(text: str) -> str:
    match = _URI.fullmatch(text) or _ARN.fullmatch(text)
    name, prefix = match.groups() if match else (text, "")
    shown = printable(text)
    if not _NAME.fullmatch(name) or ".." in name:
        advice = ": repeat the option for each bucket" if "," in text else ""
        msg = f"invalid --bucket '{shown}': use the name of a bucket, such as my-photos{advice}"
        raise ConfigurationError(msg)
    if prefix:
        msg = f"invalid --bucket '{shown}': pass --bucket {name} --prefix {printable(prefix)}"
        raise ConfigurationError(msg)
    if name.endswith((_DIRECTORY_BUCKET, *_ACCESS_POINTS)):
        is_directory = name.endswith(_DIRECTORY_BUCKET)
        kind = "a directory bucket" if is_directory else "an access point"
        msg = (
            f"invalid --bucket '{shown}': it is the name of {kind}, which sends no events: use "
            "the name of a general purpose bucket"
        )
        raise ConfigurationError(msg)
    return name


@dataclass(frozen=True, slots=True)
class DeliveryChange:
    """A planned change: a bucket starts or stops to send its events to Amazon EventBridge.

    Attributes:
        bucket: the bucket's name.
        enabled: whether it will send them.
        foreign: the number of other entries in its notification configuration, which stay.
    """

    bucket: str
    enabled: bool
    foreign: int


@dataclass(frozen=True, slots=True)
class BucketPlan:
    """The existing buckets that a stack will serve, and the changes to their notifications.

    Attributes:
        buckets: the buckets served after the operation; empty: the stack's own, or none.
        added: those of them that the stack does not serve yet.
        unindexed: those of them in which the stack will index more keys than before.
        changes: the changes of notification configurations.
        kept: the reason for each released bucket whose events still go to EventBridge.
        gone: released buckets that no longer exist.
        unknown: the reason for each served bucket whose configuration cannot be read.
        parameters: values of template parameters.
        own_rules: names of the rules of the stack.
    """

    buckets: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    unindexed: tuple[str, ...] = ()
    changes: tuple[DeliveryChange, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict[str, str])
    gone: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict[str, str])
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    own_rules: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The result of a planned change.

    Attributes:
        change: the change.
        failure: the reason that it was not made; empty if it was.
    """

    change: DeliveryChange
    failure: str = ""
