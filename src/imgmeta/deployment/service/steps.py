"""The steps of a deployment before its changes start."""

from collections.abc import Mapping
from dataclasses import dataclass

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform

__all__ = [
    "BucketsNotChecked",
    "BuildingPackage",
    "CodeNotCompared",
    "CreatingChangeSet",
    "DeploymentStep",
    "UploadingPackage",
]


@dataclass(frozen=True, slots=True)
class BucketsNotChecked:
    """Whether these buckets send their events is unknown, each for its reason."""

    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BuildingPackage:
    """The deployment package is being built for `platform`."""

    platform: FunctionPlatform


@dataclass(frozen=True, slots=True)
class CodeNotCompared:
    """Whether another tool replaced the function's code is unknown, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class CreatingChangeSet:
    """CloudFormation is determining the changes."""


@dataclass(frozen=True, slots=True)
class UploadingPackage:
    """`package` is being uploaded to `location`, if it is not there yet."""

    package: FunctionPackage
    location: ObjectLocation


DeploymentStep = (
    BucketsNotChecked | BuildingPackage | CodeNotCompared | CreatingChangeSet | UploadingPackage
)
