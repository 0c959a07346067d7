"""The commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

from imgmeta.core.packages import Architecture, FunctionTarget, Runtime
from imgmeta.core.records import Status
from imgmeta.entrypoints.cli import commands, help_texts
from imgmeta.entrypoints.cli.arguments import Wanted
from imgmeta.entrypoints.cli.exit_codes import EXIT_CODES
from imgmeta.entrypoints.cli.invocation import Invocation
from imgmeta.entrypoints.cli.options import DryRun, StackName, Targets, Yes, invoked

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Typer would import Rich for it, at every start
)

_USUAL = FunctionTarget()


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


@app.command(help=help_texts.DEPLOY, epilog=EXIT_CODES)
@invoked(store=False)
def deploy(  # noqa: PLR0913 - one argument for each option
    invocation: Invocation,
    *,
    stack_name: StackName,
    email: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Who is told of failures; a new stack needs one."),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Such as dev or prod: all that is made carries it. [default: dev]"
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Another parameter of the template; may be given several times. What is not given "
            "stays as it is, or is the template's default.",
        ),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(
            metavar="arm64|x86_64",
            help="Of the function. [default: arm64; on an emulator on this machine, the machine's]",
        ),
    ] = None,
    runtime: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the function. [default: python3.13]")
    ] = None,
    artifact_bucket: Annotated[
        str | None,
        typer.Option(
            metavar="BUCKET",
            help="Where the function's zip is put; one is made if none is given.",
        ),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> int:
    """Put the function into an account."""
    from imgmeta.entrypoints.cli import deploying, requests  # noqa: PLC0415 - slow, seldom wanted

    request = requests.Request(
        stack_name=stack_name,
        email=email,
        environment=environment,
        parameters=tuple(parameter or ()),
        architecture=architecture,
        runtime=runtime,
        artifact_bucket=artifact_bucket,
    )
    return deploying.deploy(invocation, request, requests.Consent(yes, dry_run))


@app.command(help=help_texts.STATUS, epilog=EXIT_CODES)
@invoked(store=False)
def status(invocation: Invocation, *, stack_name: StackName) -> int:
    """Say how a stack is."""
    from imgmeta.entrypoints.cli import deploying  # noqa: PLC0415 - as above

    return deploying.status(invocation, stack_name)


@app.command(help=help_texts.DESTROY, epilog=EXIT_CODES)
@invoked(store=False, json=False)
def destroy(
    invocation: Invocation, *, stack_name: StackName, yes: Yes = False, dry_run: DryRun = False
) -> int:
    """Delete a stack."""
    from imgmeta.entrypoints.cli import deploying, requests  # noqa: PLC0415 - as above

    return deploying.destroy(invocation, stack_name, requests.Consent(yes, dry_run))


@app.command(help=help_texts.BUILD, epilog=EXIT_CODES)
@invoked(store=False, aws=False)
def build(
    invocation: Invocation,
    *,
    output: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the zip is put; made if need be.")
    ] = Path(),
    architecture: Annotated[
        Architecture, typer.Option(metavar="|".join(Architecture), help="Of the function.")
    ] = _USUAL.architecture,
    runtime: Annotated[
        Runtime, typer.Option(metavar="|".join(Runtime), help="Of the function.")
    ] = _USUAL.runtime,
) -> int:
    """Make the function's zip."""
    from imgmeta.entrypoints.cli import building  # noqa: PLC0415 - slow, and seldom wanted

    return building.build(invocation, FunctionTarget(runtime, architecture), output)


@app.command(help=help_texts.TEMPLATE, epilog=EXIT_CODES)
@invoked(store=False, aws=False, json=False)
def template(
    invocation: Invocation,
    *,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it there instead of to standard output."),
    ] = None,
) -> int:
    """Print the template."""
    from imgmeta.entrypoints.cli import building  # noqa: PLC0415 - as above

    return building.template(invocation, output)
