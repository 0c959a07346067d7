"""The `reprocess` command."""

import time
from datetime import timedelta
from typing import Annotated

import typer

from imgmeta.core.outcomes import Outcome
from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.arguments import check_suffix, one_image, place
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, FINE
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering.sync_output import print_item
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport, summary_line
from imgmeta.errors import ConfigurationError

__all__ = ["reprocess"]


@command_options()
def reprocess(
    context: CommandContext,
    *,
    image: Annotated[str, typer.Argument(metavar="FILE|S3_URI", help="One image, there or gone.")],
) -> int:
    r"""Read one image again, even if it did not change.

    With --json: the record that was written.

    \b
    imgmeta reprocess photos/beach.jpg
    imgmeta reprocess s3://holiday/2026/beach.jpg
    """
    target = check_suffix(one_image(place(image), image), image, context.settings.suffixes)
    report = SyncReport(context.settings.environment, context.working_folder)
    started = time.monotonic()
    with context.index() as (_, indexer):
        item = indexer.reprocess(target.location)
    if item.outcome is Outcome.ERROR:
        # No image can be reached where, say, there are no credentials: then it is not the image's
        # fault. Whoever may read and not list needs no permission more as long as all is well.
        context.objects.check(target.bucket, target.prefix)
    if item.outcome is Outcome.UNCHANGED:
        msg = f"there is nothing at {printable(image)}, and the index holds nothing of it"
        raise ConfigurationError(msg)
    print_item(context, report, item)
    context.text_output.lines(report.table())
    duration = timedelta(seconds=time.monotonic() - started)
    context.text_output.line(*summary_line(report.summary(duration)))
    return FAILED if report.has_failures else FINE
