"""The `report` command."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Annotated

import typer

from imgmeta.bootstrap.reporting import index_report, open_report_encoder, open_thumbnail_loader
from imgmeta.config import DynamoDBTable, SQLiteFile
from imgmeta.core.filter_values import filter_name
from imgmeta.core.gps import GpsPolicy, stricter
from imgmeta.core.reports.values import Scope
from imgmeta.core.text import counted
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, SUCCESS
from imgmeta.entrypoints.cli.filter_options import FilterOptions, filter_options
from imgmeta.entrypoints.cli.index_queries import approve_cost, explain_empty_result, parse_query
from imgmeta.entrypoints.cli.interruption import interruptible
from imgmeta.entrypoints.cli.options import Yes, command_options
from imgmeta.entrypoints.cli.output_option import (
    Output,
    check_not_index,
    check_output,
    write_output,
)
from imgmeta.entrypoints.cli.unreadable import UnreadableRecords

__all__ = ["report"]

_POSITIONS = frozenset({"near", "within", "bbox"})
"""Filters whose values are positions."""


@command_options(index_stack=True, json=False, quiet=True)
@filter_options
def report(
    context: CommandContext,
    *,
    filters: FilterOptions,
    output: Output = "report.html",
    thumbnails: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            max=200,
            help="Show the thumbnails of up to N local photos; 0 for none.",
        ),
    ] = 48,
    yes: Yes = False,
) -> int:
    r"""Write an HTML page about the images in the index.

    The page shows totals, uploads and photos over time, cameras, lenses, formats, sizes, a map of
    places, unreadable and incomplete images with the reasons, duplicates, and thumbnails of local
    photos. It is one file that loads nothing, also without a network. It needs imgmeta[report].

    With filters, the page is about the images that match all of them, as for `imgmeta list`.

    Reads the index, not the images: duplicates are those that the hashes in the index show.
    `imgmeta duplicates` computes missing hashes. Only the embedded thumbnails of the latest local
    photos are read from their files. They are shown without their metadata.

    Shows no more of a GPS position than IMGMETA_GPS and, with --stack-name, the stack's GPS policy
    permit now. FILE is replaced only when the page is complete.

    \b
    imgmeta report
    imgmeta report -o holiday.html --prefix photos/2026 --camera canon
    imgmeta report --thumbnails 0
    imgmeta report -o failures.html --status failed --since 'last month'
    imgmeta report -o photos.html --stack-name photos
    """
    check_output(output)
    encode = open_report_encoder()
    query = parse_query(context, filters)
    check_not_index(output, context.store)
    policy = stricter(context.settings.gps_policy, context.index_settings.gps_policy)
    scope = Scope(_source(context), _shown(filters, policy), datetime.now(UTC))
    unreadable = UnreadableRecords()
    with context.open_repository() as repository:
        if not approve_cost(context, query, yes=yes):
            return FAILED
        images = 0

        def page() -> Iterator[bytes]:
            nonlocal images
            result = index_report(
                repository,
                query,
                scope,
                gps_policy=policy,
                on_unreadable=unreadable.add,
                load_thumbnails=open_thumbnail_loader(thumbnails) if thumbnails else None,
            )
            images = result.totals.images
            yield from encode(result)

        with interruptible(at_once=True):
            # The index is read after the file is open, so that a wrong name costs nothing.
            write_output(output, page())
        if output != "-":
            context.notes.line(f"Report about {counted(images, 'image')} written to {output}.")
        if not images and not unreadable.count:
            explain_empty_result(context, repository, query)
    unreadable.report(context.stderr, "in the report")
    return SUCCESS


def _source(context: CommandContext) -> str:
    """Return a short name of the index, without secrets."""
    if context.stack_name:
        return context.stack_name
    store = context.store
    if isinstance(store, SQLiteFile):
        return PurePath(store.path).name
    return store.name if isinstance(store, DynamoDBTable) else store.shown


def _shown(filters: FilterOptions, policy: GpsPolicy) -> tuple[tuple[str, str], ...]:
    """Return the filters as the page shows them, without positions that the policy limits."""
    return tuple(
        (name, "hidden" if policy is not GpsPolicy.KEEP and _has_position(name, value) else value)
        for name, value in filters.given()
    )


def _has_position(name: str, value: str) -> bool:
    negated = name == "--not"
    return filter_name(value.partition("=")[0].strip() if negated else name) in _POSITIONS
