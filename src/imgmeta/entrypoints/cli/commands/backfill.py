"""The `backfill` command."""

from dataclasses import replace
from typing import Annotated

import typer

from imgmeta.bootstrap import parse_target
from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.arguments import bucket_target
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.inventories import InventoryURI, read_inventory
from imgmeta.entrypoints.cli.options import DryRun, StackName, command_options
from imgmeta.errors import ConfigurationError

__all__ = ["backfill"]


@command_options(store=False, objects=True)
def backfill(  # noqa: PLR0913 - one parameter for each option
    context: CommandContext,
    *,
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="S3_URI",
            help="Buckets or prefixes that the stack indexes. [default: all of them]",
            show_default=False,
        ),
    ] = None,
    stack_name: StackName,
    inventory: InventoryURI = None,
    local: Annotated[
        bool,
        typer.Option(
            "--local",
            help="Read the images on this computer, like imgmeta sync.",
        ),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Do not continue an interrupted backfill; start over.")
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="End when all hints are sent, without the result.")
    ] = False,
    dry_run: DryRun = False,
) -> int:
    r"""Index the objects that a stack's buckets already hold.

    Compares the buckets with the index and sends a hint to the stack's queue for each difference;
    the function reads the images. Pauses while the queue has 10,000 messages. Ends when the queue
    is empty, with the numbers of processed and failed images.

    If interrupted or killed, run the same command again: it continues after the last hints that the
    queue accepted. The checkpoint is a file in ~/.local/state/imgmeta, or in XDG_STATE_HOME.

    Exits 1 if images are unreadable, messages are in the dead-letter queue, or hints did not lead
    to a new record.

    With --json, prints one object: Compared, Unchanged, Differences, Sent, Rejected, and, when the
    queue is empty, Processed, Failed, Deleted, Incomplete, Unreadable, FileSize, DeadLetters and
    Failures.

    \b
    imgmeta backfill --stack-name photos
    imgmeta backfill s3://holiday/2026/ --stack-name photos --dry-run
    imgmeta backfill --stack-name photos --inventory S3_URI
    imgmeta backfill s3://holiday --stack-name photos --json | jq .Differences
    """
    from imgmeta.deployment.core.backfill import scope_targets  # noqa: PLC0415 - keeps other commands fast
    from imgmeta.entrypoints.cli.backfill_run import (  # noqa: PLC0415 - as above
        BackfillOptions,
        run_backfill,
    )
    from imgmeta.entrypoints.cli.commands.sync import sync_targets  # noqa: PLC0415 - as above

    if local and (restart or no_wait or inventory):
        msg = "pass --local without --restart, --no-wait and --inventory: it sends no hints"
        raise ConfigurationError(msg)
    requested = [_parse_bucket(text) for text in targets or ()]
    context = replace(context, stack_name=stack_name)
    deployed = context.deployed
    if local and not dry_run:
        chosen = scope_targets(deployed, requested)
        for each in chosen:
            context.object_store.check(each.bucket, each.prefix)
        return sync_targets(context, list(chosen))
    source = None
    if inventory:
        source = read_inventory(context, inventory)
        requested = requested or [Target(source.manifest.source_bucket, deployed.prefix)]
        for each in requested:
            source.check(each)
    options = BackfillOptions(source=source, restart=restart, wait=not no_wait, dry_run=dry_run)
    return run_backfill(context, deployed, requested, options=options)


def _parse_bucket(text: str) -> Target:
    return bucket_target(parse_target(text, must_exist=False), text)
