"""The `show` command."""

from typing import Annotated

import typer

from imgmeta.entrypoints.cli.arguments import parse_image_id, shown_target
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_details import record_lines
from imgmeta.errors import ImgmetaError, Remedy

__all__ = ["show"]


@command_options(index_stack=True)
def show(
    context: CommandContext,
    *,
    image: Annotated[
        str, typer.Argument(metavar="FILE|S3_URI|IMAGE_ID", help="One image, or its image ID.")
    ],
) -> int:
    r"""Show the record of one image.

    Exits 1 if the image is not in the index. Times are in UTC, except Taken (camera's local time).

    With --json, prints the record.

    \b
    imgmeta show photos/beach.jpg
    imgmeta show s3://holiday/2026/beach.jpg
    imgmeta show s3://my-photos/beach.jpg --stack-name photos
    imgmeta show 9e107d9d372bb6826bd81d3542a419d6 --json
    """
    image_id = parse_image_id(image, context.parse_target)
    with context.open_index() as (repository, _):
        record = repository.get(image_id)
    if record is None:
        msg = f"{shown_target(image)} is not in the index"
        remedy = Remedy.BACKFILL if context.stack_name else Remedy.SYNC_FIRST
        raise ImgmetaError(msg, remedy=remedy)
    if context.as_json:
        context.stdout.raw(json_lines.record_line(record))
    else:
        context.stdout.lines(record_lines(record, context.working_directory))
    return SUCCESS
