"""What the commands that query the index share: the query, its cost, and advice if it is empty."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from imgmeta.bootstrap import table_size
from imgmeta.config import DynamoDBTable
from imgmeta.core.attributes import Moment, sort_value
from imgmeta.core.filters import Filter, TimeBetween
from imgmeta.core.queries import Query
from imgmeta.core.timestamps import BEGINNING, END, EPOCH
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.empty_results import report_no_images
from imgmeta.entrypoints.cli.filter_options import FilterOptions
from imgmeta.entrypoints.cli.rendering.formatting import file_size
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ImageRepository, OnUnreadable
from imgmeta.service import find

__all__ = ["approve_cost", "explain_empty_result", "parse_query"]

_CENT = 0.01

_OPTIONS = {
    Moment.TAKEN: "--taken-since and --taken-until",
    Moment.TAKEN_UTC: "--taken-since and --taken-until",
    Moment.UPLOADED: "--since and --until",
}


def parse_query(context: CommandContext, filters: FilterOptions, sort: str | None = None) -> Query:
    """Return the query of the filter options.

    Args:
        context: the command's context.
        filters: the filter options.
        sort: the value of `--sort`, if any.

    Raises:
        ConfigurationError: an option is invalid.
    """
    return filters.to_query(context.parse_target, datetime.now().astimezone(), sort)


def approve_cost(context: CommandContext, query: Query, *, yes: bool) -> bool:
    """Print what it costs to read a whole table, if that is needed; return whether to do it.

    Asks if it costs more than a cent.

    Args:
        context: the command's context.
        query: the query.
        yes: do not ask.

    Raises:
        ConfigurationError: there is no terminal to ask, or the table cannot be used.
        TransientError: DynamoDB is temporarily unavailable.
    """
    size = table_size(context.store, context.aws) if query.reads_everything else None
    if size is None:
        return True
    cost = (
        f"about {size.items:,} records, {file_size(size.size)}, {size.read_units:,} read units, "
        f"${size.dollars:.4f}"
    )
    must_ask = not yes and size.dollars > _CENT
    output = context.stderr if must_ask else context.notes
    output.line(f"Reading the whole table: {cost}. --prefix, --since or --until read less.")
    output.flush()
    if not must_ask:
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        msg = "reading the whole table costs more than a cent: pass --yes to read it"
        raise ConfigurationError(msg)
    from imgmeta.entrypoints.cli.stack_dialog import confirm  # noqa: PLC0415 - keeps other commands fast

    return confirm(context, "Read it?")


def explain_empty_result(
    context: CommandContext, repository: ImageRepository, query: Query, on_unreadable: OnUnreadable
) -> None:
    """Print that nothing was found; with a time filter, also the range of times that exists.

    The range is of the images that match all other filters.
    """
    report_no_images(context, filtered=bool(query.filters or query.after))
    moments = {each.attribute for each in query.filters if isinstance(each, TimeBetween)}
    others = tuple(each for each in query.filters if not isinstance(each, TimeBetween))
    for moment in sorted(moments):
        if _is_cheap(context, others):
            times = [*_extremes(repository, others, moment, on_unreadable)]
            context.notes.line(_range_line(moment, times, has_others=bool(others)))


def _is_cheap(context: CommandContext, filters: tuple[Filter, ...]) -> bool:
    is_table = isinstance(context.store, DynamoDBTable)
    return not is_table or not Query(filters).reads_everything


def _extremes(
    repository: ImageRepository,
    filters: tuple[Filter, ...],
    moment: Moment,
    on_unreadable: OnUnreadable,
) -> Iterator[datetime]:
    """Yield the first and the last time, or nothing if no time is known."""
    first = Query(filters, moment, limit=1)
    for query in (first, replace(first, descending=True)):
        for record in find(repository, query, on_unreadable=on_unreadable):
            value = sort_value(record, moment)
            if isinstance(value, int):
                yield _datetime(value * (1_000_000 if moment is Moment.UPLOADED else 1))


def _datetime(microseconds: int) -> datetime:
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:  # a file may have any modification time
        return END if microseconds > 0 else BEGINNING


def _range_line(moment: Moment, times: list[datetime], *, has_others: bool) -> str:
    options = _OPTIONS[moment]
    matching = "Images that match the other filters" if has_others else "The images in the index"
    verb = "uploaded" if moment is Moment.UPLOADED else "taken"
    zone = "local time" if moment is Moment.TAKEN else "UTC"
    if len(times) < 2:  # noqa: PLR2004 - a range has two ends
        return f"{matching} have no time for {options} ({zone})."
    first, last = (f"{time:%Y-%m-%d %H:%M}" for time in times)
    return f"{matching} were {verb} between {first} and {last} ({zone})."
