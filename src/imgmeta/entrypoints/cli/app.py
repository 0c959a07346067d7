"""The commands and their options."""

from typing import Annotated

import typer

from imgmeta.core.records import Status
from imgmeta.entrypoints.cli import commands, help_texts
from imgmeta.entrypoints.cli.arguments import Wanted
from imgmeta.entrypoints.cli.exit_codes import EXIT_CODES
from imgmeta.entrypoints.cli.invocation import Invocation
from imgmeta.entrypoints.cli.options import Json, Store, Targets

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
def sync(*, targets: Targets, store: Store = None, as_json: Json = False) -> int:
    """Make the index true."""
    return commands.sync(Invocation.start(store, as_json=as_json), targets)


@app.command(help=help_texts.VERIFY, epilog=EXIT_CODES)
def verify(*, targets: Targets, store: Store = None, as_json: Json = False) -> int:
    """Compare the index with what is there."""
    return commands.verify(Invocation.start(store, as_json=as_json), targets)


@app.command(help=help_texts.REPROCESS, epilog=EXIT_CODES)
def reprocess(
    *,
    image: Annotated[str, typer.Argument(metavar="FILE", help="One image, there or gone.")],
    store: Store = None,
    as_json: Json = False,
) -> int:
    """Read one image again."""
    return commands.reprocess(Invocation.start(store, as_json=as_json), image)


@app.command(help=help_texts.SHOW, epilog=EXIT_CODES)
def show(
    *,
    image: Annotated[
        str, typer.Argument(metavar="FILE|IMAGE_ID", help="One image, or a record's ImageId.")
    ],
    store: Store = None,
    as_json: Json = False,
) -> int:
    """Show one record."""
    return commands.show(Invocation.start(store, as_json=as_json), image)


@app.command("list", help=help_texts.LIST, epilog=EXIT_CODES)
def list_(  # noqa: PLR0913 - one argument for each option
    *,
    prefix: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="A folder, or what the paths of the images start with."),
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
    store: Store = None,
    as_json: Json = False,
) -> int:
    """List records."""
    invocation = Invocation.start(store, as_json=as_json)
    return commands.list_records(invocation, Wanted(prefix, since, until, status), limit)


@app.command(help=help_texts.STATS, epilog=EXIT_CODES)
def stats(*, store: Store = None, as_json: Json = False) -> int:
    """Count records."""
    return commands.stats(Invocation.start(store, as_json=as_json))
