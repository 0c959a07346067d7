"""The Typer application and its commands."""

from importlib import import_module
from typing import Annotated

import typer

from imgmeta.entrypoints.cli.exit_codes import EXIT_CODES
from imgmeta.entrypoints.cli.options import preserve_paragraphs
from imgmeta.entrypoints.cli.plain_values import PlainCommand, PlainGroup

__all__ = ["COMMANDS", "create_app"]

_VERSION = "--version"

COMMANDS = (
    *("sync", "watch", "verify", "reprocess", "show", "list"),
    *("count", "stats", "export", "report", "duplicates", "read", "migrate"),
    *("deploy", "backfill", "batch-job", "status", "replay", "logs"),
    *("destroy", "build", "template", "schema", "completion"),
)
"""Command names in the order of the help; each is a module of `commands`, with `_` for `-`."""


def create_app(command: str | None) -> typer.Typer:
    """Return the application with one command, or with all of them.

    Only the modules of these commands are imported, which keeps startup short.

    Args:
        command: the first argument; unless it names a command or is `--version`, all commands are
            registered.
    """
    app = typer.Typer(
        cls=PlainGroup,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # any other mode imports Rich at startup
    )
    app.callback(epilog=EXIT_CODES)(_imgmeta)
    for name in _commands(command):
        module_name = name.replace("-", "_")
        module = import_module(f"imgmeta.entrypoints.cli.commands.{module_name}")
        function = getattr(module, "list_records" if name == "list" else module_name)
        app.command(name, cls=PlainCommand, epilog=EXIT_CODES)(function)
    return app


def _commands(argument: str | None) -> tuple[str, ...]:
    if argument == _VERSION:
        return ()
    return (argument,) if argument in COMMANDS else COMMANDS


def _print_version(requested: bool) -> None:  # noqa: FBT001 - Typer passes it by position
    if requested:
        from importlib.metadata import version  # noqa: PLC0415 - slow to import, rarely needed

        typer.echo(f"imgmeta {version('imgmeta')}")
        raise typer.Exit


def _imgmeta(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            _VERSION, help="Show the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    r"""Build and query an index of the images in a folder or S3 bucket.

    \b
    imgmeta sync photos             index a folder, or update its index
    imgmeta list --since 7d         list recently uploaded or modified images
    imgmeta show photos/beach.jpg   show the record of one image
    imgmeta sync s3://holiday       index an S3 bucket

    The index is the file imgmeta.db in the working directory, unless --store names another.
    """


preserve_paragraphs(_imgmeta)
