"""The `reprocess` command."""

from typing import Annotated

import typer

from imgmeta.core.filters import ErrorContains, Filter, HasStatus, ReaderBefore
from imgmeta.core.queries import Query
from imgmeta.core.status import Status
from imgmeta.entrypoints.cli import reprocessing
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.options import NullInput, StandardInput, command_options
from imgmeta.entrypoints.cli.standard_input import requested_targets
from imgmeta.entrypoints.cli.unreadable import UnreadableRecords

__all__ = ["reprocess"]


@command_options(index_stack=True, objects=True, quiet=True, verbose=True)
def reprocess(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    *,
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FOLDER|FILE|S3_URI",
            help="Folders (including subfolders), image files, keys or prefixes in S3. The default "
            "with a filter is the whole index; with --stack-name, all that the stack indexes.",
            show_default=False,
        ),
    ] = None,
    status: Annotated[
        Status | None,
        typer.Option(metavar="|".join(Status), help="Only images recorded with this status."),
    ] = None,
    error: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only images whose recorded error contains TEXT."),
    ] = None,
    older_reader: Annotated[
        bool, typer.Option("--older-reader", help="Only images that an older imgmeta read.")
    ] = False,
    local: Annotated[
        bool,
        typer.Option("--local", help="With --stack-name: read the images on this computer."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the images without reading them.")
    ] = False,
    stdin: StandardInput = False,
    null: NullInput = False,
) -> int:
    r"""Read images again, even if they have not changed.

    Reads every image of a folder or S3 prefix, and marks images that no longer exist as deleted.
    The filters --status, --error and --older-reader select images by their records instead. An
    image must match all of them.

    An S3 URI with the suffix of an image is a complete key; without a suffix, it is a prefix.

    With --stack-name, sends the images to the stack's queue, and the stack's function reads them.
    The stack's GPS policy and suffixes apply.

    Exits 1 if an image is unreadable, even if it was before.

    With --json, prints each written record, and errors in the format of `imgmeta sync --json`. With
    a queue, the last line has Sent. With --dry-run, prints the BucketName and ObjectKey of each
    image.

    \b
    imgmeta reprocess photos/beach.jpg
    imgmeta reprocess photos s3://holiday/2026/
    imgmeta reprocess --status failed --error truncated
    imgmeta reprocess --older-reader --stack-name photos
    imgmeta list --incomplete --since 7d -0 | imgmeta reprocess --stdin -0
    """
    texts = [*requested_targets(targets, stdin=stdin, null=null)]
    has_filter = status is not None or error is not None or older_reader
    parsed = reprocessing.parse_targets(context, texts, has_filter=has_filter)
    unreadable = UnreadableRecords()
    with context.open_index() as (_, indexer):
        filters: list[Filter] = []
        if status is not None:
            filters.append(HasStatus(status))
        if error is not None:
            filters.append(ErrorContains(error))
        if older_reader:
            filters.append(ReaderBefore(indexer.reader.version))
        query = Query(tuple(filters)) if has_filter else None
        selected = reprocessing.select(indexer, parsed, query, unreadable.add, context.stop.check)
        uses_queue = bool(context.stack_name) and not local
        if dry_run:
            code = reprocessing.list_selected(context, selected)
        elif uses_queue:
            code = reprocessing.send_to_queue(context, selected, parsed, has_filter=has_filter)
        elif len(texts) == 1 and not has_filter and (only := parsed[0]) and only.exact:
            code = reprocessing.read_image(context, indexer, only, texts[0])
        else:
            code = reprocessing.read_again(
                context, indexer, selected, parsed, has_filter=has_filter
            )
    unreadable.report(context.stderr, "selected")
    return code
