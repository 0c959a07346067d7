"""The `show` command."""

from typing import Annotated

import typer

from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.arguments import identified, place
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FINE
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_details import details
from imgmeta.errors import ImgmetaError

__all__ = ["show"]


@command_options()
def show(
    context: CommandContext,
    *,
    image: Annotated[
        str,
        typer.Argument(metavar="FILE|S3_URI|IMAGE_ID", help="One image, or a record's ImageId."),
    ],
) -> int:
    r"""Show all that the index knows of one image.

    The exit code is 1 if that is nothing. Times are in UTC, save the one that the camera wrote.

    With --json: the record.

    \b
    imgmeta show photos/beach.jpg
    imgmeta show s3://holiday/2026/beach.jpg
    imgmeta show 9e107d9d372bb6826bd81d3542a419d6 --json
    """
    image_id = identified(image, place)
    with context.index() as (repository, _):
        record = repository.get(image_id)
    if record is None:
        msg = f"the index holds nothing of {printable(image)}: sync it first"
        raise ImgmetaError(msg)
    if context.as_json:
        context.stdout.raw(json_lines.record_line(record))
    else:
        context.stdout.lines(details(record, context.working_folder))
    return FINE
