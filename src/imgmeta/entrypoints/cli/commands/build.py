"""The `build` command."""

from pathlib import Path
from typing import Annotated

import typer

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

_DEFAULT = FunctionPlatform()


@command_options(store=False, aws=False)
def build(
    context: CommandContext,
    *,
    output: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder for the package, created if it does not exist."
        ),
    ] = Path(),
    architecture: Annotated[
        Architecture,
        typer.Option(metavar="|".join(Architecture), help="Architecture of the function."),
    ] = _DEFAULT.architecture,
    runtime: Annotated[
        Runtime, typer.Option(metavar="|".join(Runtime), help="Runtime of the function.")
    ] = _DEFAULT.runtime,
) -> int:
    r"""Build the deployment package of the function for AWS Lambda.

    The package contains everything the function needs for the given runtime and architecture, and
    can be built on any computer. pip downloads the libraries in locked versions. The same inputs
    give the same zip; its name contains its hash.

    If a Python of the runtime's version is on the PATH, the package also contains bytecode, for
    faster cold starts.

    With --json: one object with Path, Runtime, Architecture, Size, UnpackedSize, IsPrecompiled and
    Parts. Sizes are in bytes.

    \b
    imgmeta build --output dist
    imgmeta build --architecture x86_64 --runtime python3.12
    imgmeta build --json | jq -r .Path
    """
    from imgmeta.deployment.bootstrap import open_packager  # noqa: PLC0415 - keeps other commands fast

    platform = FunctionPlatform(runtime, architecture)
    prepare_folder(output)
    context.stderr.line(f"Building the function for {platform} …")
    context.stderr.flush()
    package = open_packager().build(platform)
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


def _summary(package: FunctionPackage) -> tuple[str, str]:
    from imgmeta.deployment.core.package_limits import MAX_UNPACKED_SIZE  # noqa: PLC0415 - keeps other commands fast

    runtime = package.platform.runtime
    sizes = (
        f"{file_size(len(package.content))} zipped, {file_size(package.unpacked_size)} unpacked "
        f"(limit of AWS Lambda: {file_size(MAX_UNPACKED_SIZE)})"
    )
    if package.is_precompiled:
        return sizes, f"with bytecode for {runtime}"
    return sizes, f"no bytecode ({runtime} not found): slower cold starts"
