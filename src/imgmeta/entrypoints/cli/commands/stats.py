"""The `stats` command."""

from typing import Annotated

import typer

from imgmeta.core.grouping import GroupedCounts, Grouping, attributes_of, tally_counts_by
from imgmeta.core.statistics import TALLIED_ATTRIBUTES, Statistics, tally_counts
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, SUCCESS
from imgmeta.entrypoints.cli.filter_options import FilterOptions, filter_options
from imgmeta.entrypoints.cli.index_queries import approve_cost, explain_empty_result, parse_query
from imgmeta.entrypoints.cli.options import Yes, command_options
from imgmeta.entrypoints.cli.rendering import bar_chart, json_lines
from imgmeta.entrypoints.cli.unreadable import UnreadableRecords
from imgmeta.service import count_summaries

__all__ = ["stats"]


@command_options(index_stack=True, quiet=True)
@filter_options
def stats(
    context: CommandContext,
    *,
    filters: FilterOptions,
    by: Annotated[
        Grouping | None,
        typer.Option(metavar="|".join(Grouping), help="Count by this only, in one group."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Show all values of each group, however many lines.")
    ] = False,
    yes: Yes = False,
) -> int:
    r"""Count images by status, format, camera and month.

    With --by, counts by one attribute instead.

    Months and days are when photos were taken, in the camera's local time. Deleted images are not
    counted. Files that are cut short, and metadata that was not read completely, are counted as
    incomplete. Images without a value are counted in the total only. Counts unreadable records by
    status only.

    Fits a terminal of 24 lines: shows the most frequent values of each group, and the last months
    or days; --full shows all.

    With filters, counts the images that match all of them: see `imgmeta list --help`.

    A place is a cell of a grid of about 10 km, shown as the latitude and longitude of its center.

    With --json, prints all counts, as Group, Value and Count. An empty result is reported on
    standard error.

    \b
    imgmeta stats
    imgmeta stats --by lens --camera canon
    imgmeta stats --by place --taken-since 2026-01-01
    imgmeta stats --store dynamodb://images
    imgmeta stats --stack-name photos
    imgmeta stats --json | jq -c 'select(.Group == "Camera")'
    """
    query = parse_query(context, filters)
    unreadable = UnreadableRecords()
    with context.open_repository() as repository:
        if not approve_cost(context, query, yes=yes):
            return FAILED
        attributes = TALLIED_ATTRIBUTES if by is None else attributes_of(by)
        groups = count_summaries(repository, query, attributes, on_unreadable=unreadable.add)
        statistics: Statistics | GroupedCounts
        if by is None:
            statistics = tally_counts(groups).with_unreadable(unreadable.count)
        else:
            statistics = tally_counts_by(by, groups)
        if not statistics.total:
            explain_empty_result(context, repository, query)
    if context.as_json:
        for line in json_lines.statistics_lines(statistics):
            context.stdout.raw(line)
    elif statistics.total:
        columns = context.stdout.columns
        lines = bar_chart.bar_chart_lines(statistics, columns, full=full or columns is None)
        context.stdout.lines(lines)
    if statistics.total and not any(statistics.groups().values()):
        context.notes.line(f"None of these images has a known {by}.")
    unreadable.report(context.stderr)
    return SUCCESS
