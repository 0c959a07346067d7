"""The `export` command."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from imgmeta.bootstrap import find_sorted
from imgmeta.bootstrap.exporting import open_encoder
from imgmeta.core.exports import ExportFormat, format_of
from imgmeta.core.gps import stricter
from imgmeta.core.records import ImageRecord
from imgmeta.core.text import counted, printable
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, SUCCESS
from imgmeta.entrypoints.cli.filter_options import FilterOptions, filter_options
from imgmeta.entrypoints.cli.found_records import FoundRecords
from imgmeta.entrypoints.cli.index_queries import approve_cost, explain_empty_result, parse_query
from imgmeta.entrypoints.cli.interruption import interruptible
from imgmeta.entrypoints.cli.options import After, Sort, Yes, command_options
from imgmeta.entrypoints.cli.output_option import (
    Output,
    check_not_index,
    check_output,
    write_output,
)
from imgmeta.entrypoints.cli.rendering.progress import progress_bar
from imgmeta.entrypoints.cli.rendering.screen import is_terminal
from imgmeta.entrypoints.cli.unreadable import UnreadableRecords
from imgmeta.errors import ConfigurationError
from imgmeta.service.exporting import encode_records

__all__ = ["export"]

_FORMATS = f"{', '.join([*ExportFormat][:-1])} or {[*ExportFormat][-1]}"


@command_options(index_stack=True, json=False, quiet=True)
@partial(filter_options, format_option="image-format")
def export(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    *,
    filters: FilterOptions,
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="|".join(ExportFormat),
            help="Format of the file; the default is that of the suffix of FILE.",
            show_default=False,
        ),
    ] = None,
    output: Output = "-",
    sort: Sort = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Export at most N.")] = None,
    after: After = None,
    yes: Yes = False,
) -> int:
    r"""Write images in the index to a file that other programs read.

    Exports the images that `imgmeta list` prints with the same filters, in the same order. The
    filter --format of other commands is --image-format here.

    The file has a column for each attribute of a record, and Uri. Parquet has typed columns; it
    needs imgmeta[parquet]. CSV cells that a spreadsheet could take for a formula start with an
    apostrophe. GeoJSON has a point for each image with a position. JSON Lines are those that
    `imgmeta list --json` prints.

    Exports no more of a GPS position than IMGMETA_GPS and, with --stack-name, the stack's GPS
    policy permit now, even if the index has more. FILE is replaced only when the export is
    complete.

    \b
    imgmeta export -o photos.parquet
    imgmeta export -o map.geojson --with location --taken-since 2026-06
    imgmeta export -o canon.csv --camera canon --sort -size --limit 100
    imgmeta export --format jsonl --image-format jpeg | gzip > photos.jsonl.gz
    imgmeta export -o photos.parquet --stack-name photos --prefix s3://holiday/2026
    """
    file_format = _parse_format(format_name, output)
    _check_output(output, file_format)
    encoder = open_encoder(file_format)
    query = replace(parse_query(context, filters, sort), limit=limit, after=after)
    check_not_index(output, context.store)
    policy = stricter(context.settings.gps_policy, context.index_settings.gps_policy)
    unreadable = UnreadableRecords()
    with context.open_index() as (repository, _):
        if not approve_cost(context, query, yes=yes):
            return FAILED
        found = FoundRecords(partial(find_sorted, repository, on_unreadable=unreadable.add), query)
        with interruptible(at_once=True), _progress(context, output) as advance:
            records = _counted(found, advance)
            write_output(output, encode_records(records, encoder, gps_policy=policy))
        found.report_rest(context)
        if found.count and output != "-":
            context.notes.line(f"{counted(found.count, 'image')} exported to {output}.")
        if not found.count and not unreadable.count:
            explain_empty_result(context, repository, query)
    unreadable.report(context.stderr, "exported")
    return SUCCESS


def _parse_format(name: str | None, output: str) -> ExportFormat:
    """Return the format of `--format`, or that of the suffix of the file.

    Raises:
        ConfigurationError: the format is invalid, or nothing names one.
    """
    if name is None:
        guessed = format_of(output)
        if guessed is None:
            msg = (
                f"unknown format: pass --format {_FORMATS}, or a FILE with the suffix .jsonl, "
                ".csv, .parquet or .geojson"
            )
            raise ConfigurationError(msg)
        return guessed
    with suppress(ValueError):
        return ExportFormat(name.lower())
    msg = (
        f"invalid --format '{printable(name)}': use {_FORMATS}; to export images of one format, "
        "pass --image-format"
    )
    raise ConfigurationError(msg)


def _check_output(output: str, file_format: ExportFormat) -> None:
    """Check that the format can be written to the output.

    Raises:
        ConfigurationError: the output is empty, or is a terminal, which shows only text.
    """
    check_output(output)
    is_shown = output == "-" and sys.stdout is not None and sys.stdout.isatty()
    if is_shown and file_format is ExportFormat.PARQUET:
        msg = "a terminal cannot show Parquet: pass -o FILE, or redirect standard output"
        raise ConfigurationError(msg)


def _progress(context: CommandContext, output: str) -> AbstractContextManager[Callable[[], None]]:
    """Return the progress bar; a no-op without a terminal, with --quiet or on standard output."""
    if output == "-" or context.quiet or not is_terminal(sys.stderr, os.environ):
        return nullcontext(lambda: None)
    return progress_bar(sys.stderr, None)


def _counted(records: Iterable[ImageRecord], advance: Callable[[], None]) -> Iterator[ImageRecord]:
    for record in records:
        yield record
        advance()
