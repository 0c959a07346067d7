"""The dialog of the stack commands: confirmation, progress, outputs and follow-up commands.

Only the stack commands import this module, when they run: it imports the deployment services.
"""

import os
import shlex
from collections.abc import Callable, Iterable
from typing import TypeVar

from imgmeta.config import Settings
from imgmeta.core.text import redact_url
from imgmeta.deployment.core.stacks import Stack, StackEvent
from imgmeta.deployment.service.deployer import Preview
from imgmeta.deployment.service.steps import (
    BucketsNotChecked,
    BuildingPackage,
    CodeNotCompared,
    DeploymentStep,
    UploadingPackage,
)
from imgmeta.deployment.service.waiter import StatusUnavailableError
from imgmeta.entrypoints.cli.confirmation import confirm
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.rendering import buckets, stacks
from imgmeta.entrypoints.cli.rendering.formatting import file_size
from imgmeta.entrypoints.cli.rendering.screen import OutputError

__all__ = [
    "confirm_changes",
    "follow",
    "follow_up",
    "print_outputs",
    "print_step",
    "status_command",
    "watch",
]

_State = TypeVar("_State")


def confirm_changes(context: CommandContext, preview: Preview, *, yes: bool, dry_run: bool) -> bool:
    """Show the changes; return whether to make them, which the user decides without an option."""
    if preview.change_set is None:
        context.stderr.line("The stack itself is up to date.")
    else:
        context.stderr.lines(stacks.change_rows(preview.change_set))
    if preview.restores_code:
        context.stderr.line(
            "Another tool replaced the function's code: this deployment restores the package."
        )
    context.stderr.lines(buckets.plan_rows(preview.buckets))
    return not dry_run and (yes or confirm(context, "Make these changes?"))


def print_step(context: CommandContext, step: DeploymentStep) -> None:
    """Print the step of a deployment that starts."""
    if isinstance(step, BucketsNotChecked):
        for bucket, reason in step.reasons.items():
            context.stderr.line(
                f"Cannot check whether the bucket {bucket} sends its events: {reason}"
            )
        return
    if isinstance(step, BuildingPackage):
        line = f"Building the function for {step.platform} …"
    elif isinstance(step, CodeNotCompared):
        line = f"Cannot check whether another tool replaced the function's code: {step.reason}"
    elif isinstance(step, UploadingPackage):
        size = file_size(len(step.package.content))
        line = f"Uploading {step.package.name} ({size}) to {step.location.bucket} …"
    else:
        line = "Creating a change set …"
    context.stderr.line(line)


def watch(context: CommandContext, stack_name: str, events: Iterable[StackEvent]) -> bool:
    """Print the events of an operation; return whether it was watched to its end.

    Raises:
        AdapterError: the operation failed, or its status is not available.
        OutputError: the events cannot be printed.
    """

    def show(event: StackEvent) -> None:
        context.text_output.line(*stacks.event_row(event))
        context.text_output.flush()

    check = status_command(context, stack_name)
    return follow(context, events, show, f"the operation continues. To check it: {check}")


def follow(
    context: CommandContext, states: Iterable[_State], show: Callable[[_State], None], note: str
) -> bool:
    """Show the states of an operation of AWS; return whether it was followed to its end.

    Args:
        context: the command's context.
        states: the states or events, until the operation ends.
        show: shows one of them.
        note: says that the operation continues, and how to follow it again.

    Raises:
        AdapterError: the operation failed, or its status is not available.
        OutputError: a state cannot be printed.
    """
    try:
        for state in states:
            show(state)
    except (KeyboardInterrupt, OutputError) as error:
        context.stderr.line(f"Stopped watching; {note}")
        if isinstance(error, OutputError):
            raise
        return False
    except StatusUnavailableError as error:
        msg = f"{error}; {note}"
        raise StatusUnavailableError(msg) from error
    return True


def status_command(context: CommandContext, stack_name: str) -> str:
    """Return the command that shows the status of a stack."""
    return follow_up(context, "imgmeta", "status", "--stack-name", stack_name)


def print_outputs(context: CommandContext, stack: Stack) -> None:
    """Print the stack's outputs, and the commands to try next."""
    if context.as_json:
        context.stdout.raw(stacks.outputs_line(stack.outputs))
    else:
        context.stdout.lines(stacks.output_rows(stack.outputs))
    outputs = stack.outputs
    table = outputs.get("DynamoDBTableName")
    bucket = (outputs.get("S3BucketName") or outputs.get("Buckets", "")).partition(",")[0]
    if bucket and table:
        uri = f"s3://{bucket}/{outputs.get('KeyPrefix', '')}"
        # A prefix may end within a name, such as IMG_.
        name = "" if uri.endswith("/") else "PHOTO.jpg"
        upload = follow_up(context, "aws", "s3", "cp", "PHOTO.jpg", uri + name)
        query = follow_up(context, "imgmeta", "list", "--stack-name", stack.name)
        for line in ("Next:", f"  {upload}", f"  {query}"):
            context.stderr.line(line)


def follow_up(context: CommandContext, *words: str) -> str:
    """Return a command line, quoted, with the options that reach the same account and region."""
    settings = context.settings
    default_region = Settings.from_environment(os.environ).region
    options = {
        "--endpoint-url": settings.endpoint_url and redact_url(settings.endpoint_url),
        "--profile": settings.profile,
        "--region": None if settings.region == default_region else settings.region,
    }
    given = [part for name, value in options.items() if value is not None for part in (name, value)]
    return shlex.join([*words, *given])
