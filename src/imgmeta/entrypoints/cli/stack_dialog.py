"""Dialog about a stack: questions, progress, and the next command to type."""

import os
import re
import sys
from collections.abc import Iterable

from imgmeta.config import Settings
from imgmeta.core.text import printable
from imgmeta.deployment.core.stacks import StackEvent
from imgmeta.deployment.service.waiter import NotWatchedError
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.rendering import stacks
from imgmeta.entrypoints.cli.rendering.screen import OutputError
from imgmeta.errors import ConfigurationError

__all__ = ["again", "check_stack_name", "connection", "says_yes", "watched"]

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}", re.ASCII)
"""AWS CloudFormation API Reference, "CreateChangeSet"."""


def says_yes(context: CommandContext, question: str) -> bool:
    """Ask a person.

    Raises:
        ConfigurationError: nobody is there to answer.
    """
    context.stderr.prompt(f"{question} [y/N]")
    try:
        answer = sys.stdin.readline() if sys.stdin is not None else ""
    except UnicodeDecodeError:
        answer = "what is no text, and so no yes"
    if not answer:
        context.stderr.line()
        msg = "nobody is there to answer: give --yes to go on, or --dry-run only to look"
        raise ConfigurationError(msg)
    return answer.strip().lower() in {"y", "yes"}


def watched(context: CommandContext, stack_name: str, events: Iterable[StackEvent]) -> bool:
    """Show what happens; return whether it was watched to its end.

    Raises:
        AdapterError: it did not end well, or its end is not known.
        OutputError: what happens cannot be shown.
    """
    look = again(context, "imgmeta", "status", "--stack-name", stack_name)
    try:
        for event in events:
            context.text_output.line(*stacks.event_row(event))
            context.text_output.flush()
    except (KeyboardInterrupt, OutputError) as error:
        context.stderr.line(f"Not watched any more. AWS goes on without us; to look: {look}")
        if isinstance(error, OutputError):
            raise
        return False
    except NotWatchedError as error:
        msg = f"{error}; what has begun goes on without us; to look: {look}"
        raise NotWatchedError(msg) from error
    return True


def again(context: CommandContext, *words: str) -> str:
    return stacks.command_line(*words, options=connection(context))


def connection(context: CommandContext) -> dict[str, str | None]:
    """Return the options by which another command reaches what this one did."""
    usual = Settings.from_environment({**os.environ, "IMGMETA_STORE": ""})
    settings = context.settings
    return {
        "--endpoint-url": settings.endpoint_url,
        "--profile": settings.profile,
        "--region": None if settings.region == usual.region else settings.region,
    }


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
