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
from imgmeta.entrypoints.cli.exit_codes import FAILED, FINE, INTERRUPTED
from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible
from imgmeta.entrypoints.cli.options import Targets, command_options
from imgmeta.entrypoints.cli.rendering.sync_output import print_item, sync_progress
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport, summary_line
from imgmeta.service import Indexer

__all__ = ["sync"]


@command_options()
def sync(context: CommandContext, *, targets: Targets) -> int:
    r"""Make the index say exactly what is there.

    Reads what is new, changed or was read by an older imgmeta, forgets what is gone, and passes over
    the rest. It can be stopped at any time: the next sync goes on from there.

    A file or object that is no readable image is recorded as failed, with the reason. That makes the
    exit code 1 in the run that finds it, and not again while it stays as it is.

    With --json: each record that was written; for what could not be reached, BucketName, ObjectKey,
    Outcome (error) and Error.

    \b
    imgmeta sync photos
    imgmeta sync ~/Pictures /mnt/card/DCIM --store sqlite:////srv/photos.db
    imgmeta sync s3://holiday/2026/ --store dynamodb://images
    imgmeta sync photos --json | jq .CameraModel
    """
    found = context.targets(targets)
    report = SyncReport(context.settings.environment, context.working_folder)
    started = time.monotonic()
    interrupted = False
    with context.index(must_exist=False) as (_, indexer):
        try:
            with interruptible() as stop_if_asked, sync_progress(context, found) as advance:
                for target in found:
                    with _synced(context, indexer, target) as items:
                        for item in items:
                            print_item(context, report, item)
                            advance()
                            stop_if_asked()
        except StopRequested:
            interrupted = True
        finally:
            # What was done is told, whatever ended it.
            context.text_output.lines(report.table())
            duration = timedelta(seconds=time.monotonic() - started)
            context.text_output.line(*summary_line(report.summary(duration)))
    if interrupted:
        context.stderr.line("Stopped. All of this is stored; the next sync goes on from here.")
        return INTERRUPTED
    return FAILED if report.has_failures else FINE


def _synced(
    context: CommandContext, indexer: Indexer, target: Target
) -> AbstractContextManager[Iterator[ItemOutcome]]:
    """Return what becomes of the target's keys, to be closed: what has begun is then finished."""
    concurrency = concurrency_of(context.settings, context.store, target)
    items = indexer.sync(target, concurrency=concurrency)
    return closing(cast("Generator[ItemOutcome]", items))
