"""The `list` command."""

import sys
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

import typer

from imgmeta.core.records import Status
from imgmeta.entrypoints.cli.arguments import Wanted, place
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FINE
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_table import HEADING, narrowed, record_row
from imgmeta.service import find

__all__ = ["list_records"]


@command_options()
def list_records(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    *,
    prefix: Annotated[
        str | None,
        typer.Option(
            metavar="PATH|S3_URI",
            help="A folder, or what the paths or keys of the images start with.",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Uploaded at or after this time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Uploaded before this time.")
    ] = None,
    status: Annotated[
        Status | None, typer.Option(metavar="|".join(Status), help="With this status.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="No more than N images.")
    ] = None,
) -> int:
    r"""List images, each on a line.

    With --prefix they come in the order of their paths or keys; with times alone, in the order of their
    upload (of a file: its last change); else in the index's own order. Images that are gone are
    listed by --status deleted alone.

    A TIME is 2026-11-01, 2026-11-01T12:00 or 2026-11-01T12:00+02:00, in UTC if it does not say
    otherwise; or 7d or 24h, for so many days or hours ago.

    With --json: the records.

    \b
    imgmeta list --prefix photos/2026 --status failed
    imgmeta list --prefix s3://holiday/2026 --store dynamodb://images
    imgmeta list --since 2026-11-01 --until 2026-12-01 --json
    imgmeta list --since 7d --limit 20
    """
    query = Wanted(prefix, since, until, status).query(place, datetime.now(UTC))
    working_folder = context.working_folder
    columns = context.stdout.columns
    heading = not context.as_json and columns is not None
    with context.index() as (repository, _):
        # islice counts no further than sys.maxsize, and no index holds more.
        most = None if limit is None else min(limit, sys.maxsize)
        for record in islice(find(repository, query), most):
            if context.as_json:
                context.stdout.raw(json_lines.record_line(record))
                continue
            if heading:
                context.stdout.line(*narrowed(HEADING, columns))
                heading = False
            context.stdout.line(*narrowed(record_row(record, working_folder), columns))
    return FINE
