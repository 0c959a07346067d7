"""The `count` command."""

from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, SUCCESS
from imgmeta.entrypoints.cli.filter_options import FilterOptions, filter_options
from imgmeta.entrypoints.cli.index_queries import approve_cost, explain_empty_result, parse_query
from imgmeta.entrypoints.cli.options import Yes, command_options
from imgmeta.entrypoints.cli.rendering.json_lines import json_line
from imgmeta.entrypoints.cli.unreadable import UnreadableRecords
from imgmeta.service import count_summaries

__all__ = ["count"]


@command_options(index_stack=True, quiet=True)
@filter_options
def count(context: CommandContext, *, filters: FilterOptions, yes: Yes = False) -> int:
    r"""Print the number of images in the index.

    With filters, counts the images that match all of them: see `imgmeta list --help`.

    If nothing matches a time filter, says on standard error when the other images were taken or
    uploaded.

    With --json, prints Count.

    \b
    imgmeta count
    imgmeta count --camera canon --taken-since 2026-06-01 --taken-until 2026-07-01
    imgmeta count --without location --not format=gif
    """
    query = parse_query(context, filters)
    unreadable = UnreadableRecords()
    with context.open_repository() as repository:
        if not approve_cost(context, query, yes=yes):
            return FAILED
        groups = count_summaries(repository, query, (), on_unreadable=unreadable.add)
        number = sum(each.number for each in groups)
        context.stdout.raw(json_line({"Count": number}) if context.as_json else str(number))
        if not number and not unreadable.count:
            explain_empty_result(context, repository, query, is_counted=True)
    unreadable.report(context.stderr, "counted")
    return SUCCESS
