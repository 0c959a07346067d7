"""The `build` command."""

from pathlib import Path
from typing import Annotated

import typer

from imgmeta.deployment.core.package_limits import MAX_UNPACKED
from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPackage,
    FunctionPlatform,
    PackagePart,
    Runtime,
)
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.output_files import prepare_folder, write_file
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.formatting import file_size
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = ["build"]

_NAME, _VERSION, _SIZE = 24, 14, 10

_HEADING = (
    Span("PART", Style.STRONG, _NAME),
    Span("VERSION", Style.STRONG, _VERSION),
    Span("SIZE", Style.STRONG, _SIZE, right=True),
)
"""The heading over the parts, for a terminal."""


_USUAL = FunctionPlatform()


@command_options(store=False, aws=False)
def build(
    context: CommandContext,
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
    r"""Make the function's zip, for AWS Lambda.

    All that the function needs is in it, for its runtime and architecture, whatever this computer is.
    The libraries come from the package index, by pip or uv, in the versions that imgmeta is locked to.
    The same inputs make the same zip, and its name holds its hash.

    If there is a Python of the runtime's version here, its bytecode is in the zip too, so that the
    function starts sooner.

    With --json: Path, Runtime, Architecture, Size, UnpackedSize, IsPrecompiled and Parts, in bytes.

    \b
    imgmeta build --output dist
    imgmeta build --architecture x86_64 --runtime python3.12
    imgmeta build --json | jq -r .Path
    """
    from imgmeta.deployment.bootstrap import open_packager  # noqa: PLC0415 - part of what is measured

    target = FunctionPlatform(runtime, architecture)
    prepare_folder(output)
    context.stderr.line(f"Building the function for {target} …")
    context.stderr.flush()
    package = open_packager().package(target)
    path = output / package.name
    write_file(path, package.content)
    if context.as_json:
        context.stdout.raw(json_lines.package_line(package, path))
        return SUCCESS
    if context.stdout.columns is not None:
        context.stdout.line(*_HEADING)
    context.stdout.lines(map(_row, package.parts))
    for line in _summary(package):
        context.stdout.line(line)
    context.stdout.line(Span(str(path), Style.GOOD))
    return SUCCESS


def _row(part: PackagePart) -> list[Span]:
    return [
        Span(part.name, width=_NAME),
        Span(part.version, width=_VERSION),
        Span(file_size(part.size), width=_SIZE, right=True),
    ]


def _summary(package: FunctionPackage) -> list[str]:
    sizes = (
        f"{file_size(len(package.content))} zipped, {file_size(package.unpacked_size)} unpacked "
        f"of {file_size(MAX_UNPACKED)} that AWS Lambda takes"
    )
    runtime = package.target.runtime
    if package.is_precompiled:
        return [sizes, f"with bytecode for {runtime}"]
    return [
        sizes,
        f"without bytecode, which each cold start then makes anew: there is no {runtime} here",
    ]
