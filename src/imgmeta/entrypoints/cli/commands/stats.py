"""The `stats` command."""

from typing import Annotated

import typer

from imgmeta.core.statistics import tally
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.empty_results import report_no_images
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering import bar_chart, json_lines
from imgmeta.entrypoints.cli.unreadable import UnreadableRecords

__all__ = ["stats"]


@command_options(index_stack=True, quiet=True)
def stats(
    context: CommandContext,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Show all values of each group, however many lines.")
    ] = False,
) -> int:
    r"""Count images by status, format, camera and month.

    Months are when photos were taken, in the camera's local time. Deleted images are not counted.
    Files that are cut short, and metadata that was not read completely, are counted as incomplete.
    Counts unreadable records by status only.

    Fits a terminal of 24 lines: shows the most frequent values of each group, and the last months;
    --full shows all.

    With --json, prints all counts, as Group, Value and Count. An empty index is reported on
    standard error.

    \b
    imgmeta stats
    imgmeta stats --store dynamodb://images
    imgmeta stats --stack-name photos
    imgmeta stats --json | jq -c 'select(.Group == "Camera")'
    """
    unreadable = UnreadableRecords()
    with context.open_index() as (repository, _):
        statistics = tally(repository.scan(on_unreadable=unreadable.add))
    statistics = statistics.with_unreadable(unreadable.count)
    if not statistics.total:
        report_no_images(context, filtered=False)
    elif context.as_json:
        for line in json_lines.statistics_lines(statistics):
            context.stdout.raw(line)
    else:
        context.stdout.lines(
            bar_chart.bar_chart_lines(statistics, context.stdout.columns, full=full)
        )
    for line in unreadable.lines():
        context.stderr.raw(line)
    return SUCCESS
