"""What people ask of the commands for stacks."""

import re
from dataclasses import dataclass

from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError
from imgmeta.service.planning import EMAIL, ENVIRONMENT

__all__ = ["Consent", "Request", "check_stack_name"]

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}", re.ASCII)
"""AWS CloudFormation API Reference, "CreateChangeSet"."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person said beforehand.

    Attributes:
        assume_yes: to all that is asked.
        dry_run: only to look.
    """

    assume_yes: bool
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What a person wants deployed; None where an option was not given.

    Attributes:
        stack_name: the stack's name.
        email: who is told.
        environment: a name that all things carry.
        parameters: others of the template's, each as `name=value`.
        architecture: of the function.
        runtime: of the function.
        artifact_bucket: where packages are kept.
    """

    stack_name: str
    email: str | None = None
    environment: str | None = None
    parameters: tuple[str, ...] = ()
    architecture: str | None = None
    runtime: str | None = None
    artifact_bucket: str | None = None

    def values(self) -> dict[str, str]:
        """Return the values of the template's parameters that are given.

        Raises:
            ConfigurationError: one is given twice, or is none.
        """
        check_stack_name(self.stack_name)
        options = {
            EMAIL: self.email,
            ENVIRONMENT: self.environment,
            "Architecture": self.architecture,
            "Runtime": self.runtime,
        }
        values = {name: value for name, value in options.items() if value is not None}
        for text in self.parameters:
            name, equals, value = text.partition("=")
            if not equals or not name:
                msg = f"'{printable(text)}' is no parameter: give one like MemorySize=512"
                raise ConfigurationError(msg)
            if name in values:
                msg = f"the parameter {printable(name)} is given twice: give it once"
                raise ConfigurationError(msg)
            values[name] = value
        return values


def check_stack_name(name: str) -> None:
    """Refuse what no stack can be called.

    Raises:
        ConfigurationError: it is that.
    """
    if not _STACK_NAME.fullmatch(name):
        msg = (
            f"'{printable(name)}' is no name for a stack: give one of letters, digits and hyphens "
            "that starts with a letter"
        )
        raise ConfigurationError(msg)
