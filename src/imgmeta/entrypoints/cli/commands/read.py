"""The `read` command."""

import re
import sys
from typing import Annotated, BinaryIO

import typer

from imgmeta.bootstrap.plugins import installed_object_stores
from imgmeta.bootstrap.reading import read_stream, read_target, read_url
from imgmeta.core.properties import ImageProperties
from imgmeta.core.targets import is_web_url
from imgmeta.core.text import redact_url
from imgmeta.entrypoints.cli.arguments import shown_target, single_image
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_details import property_lines
from imgmeta.errors import ConfigurationError

__all__ = ["read"]

_STANDARD_INPUT = "standard input"
_OTHER_SCHEME = re.compile(r"(?!(?:s3|file):)([a-z][a-z0-9+.-]*)://", re.ASCII | re.IGNORECASE)


@command_options(store=False, objects=True)
def read(
    context: CommandContext,
    *,
    image: Annotated[
        str,
        typer.Argument(
            metavar="FILE|URL|-",
            help="One image: a file, s3://bucket/key, https://host/path, or - for standard input.",
        ),
    ],
) -> int:
    r"""Show the properties of one image, without an index.

    Exits 1 if the image is unreadable. Times are in UTC, except Taken (camera's local time).

    With --json, prints the properties, with the attribute names of a record.

    \b
    imgmeta read photos/beach.jpg
    imgmeta read s3://holiday/2026/beach.jpg --json
    imgmeta read https://example.com/beach.jpg
    curl https://example.com/beach.jpg | imgmeta read -
    """
    properties = _read(context, image)
    if context.as_json:
        context.stdout.raw(json_lines.properties_line(properties))
    else:
        shown = redact_url(image) if is_web_url(image) else image
        name = _STANDARD_INPUT if image == "-" else shown
        context.stdout.lines(property_lines(name, properties))
    return SUCCESS


def _read(context: CommandContext, image: str) -> ImageProperties:
    gps_policy = context.settings.gps_policy
    if image == "-":
        return read_stream(_standard_input(), _STANDARD_INPUT, gps_policy)
    if is_web_url(image):
        return read_url(image, gps_policy)
    scheme = _OTHER_SCHEME.match(image)
    if scheme is not None and scheme[1].lower() not in installed_object_stores().schemes:
        msg = f"unsupported scheme {scheme[1]}://: use a file, s3://bucket/key or https://host/path"
        raise ConfigurationError(msg)
    target = single_image(context.parse_target(image, must_exist=True), image)
    return read_target(target, context.object_store, shown_target(image), gps_policy)


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        msg = "standard input is closed: pass a file or a URL"
        raise ConfigurationError(msg)
    if sys.stdin.isatty():
        msg = "standard input is a terminal: pass a file or a URL, or use imgmeta read - < FILE"
        raise ConfigurationError(msg)
    return sys.stdin.buffer
