"""The `reprocess` command."""

import time
from datetime import timedelta
from typing import Annotated

import typer

from imgmeta.core.outcomes import Outcome
from imgmeta.entrypoints.cli.arguments import (
    check_suffix,
    parse_unchecked_target,
    shown_target,
    single_image,
)
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, SUCCESS
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering.sync_output import print_item
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport, summary_line
from imgmeta.errors import ConfigurationError

__all__ = ["reprocess"]


@command_options(index_stack=True, objects=True)
def reprocess(
    context: CommandContext,
    *,
    image: Annotated[str, typer.Argument(metavar="FILE|S3_URI", help="One image.")],
) -> int:
    r"""Read one image again, even if it has not changed.

    If the file or object no longer exists, marks its record as deleted.

    With --json, prints the written record, or an error in the format of `imgmeta sync --json`.

    \b
    imgmeta reprocess photos/beach.jpg
    imgmeta reprocess s3://holiday/2026/beach.jpg
    """
    target = single_image(parse_unchecked_target(image), image)
    check_suffix(target, image, context.settings.suffixes)
    report = SyncReport(context.settings.environment, context.working_directory)
    started = time.monotonic()
    with context.open_index() as (_, indexer):
        item = indexer.reprocess(target.location)
    if item.outcome is Outcome.ERROR:
        # If the whole bucket is inaccessible, report that error instead of the image's. Checking
        # only after an error leaves the command usable without permission to list the bucket.
        context.object_store.check(target.bucket, target.prefix)
    if item.outcome is Outcome.UNCHANGED:
        shown = shown_target(image)
        msg = f"cannot reprocess {shown}: it does not exist and no record needs an update"
        raise ConfigurationError(msg)
    report.add(item)
    print_item(context, item)
    context.text_output.lines(report.table())
    duration = timedelta(seconds=time.monotonic() - started)
    context.text_output.line(*summary_line(report.summary(duration)))
    return FAILED if report.has_failures else SUCCESS
