"""The `sync` command."""

import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, cast

import typer

from imgmeta.bootstrap import concurrency_of, open_parallel_loader
from imgmeta.config import MAX_JOBS
from imgmeta.core.content_hashes import HashKind
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.core.targets import LOCAL_BUCKET, Target
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.notifying import Notify, requested_notifier, send_summary
from imgmeta.entrypoints.cli.options import (
    AllFiles,
    DryRun,
    NullInput,
    StandardInput,
    Targets,
    command_options,
)
from imgmeta.entrypoints.cli.rendering.sync_output import print_outcomes, print_table, sync_progress
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport, summary_line
from imgmeta.entrypoints.cli.rendering.unindexed_report import UnindexedReport
from imgmeta.entrypoints.cli.standard_input import requested_targets
from imgmeta.entrypoints.cli.sync_preview import preview_sync
from imgmeta.ports import ImageLoader, Notifier
from imgmeta.service import Indexer

__all__ = ["sync", "sync_targets"]


@command_options(index_stack=True, objects=True, quiet=True, verbose=True)
def sync(  # noqa: PLR0913 - one parameter for each option
    context: CommandContext,
    *,
    targets: Targets = None,
    all_files: AllFiles = False,
    stdin: StandardInput = False,
    null: NullInput = False,
    dry_run: DryRun = False,
    content: Annotated[
        bool,
        typer.Option(
            "--content", help="Also record the hash of each image's content, for verify --content."
        ),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=MAX_JOBS,
            help="Read local images with N processes. [default: one for each core, at most 4]",
            show_default=False,
        ),
    ] = None,
    notify: Notify = None,
) -> int:
    r"""Update the index to match folders, files or buckets.

    With --stack-name, the targets are S3 URIs in the stack's buckets, and the stack's GPS policy
    and suffixes apply.

    Reads images that are new or changed, or that an older imgmeta or a less strict IMGMETA_GPS
    recorded. Marks images that no longer exist as deleted. If interrupted, run it again.

    Unreadable images are recorded as failed, with the reason. Exits 1 when an image is first found
    unreadable, and in every run while a file or folder cannot be accessed.

    --notify sends the summary at the end if an image failed; with NOTIFY_ON=all, also if none did.
    An interrupted sync sends nothing. Exits 1 if the summary cannot be sent.

    Ends with the number of files that are not indexed, by kind. --all-files lists them.

    --content also records the hash of each image's content (ContentHash), with which `imgmeta
    verify --content` compares the image later. Images that are new, changed or have no hash yet are
    read completely, unless S3 has a hash.

    Many local images are read by several processes; --jobs 1 reads them in one. The index is the
    same.

    --dry-run prints each change that a sync would make, reads no image and writes nothing. Exits 0.

    With --json, prints each written record; for each image or folder that cannot be accessed,
    prints BucketName, ObjectKey, Outcome (error) and Error; if files are not indexed, the last line
    has NotIndexed, Reasons and Suffixes. With --dry-run, prints the differences as
    `imgmeta verify --json` does.

    \b
    imgmeta sync photos
    imgmeta sync photos --dry-run
    imgmeta sync photos --content
    imgmeta sync ~/Pictures /mnt/card/DCIM --store /srv/photos.db
    imgmeta sync s3://holiday/2026/ --store dynamodb://images
    imgmeta sync --stack-name photos
    imgmeta sync photos --notify 'smtp://localhost:25/?from=me@example.com&to=ops@example.com'
    imgmeta sync photos --json | jq 'select(.ImageId).CameraModel'
    find photos -name '*.jpg' -newer imgmeta.db -print0 | imgmeta sync --stdin -0
    """
    texts = [*requested_targets(targets, stdin=stdin, null=null)]
    chosen = context.targets(texts, command="sync")
    if dry_run:
        return preview_sync(context, chosen, all_files=all_files, content=content)
    notifier = requested_notifier(context, notify)
    return sync_targets(
        context, chosen, all_files=all_files, content=content, jobs=jobs, notifier=notifier
    )


def sync_targets(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    targets: list[Target],
    *,
    all_files: bool = False,
    content: bool = False,
    jobs: int | None = None,
    notifier: Notifier | None = None,
) -> int:
    """Update the index to match targets that were checked; return the exit code.

    Args:
        context: the context of the command.
        targets: the targets.
        all_files: whether to list the files that are not indexed.
        content: whether to hash the content of the images.
        jobs: the number of processes that read local images; None: as the settings say.
        notifier: sends the summary, if given.
    """
    report = SyncReport(context.settings.environment, context.working_directory)
    unindexed = UnindexedReport(context, context.summaries, all_files=all_files)
    started = time.monotonic()
    settings = replace(context.settings, jobs=jobs or context.settings.jobs)
    with (
        context.open_index(must_exist=False) as (_, indexer),
        open_parallel_loader(settings) as loader,
    ):
        try:
            progress = sync_progress(context, targets, prints_lines=context.as_json or all_files)
            items = _outcomes(context, indexer, targets, unindexed, loader, content=content)
            finished = print_outcomes(context, items, report, progress, stops_itself=True)
        finally:
            # Also after an error or a second Ctrl-C, since finished images are stored.
            print_table(context, report)
            summary = report.summary(timedelta(seconds=time.monotonic() - started))
            unindexed.finish()
            context.summaries.line(*summary_line(summary))
    if not finished:
        context.stderr.line(
            "Interrupted. Finished images are stored; run sync again to index the rest."
        )
        return INTERRUPTED
    is_notified = notifier is None or send_summary(context, notifier, summary)
    return FAILED if report.has_failures or not is_notified else SUCCESS


def _outcomes(  # noqa: PLR0913 - one argument for each choice of `sync_targets`
    context: CommandContext,
    indexer: Indexer,
    targets: Iterable[Target],
    unindexed: UnindexedReport,
    loader: ImageLoader | None,
    *,
    content: bool,
) -> Generator[ItemOutcome]:
    """Yield the outcomes of syncing each target.

    Raises:
        StopRequested: a signal requested a stop; images in progress were finished or canceled.
    """
    for target in targets:
        concurrency = concurrency_of(context.settings, context.store, target.bucket)
        on_unindexed = unindexed.callback(target.bucket, context.stop.check)
        items = indexer.sync(
            target,
            concurrency=concurrency,
            on_unindexed=on_unindexed,
            hash_kinds=frozenset(HashKind if content else ()),
            loader=loader if target.bucket == LOCAL_BUCKET else None,
            is_stopped=lambda: context.stop.is_requested,
        )
        with closing(cast("Generator[ItemOutcome]", items)):
            for item in items:
                yield item
                if concurrency > 1:  # requests of images that wait for a thread may take long
                    context.stop.check()
        context.stop.check()
