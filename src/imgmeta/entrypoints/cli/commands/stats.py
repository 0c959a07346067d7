"""The `stats` command."""

from imgmeta.core.statistics import tally
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering import bar_chart, json_lines

__all__ = ["stats"]


@command_options()
def stats(context: CommandContext) -> int:
    r"""Count images by status, format, camera and month.

    The month is that in which the photo was taken, in local time. Each group counts only the images
    for which the value is known.

    With --json: every count, as Group, Value and Count.

    \b
    imgmeta stats
    imgmeta stats --store dynamodb://images
    imgmeta stats --json | jq -c 'select(.Group == "Camera")'
    """
    with context.open_index() as (repository, _):
        statistics = tally(repository.scan())
    if context.as_json:
        for line in json_lines.statistics_lines(statistics):
            context.stdout.raw(line)
    else:
        context.stdout.lines(bar_chart.bar_chart_lines(statistics, context.stdout.columns))
    return SUCCESS
