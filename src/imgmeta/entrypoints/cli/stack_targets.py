"""The targets and settings of a command that uses the index of a stack (`--stack-name`)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from imgmeta.config import Settings
from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.arguments import shown_target
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from imgmeta.deployment.core.deployed import DeployedIndex

__all__ = ["stack_settings", "stack_targets", "within_stack"]


def stack_targets(deployed: "DeployedIndex") -> list[Target]:
    """Return the targets that a stack indexes: its buckets, each with the stack's prefix."""
    return [Target(bucket, deployed.prefix) for bucket in deployed.buckets]


def within_stack(deployed: "DeployedIndex", target: Target, text: str) -> Target:
    """Return the part of a target that a stack indexes.

    Args:
        deployed: the index of the stack.
        target: the target.
        text: the target as given.

    Raises:
        ConfigurationError: the stack indexes no part of the target.
    """
    if target.bucket in deployed.buckets:
        if target.prefix.startswith(deployed.prefix):
            return target
        if not target.exact and deployed.prefix.startswith(target.prefix):
            return replace(target, prefix=deployed.prefix)
    indexed = " or ".join(f"s3://{each.bucket}/{each.prefix}" for each in stack_targets(deployed))
    msg = (
        f"the stack {printable(deployed.stack.name)} does not index {shown_target(text)}: "
        f"pass a target in {printable(indexed)}"
    )
    raise ConfigurationError(msg)


def stack_settings(deployed: "DeployedIndex", settings: Settings) -> Settings:
    """Return settings with a stack's rules of indexing: its suffixes and GPS policy.

    They replace those of the environment, so that a command finds and writes the same records as
    the stack's function. Requests to requester-pays buckets are paid if either says so.

    Args:
        deployed: the index of the stack.
        settings: the settings of the command.

    Raises:
        ConfigurationError: a parameter of the stack has an invalid value.
    """
    parameters = deployed.stack.parameters
    rules = Settings.from_environment(
        {
            "IMGMETA_GPS": parameters.get("GpsPolicy", ""),
            "IMGMETA_SUFFIXES": parameters.get("ImageSuffixes", ""),
        }
    )
    pays = parameters.get("RequesterPays") == "yes"  # stacks of imgmeta 0.1 lack the parameter
    return replace(
        settings,
        gps_policy=rules.gps_policy,
        suffixes=rules.suffixes,
        requester_pays=settings.requester_pays or pays,
    )
