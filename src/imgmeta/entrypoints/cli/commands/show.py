"""The `show` command."""

from typing import Annotated, NamedTuple

import typer

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord
from imgmeta.core.uris import uri_of
from imgmeta.entrypoints.cli.arguments import (
    exact_location,
    literal_location,
    parse_image_id,
    shown_target,
)
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, SUCCESS
from imgmeta.entrypoints.cli.options import NullInput, StandardInput, command_options
from imgmeta.entrypoints.cli.remedies import error_message
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_details import record_lines
from imgmeta.entrypoints.cli.standard_input import requested_targets
from imgmeta.errors import ConfigurationError, ImgmetaError, InvalidRecordError, Remedy
from imgmeta.ports import ImageRepository

__all__ = ["show"]


@command_options(index_stack=True)
def show(
    context: CommandContext,
    *,
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE|S3_URI|IMAGE_ID", help="Images, or image IDs.", show_default=False
        ),
    ] = None,
    stdin: StandardInput = False,
    null: NullInput = False,
) -> int:
    r"""Show the records of images.

    Exits 1 if an image is not in the index. Times are in UTC, except Taken (camera's local time).

    With --json, prints the records.

    \b
    imgmeta show photos/beach.jpg
    imgmeta show s3://holiday/2026/beach.jpg
    imgmeta show s3://my-photos/beach.jpg --stack-name photos
    imgmeta show 9e107d9d372bb6826bd81d3542a419d6 --json
    imgmeta verify photos --json | imgmeta show --stdin
    """
    texts = requested_targets(images, stdin=stdin, null=null)
    if not stdin and not images:
        msg = "Missing argument 'FILE|S3_URI|IMAGE_ID' (see `imgmeta show --help`)"
        raise ConfigurationError(msg)
    parsed = (_parse(context, text) for text in texts)
    # An invalid argument is reported before the first record.
    requests = parsed if stdin else [*parsed]
    shown, code = 0, SUCCESS
    with context.open_index() as (repository, _):
        for request in requests:
            try:
                record = _find(repository, request, is_of_stack=bool(context.stack_name))
            except (InvalidRecordError, _NotIndexedError) as error:
                if not stdin and len(images or ()) == 1:
                    raise
                context.stderr.raw(f"imgmeta: {error_message(error)}")
                code = FAILED
                continue
            if context.as_json:
                context.stdout.raw(json_lines.record_line(record))
            else:
                if shown:
                    context.stdout.line()
                context.stdout.lines(record_lines(record, context.working_directory))
            shown += 1
    return code


class _NotIndexedError(ImgmetaError):
    """An image is not in the index."""


class _Request(NamedTuple):
    """A requested image.

    Attributes:
        text: the argument.
        image_ids: the IDs under which to look for the record, the first one first.
        literal: the object that the argument names without percent-decoding; None: the same.
    """

    text: str
    image_ids: tuple[str, ...]
    literal: ObjectLocation | None = None


def _parse(context: CommandContext, text: str) -> _Request:
    """Return the request for an image.

    Raises:
        ConfigurationError: the text is neither an image ID nor names one image.
        TransientError: the stack is unavailable.
    """
    image_id = parse_image_id(text, context.parse_target)
    if image_id == text:
        return _Request(text, (image_id,))
    exact = exact_location(text, context.working_directory)
    ids = (image_id,) if exact is None else (exact.image_id, image_id)
    return _Request(text, tuple(dict.fromkeys(ids)), literal_location(text))


def _find(repository: ImageRepository, request: _Request, *, is_of_stack: bool) -> ImageRecord:
    """Return the record of a requested image.

    Raises:
        _NotIndexedError: it is not in the index.
        InvalidRecordError: its record is unreadable.
        AdapterError: the index cannot be read.
    """
    for image_id in request.image_ids:
        record = repository.get(image_id)
        if record is not None:
            return record
    shown, literal = shown_target(request.text), request.literal
    if literal is not None and repository.get(literal.image_id) is not None:
        msg = (
            f"{shown} is not in the index, since a URI is percent-decoded; for the image whose key "
            f"contains the percent sign, use {uri_of(literal)}"
        )
        raise _NotIndexedError(msg)
    msg = f"{shown} is not in the index"
    remedy = Remedy.BACKFILL if is_of_stack else Remedy.SYNC_FIRST
    raise _NotIndexedError(msg, remedy=remedy)
