"""The `list` command."""

from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from imgmeta.bootstrap import find_sorted, find_sorted_summaries
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, SUCCESS
from imgmeta.entrypoints.cli.filter_options import FilterOptions, filter_options
from imgmeta.entrypoints.cli.found_records import FoundRecords
from imgmeta.entrypoints.cli.index_queries import approve_cost, explain_empty_result, parse_query
from imgmeta.entrypoints.cli.options import After, Sort, Yes, command_options
from imgmeta.entrypoints.cli.rendering.record_listing import RecordListing
from imgmeta.entrypoints.cli.unreadable import UnreadableRecords
from imgmeta.errors import ConfigurationError

__all__ = ["list_records"]


@command_options(index_stack=True, quiet=True)
@filter_options
def list_records(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    *,
    filters: FilterOptions,
    sort: Sort = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="List at most N.")] = None,
    after: After = None,
    null: Annotated[
        bool,
        typer.Option("--null", "-0", help="Print only URIs, each followed by NUL, for xargs -0."),
    ] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="Show all columns, whole paths and reasons on any terminal."),
    ] = False,
    yes: Yes = False,
) -> int:
    r"""List the images in the index that match all filters.

    Prints one per line, by bucket and key; with --since or --until but no --prefix, by upload time,
    oldest first. --sort takes key, status, error, orientation, complete, latitude, longitude,
    uploaded, taken, taken-utc, camera, lens, format, width, height, megapixels, size, iso, focal
    and distance. Images without a value are last. --sort distance lists the images nearest to
    --near first; --within is then optional. The upload time of a local file is its modification
    time. Deleted images have no upload time, and are listed with --status deleted only.

    TIME is 2026-11-01, 2026-11-01T12:00 or 2026-11-01T12:00+02:00; an age in days, hours or
    minutes, such as 7d, 24h or 30m; or the start of a month (2026-06), a year (2026), today,
    yesterday, or this or last week, month or year ('last month'). For --since and --until, TIME is
    in UTC unless it has an offset. For --taken-since and --taken-until, it is in the camera's local
    time; if it has an offset or Z, it is compared with the time in UTC, which only images with an
    offset or a GPS time have.

    An unknown value matches no filter; --not matches all other images. In a PATTERN, * and ? do not
    match a slash, and ** does; a PATTERN that starts with a slash is matched from the start. A box
    whose west is greater than its east crosses the antimeridian. With --limit, prints the CURSOR
    for --after on standard error if more images match.

    Before a query that may read a whole DynamoDB table or bucket, prints the cost, and asks if it
    is more than a cent. Skips unreadable records and reports their number on standard error.

    On a terminal, shortens long paths in the middle and shows as many columns as fit; --full shows
    all. With --status failed, shows the reason of each failure.

    With --json, prints the records.

    \b
    imgmeta list --prefix photos/2026 --status failed
    imgmeta list --camera canon --near 48.137,11.575 --within 5km
    imgmeta list --near 48.137,11.575 --sort distance --limit 10
    imgmeta list --taken-since 2026-06 --taken-until 2026-07
    imgmeta list --since 'last month' --until 'this month'
    imgmeta list --sort -size --limit 10
    imgmeta list --without location --not format=gif
    imgmeta list --orientation portrait --min-megapixels 20
    imgmeta list --bbox 47.2,5.8,55.1,15.1 --json
    imgmeta list --prefix s3://holiday/2026 --store dynamodb://images
    imgmeta list --stack-name photos --status failed
    imgmeta list --incomplete -0 | xargs -0 -n1 imgmeta show
    """
    if null and context.as_json:
        msg = "pass --json or --null, not both: JSON lines end with a newline"
        raise ConfigurationError(msg)
    query = replace(parse_query(context, filters, sort), limit=limit, after=after)
    listing = RecordListing(context, query, full=full, null=null)
    unreadable = UnreadableRecords()
    with context.open_repository() as repository:
        if not approve_cost(context, query, yes=yes):
            return FAILED
        find = find_sorted if context.as_json else find_sorted_summaries
        found = FoundRecords(partial(find, repository, on_unreadable=unreadable.add), query)
        try:
            for record in found:
                listing.add(record)
        finally:
            listing.flush()
        found.report_rest(context)
        if not found.count and not unreadable.count:
            explain_empty_result(context, repository, query)
    unreadable.report(context.stderr)
    return SUCCESS
