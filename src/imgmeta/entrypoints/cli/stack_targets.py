"""The targets of a command that uses the index of a stack (`--stack-name`)."""

from typing import TYPE_CHECKING

from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.core.uris import legible_name
from imgmeta.entrypoints.cli.arguments import shown_target
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from imgmeta.deployment.core.deployed import DeployedIndex

__all__ = ["within_stack"]


def within_stack(deployed: "DeployedIndex", target: Target, text: str) -> Target:
    """Return the part of a target that a stack indexes.

    Args:
        deployed: the index of the stack.
        target: the target.
        text: the target as given.

    Raises:
        ConfigurationError: the stack indexes no part of the target.
    """
    narrowed = deployed.narrow(target)
    if narrowed is not None:
        return narrowed
    indexed = " or ".join(legible_name(each.location) for each in deployed.targets)
    msg = (
        f"the stack {printable(deployed.stack.name)} does not index {shown_target(text)}: "
        f"pass a target in {indexed}"
    )
    raise ConfigurationError(msg)
