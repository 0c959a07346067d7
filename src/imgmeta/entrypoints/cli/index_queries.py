"""What the commands that query the index share: the query, its cost, and advice if it is empty."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from imgmeta.bootstrap import table_size
from imgmeta.config import DynamoDBTable
from imgmeta.core.access_paths import access_path, is_unbounded, records_to_read
from imgmeta.core.attributes import Moment, sort_value
from imgmeta.core.filters import Filter, InBucket, Not, TimeBetween
from imgmeta.core.queries import Query, UploadRange
from imgmeta.core.table_size import TableSize
from imgmeta.core.text import counted
from imgmeta.core.timestamps import time_from_microseconds
from imgmeta.entrypoints.cli.confirmation import announce_reading
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.filter_options import FilterOptions
from imgmeta.entrypoints.cli.rendering.formatting import file_size
from imgmeta.errors import InvalidRecordError
from imgmeta.ports import ImageRepository
from imgmeta.service import find_summaries

__all__ = ["approve_cost", "explain_empty_result", "parse_query"]

_CENT = 0.01
_SMALLEST_SHOWN = 0.0001

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
        sort: the value of `--sort`, if any. `distance` is that from `--near`, at any distance
            without `--within`.

    Raises:
        ConfigurationError: an option is invalid.
    """
    return filters.to_query(context.parse_target, datetime.now().astimezone(), sort)


def approve_cost(context: CommandContext, query: Query, *, yes: bool) -> bool:
    """Print what a query costs that may read a whole table or bucket; return whether to do it.

    Asks if it may cost more than a cent. Says nothing if so few records are read that it does not.

    Args:
        context: the command's context.
        query: the query.
        yes: do not ask.

    Raises:
        ConfigurationError: there is no terminal to ask, or the table cannot be used.
        TransientError: DynamoDB is temporarily unavailable.
    """
    whole = table_size(context.store, context.aws) if is_unbounded(query) else None
    if whole is None:
        return True
    limit = records_to_read(query)
    size = whole if limit is None else whole.first(limit)
    if size is not whole and size.dollars <= _CENT:
        return True
    must_ask = not yes and size.dollars > _CENT
    line = _cost_line(query, size, is_whole=size is whole)
    refusal = "this query may cost more than a cent: pass --yes to run it"
    return announce_reading(context, line, must_ask=must_ask, refusal=refusal)


def _cost_line(query: Query, size: TableSize, *, is_whole: bool) -> str:
    dollars = f"${size.dollars:.4f}"
    if size.dollars < _SMALLEST_SHOWN:
        dollars = f"less than ${_SMALLEST_SHOWN}"
    cost = (
        f"about {counted(size.items, 'record')}, {file_size(size.size)}, "
        f"{counted(size.read_units, 'read unit')}, {dollars}"
    )
    path = access_path(query)
    if not is_whole:
        return f"Reading the first records: {cost}. A lower --limit reads less."
    if isinstance(path, InBucket):
        return f"Reading a whole bucket: at most {cost}. A longer --prefix or --since reads less."
    if isinstance(path, UploadRange):
        return f"Reading all records before --until: at most {cost}. --since reads less."
    return f"Reading the whole table: {cost}. --prefix, --since or --until read less."


def explain_empty_result(
    context: CommandContext, repository: ImageRepository, query: Query, *, is_counted: bool = False
) -> None:
    """Print that nothing was found; with a time filter, also the range of times that exists.

    The range is of the images that match all other filters. If the index is empty, only the next
    step is printed; whether it is, costs too much to find out for a filtered query of a table.

    Args:
        context: the command's context.
        repository: the index.
        query: the query that found nothing.
        is_counted: whether the command prints 0, which already says that nothing matches.
    """
    is_filtered = bool(query.filters or query.after)
    if not is_filtered or (
        not isinstance(context.store, DynamoDBTable) and _finds_nothing(repository, ())
    ):
        step = (
            "`imgmeta backfill` for the stack"
            if context.stack_name
            else "`imgmeta sync` on a folder or bucket"
        )
        context.notes.line(f"No images in the index: run {step}.")
        return
    if not is_counted:
        context.notes.line("No image matches.")
    _explain_times(context, repository, query)


def _explain_times(context: CommandContext, repository: ImageRepository, query: Query) -> None:
    """Print the range of times of the images that match all other filters."""
    moments = {each: _moment(each) for each in query.filters}
    others = tuple(each for each, moment in moments.items() if moment is None)
    for moment in sorted({each for each in moments.values() if each is not None}):
        is_table = isinstance(context.store, DynamoDBTable)
        if not is_table or not is_unbounded(Query(others)):
            times = [*_extremes(repository, others, moment)]
            if not times and others and _finds_nothing(repository, others):
                context.notes.line("No image matches the other filters either.")
                return
            context.notes.line(_range_line(moment, times, has_others=bool(others)))
        elif moment is Moment.UPLOADED and not others:
            for time in _times(repository, _newest(others, moment)):
                line = f"The newest image in the index was uploaded at {time:%Y-%m-%d %H:%M} (UTC)."
                context.notes.line(line)


def _moment(each: Filter) -> Moment | None:
    """Return the time that a filter, or the one that it negates, limits."""
    while isinstance(each, Not):
        each = each.filter
    return each.attribute if isinstance(each, TimeBetween) else None


def _finds_nothing(repository: ImageRepository, filters: tuple[Filter, ...]) -> bool:
    found = find_summaries(repository, Query(filters, limit=1), on_unreadable=_ignore)
    return next(found, None) is None


def _extremes(
    repository: ImageRepository, filters: tuple[Filter, ...], moment: Moment
) -> Iterator[datetime]:
    """Yield the first and the last time, or nothing if no time is known."""
    newest = _newest(filters, moment)
    for query in (replace(newest, descending=False), newest):
        yield from _times(repository, query)


def _newest(filters: tuple[Filter, ...], moment: Moment) -> Query:
    return Query(filters, moment, descending=True, limit=1)


def _times(repository: ImageRepository, query: Query) -> Iterator[datetime]:
    """Yield the times by which a query sorts, where they are known."""
    for record in find_summaries(repository, query, on_unreadable=_ignore):
        value = sort_value(record, query.order)
        if isinstance(value, int):
            factor = 1_000_000 if query.order is Moment.UPLOADED else 1
            yield time_from_microseconds(value * factor)


def _ignore(_: InvalidRecordError) -> None:
    """Ignore an unreadable record, which another query has counted."""


def _range_line(moment: Moment, times: list[datetime], *, has_others: bool) -> str:
    options = _OPTIONS[moment]
    matching = "Images that match the other filters" if has_others else "The images in the index"
    verb = "uploaded" if moment is Moment.UPLOADED else "taken"
    zone = "local time" if moment is Moment.TAKEN else "UTC"
    if len(times) < 2:  # noqa: PLR2004 - a range has two ends
        return f"{matching} have no time for {options} ({zone})."
    first, last = (f"{time:%Y-%m-%d %H:%M}" for time in times)
    shown = f"at {first}" if first == last else f"between {first} and {last}"
    return f"{matching} were {verb} {shown} ({zone})."
