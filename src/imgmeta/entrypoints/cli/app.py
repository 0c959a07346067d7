"""The commands and their options."""

from typing import Annotated

import typer

from imgmeta.core.records import Status
from imgmeta.entrypoints.cli import commands, help_texts
from imgmeta.entrypoints.cli.arguments import Wanted
from imgmeta.entrypoints.cli.exit_codes import EXIT_CODES
from imgmeta.entrypoints.cli.invocation import Invocation
from imgmeta.entrypoints.cli.options import Targets, invoked

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Typer would import Rich for it, at every start
)


def _say_version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and seldom wanted

        typer.echo(f"imgmeta {version('imgmeta')}")
        raise typer.Exit


@app.callback(help=help_texts.IMGMETA, epilog=EXIT_CODES)
def imgmeta(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that belong to no command."""


@app.command(help=help_texts.SYNC, epilog=EXIT_CODES)
@invoked()
def sync(invocation: Invocation, *, targets: Targets) -> int:
    """Make the index true."""
    return commands.sync(invocation, targets)


@app.command(help=help_texts.VERIFY, epilog=EXIT_CODES)
@invoked()
def verify(invocation: Invocation, *, targets: Targets) -> int:
    """Compare the index with what is there."""
    return commands.verify(invocation, targets)


@app.command(help=help_texts.REPROCESS, epilog=EXIT_CODES)
@invoked()
def reprocess(
    invocation: Invocation,
    *,
    image: Annotated[str, typer.Argument(metavar="FILE|S3_URI", help="One image, there or gone.")],
) -> int:
    """Read one image again."""
    return commands.reprocess(invocation, image)


@app.command(help=help_texts.SHOW, epilog=EXIT_CODES)
@invoked()
def show(
    invocation: Invocation,
    *,
    image: Annotated[
        str,
        typer.Argument(metavar="FILE|S3_URI|IMAGE_ID", help="One image, or a record's ImageId."),
    ],
) -> int:
    """Show one record."""
    return commands.show(invocation, image)


@app.command("list", help=help_texts.LIST, epilog=EXIT_CODES)
@invoked()
def list_(  # noqa: PLR0913 - one argument for each option
    invocation: Invocation,
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
    """List records."""
    return commands.list_records(invocation, Wanted(prefix, since, until, status), limit)


@app.command(help=help_texts.STATS, epilog=EXIT_CODES)
@invoked()
def stats(invocation: Invocation) -> int:
    """Count records."""
    return commands.stats(invocation)
