"""The `list` command."""

import sys
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

import typer

from imgmeta.core.queries import Query
from imgmeta.core.records import Status
from imgmeta.entrypoints.cli.arguments import RecordFilter
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.empty_results import report_no_images
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering.record_listing import RecordListing
from imgmeta.entrypoints.cli.unreadable import UnreadableRecords
from imgmeta.service import find

__all__ = ["list_records"]


@command_options(index_stack=True, quiet=True)
def list_records(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    *,
    prefix: Annotated[
        str | None,
        typer.Option(metavar="PATH|S3_URI", help="List images whose path or key starts with this."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="List images uploaded at or after TIME.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="List images uploaded before TIME.")
    ] = None,
    status: Annotated[
        Status | None, typer.Option(metavar="|".join(Status), help="List images with this status.")
    ] = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="List images whose file is cut short.")
    ] = False,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="List at most N.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Show all columns and whole paths on any terminal.")
    ] = False,
) -> int:
    r"""List images in the index, one per line.

    Sorts by path or key with --prefix; otherwise, with --since or --until, by upload time, oldest
    first. The upload time of a local file is its modification time. Lists deleted images, which
    have no upload time, only with --status deleted.

    TIME is 2026-11-01, 2026-11-01T12:00 or 2026-11-01T12:00+02:00, in UTC unless it has an offset;
    an age in days, hours or minutes, such as 7d, 24h or 30m; or the start of a month (2026-06), a
    year (2026), today, yesterday, or this or last week, month or year ('last month').

    Skips unreadable records and reports their number on standard error, or that no image matches.

    On a terminal, shortens long paths in the middle and shows as many columns as fit; --full shows
    all. With --status failed, shows the reason of each failure.

    With --json, prints the records.

    \b
    imgmeta list --prefix photos/2026 --status failed
    imgmeta list --incomplete --since 7d
    imgmeta list --prefix s3://holiday/2026 --store dynamodb://images
    imgmeta list --stack-name photos --status failed
    imgmeta list --since 2026-11-01 --until 2026-12-01 --json
    imgmeta list --since 'last month' --until 'this month'
    imgmeta list --since 7d --limit 20
    """
    record_filter = RecordFilter(prefix, since, until, status, incomplete)
    query = record_filter.to_query(context.parse_target, datetime.now(UTC))
    listing = RecordListing(context, failures=status is Status.FAILED, full=full)
    unreadable = UnreadableRecords()
    with context.open_index() as (repository, _):
        # islice accepts at most sys.maxsize, which is more than any index holds.
        stop = None if limit is None else min(limit, sys.maxsize)
        records = find(repository, query, on_unreadable=unreadable.add)
        for record in islice(records, stop):
            listing.add(record)
    for line in unreadable.lines():
        context.stderr.raw(line)
    if not listing.count and not unreadable.count:
        report_no_images(context, filtered=query != Query())
    return SUCCESS
