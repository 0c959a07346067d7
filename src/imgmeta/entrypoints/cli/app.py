"""The Typer application: registers each command under its name."""

from typing import Annotated

import typer

from imgmeta.entrypoints.cli.commands.build import build
from imgmeta.entrypoints.cli.commands.deploy import deploy
from imgmeta.entrypoints.cli.commands.destroy import destroy
from imgmeta.entrypoints.cli.commands.list import list_records
from imgmeta.entrypoints.cli.commands.reprocess import reprocess
from imgmeta.entrypoints.cli.commands.show import show
from imgmeta.entrypoints.cli.commands.stats import stats
from imgmeta.entrypoints.cli.commands.status import status
from imgmeta.entrypoints.cli.commands.sync import sync
from imgmeta.entrypoints.cli.commands.template import template
from imgmeta.entrypoints.cli.commands.verify import verify
from imgmeta.entrypoints.cli.exit_codes import EXIT_CODES
from imgmeta.entrypoints.cli.options import preserve_paragraphs

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


def _imgmeta(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    r"""A truthful, queryable index of the images in a folder or a bucket.

    \b
    imgmeta sync photos             index a folder, or bring its index up to date
    imgmeta list --since 7d         what was put there in the last seven days
    imgmeta show photos/beach.jpg   all that is known of one image
    imgmeta sync s3://holiday       the same of a bucket in Amazon S3
    """


preserve_paragraphs(_imgmeta)
app.callback(epilog=EXIT_CODES)(_imgmeta)
for _command in (sync, verify, reprocess, show):
    app.command(epilog=EXIT_CODES)(_command)
app.command("list", epilog=EXIT_CODES)(list_records)
for _command in (stats, deploy, status, destroy, build, template):
    app.command(epilog=EXIT_CODES)(_command)
