"""The `duplicates` command."""

from typing import Annotated

import typer

from imgmeta.core.similarity import MAX_DISTANCE
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.duplicate_search import find_duplicates, find_similar
from imgmeta.entrypoints.cli.exit_codes import FAILED
from imgmeta.entrypoints.cli.filter_options import FilterOptions, filter_options
from imgmeta.entrypoints.cli.index_queries import approve_cost, parse_query
from imgmeta.entrypoints.cli.options import Yes, command_options
from imgmeta.errors import ConfigurationError

__all__ = ["duplicates"]

_DEFAULT_DISTANCE = 6


@command_options(index_stack=True, objects=True, quiet=True)
@filter_options
def duplicates(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    *,
    filters: FilterOptions,
    similar: Annotated[
        bool,
        typer.Option("--similar", help="Find images whose embedded thumbnails look alike."),
    ] = False,
    distance: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            max=MAX_DISTANCE,
            help="With --similar: at most N of 64 bits differ. [default: 6]",
            show_default=False,
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Show all images of each group, and whole paths.")
    ] = False,
    yes: Yes = False,
) -> int:
    r"""Find images with the same content, or similar ones. Deletes nothing.

    Images of equal size are compared by a hash of their content (ContentHash). Images without one
    are read, and their hash is recorded, so that the next run reads nothing. For objects in S3, the
    MD5 hash or the checksum that S3 stores is used where there is one. Empty files are left out, as
    are links to the same file, since deleting a link frees nothing.

    With --similar, finds copies that were resized or compressed again: compares perceptual hashes
    of the thumbnails that cameras embed (ThumbnailHash), not the images. Images without a thumbnail
    are not found. The first image of a group has the most pixels; the others differ from it in at
    most N bits. An edited image may have the thumbnail of the original: look at similar images
    before you delete any.

    With filters, compares only images that match all of them: see `imgmeta list --help`. Run
    `imgmeta sync` first: images that changed later may not be noticed.

    Prints each group with the bytes that could be freed, the largest number first. On a terminal,
    shows the first ten images of each group; --full shows all. Images that could not be read, such
    as archived objects, are reported on standard error, and the exit code is 1.

    Prints the size before it reads more than 100 MB, and asks before it reads more than 100 MB from
    S3, which may charge for it. Prints the cost before it reads a whole DynamoDB table, and asks if
    it is more than a cent.

    With --json, prints a line for each image: its location, Group (a number), GroupSize, Position
    in the group (from 1), FileSize, and ContentHash or, with --similar, ThumbnailHash, Distance
    from the first image, Width and Height.

    \b
    imgmeta duplicates
    imgmeta duplicates --prefix photos/2026 --format jpeg
    imgmeta duplicates --json | jq -r 'select(.Position > 1).Uri'
    imgmeta duplicates --similar --distance 4
    imgmeta duplicates --store dynamodb://images --prefix s3://holiday/2026 --yes
    """
    if distance is not None and not similar:
        msg = "--distance compares thumbnails: pass --similar too"
        raise ConfigurationError(msg)
    query = parse_query(context, filters)
    with context.open_repository() as repository:
        if not approve_cost(context, query, yes=yes):
            return FAILED
        if not similar:
            return find_duplicates(context, repository, query, yes=yes, full=full)
        limit = _DEFAULT_DISTANCE if distance is None else distance
        return find_similar(context, repository, query, limit, yes=yes, full=full)
