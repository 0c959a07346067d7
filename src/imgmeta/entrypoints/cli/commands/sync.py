"""The `sync` command."""

import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from typing import cast

from imgmeta.bootstrap import concurrency_of
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible
from imgmeta.entrypoints.cli.options import Targets, command_options
from imgmeta.entrypoints.cli.rendering.sync_output import print_item, sync_progress
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport, summary_line
from imgmeta.service import Indexer

__all__ = ["sync"]


@command_options()
def sync(context: CommandContext, *, targets: Targets) -> int:
    r"""Update the index to match folders, files or buckets.

    Reads images that are new, changed, or were read by an older imgmeta, marks missing ones as
    deleted, and skips the rest. You can interrupt it; the next sync continues from there.

    Unreadable files are recorded as failed, with the reason. Exits 1 when such a file is first
    found, and not again until the file changes.

    With --json: each written record, and for each image that could not be reached: BucketName,
    ObjectKey, Outcome (error) and Error.

    \b
    imgmeta sync photos
    imgmeta sync ~/Pictures /mnt/card/DCIM --store sqlite:////srv/photos.db
    imgmeta sync s3://holiday/2026/ --store dynamodb://images
    imgmeta sync photos --json | jq .CameraModel
    """
    parsed = context.targets(targets)
    report = SyncReport(context.settings.environment, context.working_directory)
    started = time.monotonic()
    interrupted = False
    with context.open_index(must_exist=False) as (_, indexer):
        try:
            with interruptible() as stop_if_requested, sync_progress(context, parsed) as advance:
                for target in parsed:
                    with _outcomes(context, indexer, target) as items:
                        for item in items:
                            report.add(item)
                            print_item(context, item)
                            advance()
                            stop_if_requested()
        except StopRequested:
            interrupted = True
        finally:
            # Also after an error or a second Ctrl-C, since finished images are stored.
            context.text_output.lines(report.table())
            duration = timedelta(seconds=time.monotonic() - started)
            context.text_output.line(*summary_line(report.summary(duration)))
    if interrupted:
        context.stderr.line("Interrupted. Finished images are stored; the next sync continues.")
        return INTERRUPTED
    return FAILED if report.has_failures else SUCCESS


def _outcomes(
    context: CommandContext, indexer: Indexer, target: Target
) -> AbstractContextManager[Iterator[ItemOutcome]]:
    """Return the outcomes of syncing one target; closing them waits for images in progress."""
    concurrency = concurrency_of(context.settings, context.store, target)
    items = indexer.sync(target, concurrency=concurrency)
    return closing(cast("Generator[ItemOutcome]", items))
