"""One run of a backfill, with progress, summary and follow-up commands.

Only the commands that run a backfill import this module, when they do: it imports the deployment
services.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from imgmeta.bootstrap import list_target, open_objects
from imgmeta.config import Settings
from imgmeta.core.objects import Listing
from imgmeta.core.targets import Target
from imgmeta.core.text import counted, printable
from imgmeta.deployment.bootstrap import open_backfill, reserve_backfill, stack_settings
from imgmeta.deployment.core.backfill import (
    BackfillProgress,
    BackfillResult,
    BackfillScope,
    Checkpoint,
    scope_targets,
)
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.ports import ListingSource
from imgmeta.deployment.service.backfill import BackfillRun
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible
from imgmeta.entrypoints.cli.output_files import state_directory
from imgmeta.entrypoints.cli.rendering.backfill_output import (
    comparison_text,
    result_line,
    result_rows,
)
from imgmeta.entrypoints.cli.rendering.backfill_progress import backfill_progress
from imgmeta.entrypoints.cli.stack_dialog import follow_up
from imgmeta.errors import AdapterError
from imgmeta.ports import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["BackfillOptions", "run_backfill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillOptions:
    """The options of a backfill.

    Attributes:
        source: the listing; None: the listings of the buckets.
        restart: start from the beginning, even if an earlier run was interrupted.
        wait: wait until the queue is empty, and show the result.
        dry_run: only count the differences.
    """

    source: ListingSource | None = None
    restart: bool = False
    wait: bool = True
    dry_run: bool = False


def run_backfill(
    context: CommandContext,
    deployed: DeployedIndex,
    targets: Sequence[Target] = (),
    *,
    options: BackfillOptions | None = None,
) -> int:
    """Send the differences between buckets and a stack's index to its queue; return the exit code.

    Args:
        context: the context of the command.
        deployed: the stack's index.
        targets: the buckets and prefixes; none: all that the stack indexes.
        options: the options.

    Raises:
        ConfigurationError: the stack does not index a target, or the checkpoint is damaged.
        AdapterError: AWS failed, and another run continues the backfill; or a process runs it now.
    """
    options = options or BackfillOptions()
    source = options.source
    settings = stack_settings(context.settings, deployed)
    chosen = scope_targets(deployed, targets)
    scope = BackfillScope(deployed.stack.stack_id, chosen, source.description if source else "")
    objects = open_objects(settings, context.aws)
    if source is None:
        for each in chosen:
            objects.check(each.bucket, each.prefix)
    folder = state_directory(os.environ)
    with (
        nullcontext() if options.dry_run else reserve_backfill(folder, scope),
        open_backfill(context.aws, settings, deployed, folder) as opened,
    ):
        # A signal also stops a long listing of files that are not indexed.
        backfill = replace(opened, on_unindexed=context.stop.check)
        run = (
            backfill.preview(scope, source)
            if options.dry_run
            else backfill.begin(scope, source, restart=options.restart)
        )
        if run.is_resumed:
            context.stderr.line(
                f"Resuming the backfill of {run.checkpoint.started_at:%Y-%m-%d %H:%M} UTC; "
                "--restart starts over."
            )
        remaining = partial(_remaining, settings, objects, run.checkpoint)
        try:
            _advance(context, run, options, None if source else remaining)
        except StopRequested:
            _print_interruption(context, run, options)
            return INTERRUPTED
        except AdapterError:
            if not options.dry_run:
                context.stderr.line("Run the same command again to continue the backfill.")
            raise
        result = run.finish() if options.wait and not options.dry_run else None
        return _print_result(context, deployed, run, options, result)


def _remaining(
    settings: Settings, objects: ObjectStore, checkpoint: Checkpoint
) -> Iterator[Listing]:
    """Yield the objects that are still to compare, for counting them."""
    after = checkpoint.after
    for target in checkpoint.scope.targets[checkpoint.target :]:
        yield from list_target(settings, objects, target, after=after)
        after = None


def _advance(
    context: CommandContext,
    run: BackfillRun,
    options: BackfillOptions,
    remaining: Callable[[], Iterable[object]] | None,
) -> None:
    """Do the work of a run, and show the progress."""
    items = run.compare() if options.dry_run else run.work(wait=options.wait)
    with (
        interruptible(context.stop) as stop_if_requested,
        backfill_progress(context.stderr, run.checkpoint.compared, remaining) as show,
        # Closing the iterator waits for the batches in flight.
        closing(cast("Generator[BackfillProgress]", items)),
    ):
        for progress in items:
            show(progress)
            stop_if_requested()


def _print_interruption(
    context: CommandContext, run: BackfillRun, options: BackfillOptions
) -> None:
    if options.dry_run:
        context.stderr.line("Interrupted. Nothing was changed.")
    elif run.checkpoint.is_compared:
        context.stderr.line(
            f"Interrupted. All hints are in the queue ({run.checkpoint.sent:,}), and the function "
            "processes them; run the same command again to wait for the result."
        )
    else:
        context.stderr.line(
            f"Interrupted after {counted(run.checkpoint.sent, 'hint')}; run the same command "
            "again to continue."
        )


def _print_result(
    context: CommandContext,
    deployed: DeployedIndex,
    run: BackfillRun,
    options: BackfillOptions,
    result: BackfillResult | None,
) -> int:
    checkpoint = run.checkpoint
    context.text_output.line(comparison_text(checkpoint.compared, checkpoint.differences))
    if context.as_json:
        context.stdout.raw(result_line(checkpoint, result))
    if checkpoint.rejected:
        keys = counted(checkpoint.rejected, "key")
        context.stderr.line(f"{keys} cannot be sent as hints: S3 allows no such keys.")
    if result is None:
        if not options.dry_run:
            run.discard()
            context.text_output.line(f"{counted(checkpoint.sent, 'hint')} sent.")
        return FAILED if checkpoint.rejected else SUCCESS
    context.text_output.lines(result_rows(checkpoint, result))
    problems = _problems(context, deployed, checkpoint.sent, result)
    for each in problems:
        context.stderr.line(each)
    has_failures = result.failed or result.unreadable or checkpoint.rejected
    return FAILED if problems or has_failures else SUCCESS


def _problems(
    context: CommandContext, deployed: DeployedIndex, sent: int, result: BackfillResult
) -> list[str]:
    name = printable(deployed.stack.name)
    problems: list[str] = []
    if result.dead_letters:
        replay = follow_up(context, "imgmeta", "replay", "--stack-name", name)
        messages = counted(result.dead_letters, "message")
        verb, them = ("is", "it") if result.dead_letters == 1 else ("are", "them")
        problems.append(
            f"{messages} {verb} in the dead-letter queue. To send {them} again: {replay}"
        )
    unwritten = sent - result.written
    if unwritten > 0:
        again = follow_up(context, "imgmeta", "backfill", "--dry-run", "--stack-name", name)
        problems.append(
            f"{counted(unwritten, 'hint')} did not lead to a new record. To count the "
            f"differences that are left: {again}"
        )
    return problems
