"""The commands that make what is put into an account: the function's zip, and the template."""

from pathlib import Path

from imgmeta.bootstrap.packaging import open_packager
from imgmeta.cloudformation import template_text
from imgmeta.core.packages import FunctionPackage, FunctionTarget, PackagePart
from imgmeta.core.unpacking import MAX_UNPACKED
from imgmeta.entrypoints.cli import jsonlines
from imgmeta.entrypoints.cli.exit_codes import FINE
from imgmeta.entrypoints.cli.files import check_folder, write_whole
from imgmeta.entrypoints.cli.invocation import Invocation
from imgmeta.entrypoints.cli.screen import Span, Style
from imgmeta.entrypoints.cli.wording import file_size

__all__ = ["build", "template"]

_NAME, _VERSION, _SIZE = 24, 14, 10

_HEADING = (
    Span("PART", Style.STRONG, _NAME),
    Span("VERSION", Style.STRONG, _VERSION),
    Span("SIZE", Style.STRONG, _SIZE, right=True),
)
"""The heading over the parts, for a terminal."""


def build(invocation: Invocation, target: FunctionTarget, folder: Path) -> int:
    """Make the function's zip, and say what is in it; return the exit code."""
    check_folder(folder)
    invocation.messages.line(f"Building the function for {target} …")
    invocation.messages.flush()
    package = open_packager().package(target)
    path = folder / package.name
    write_whole(path, package.content)
    if invocation.as_json:
        invocation.output.raw(jsonlines.package_line(package, path))
        return FINE
    if invocation.output.columns is not None:
        invocation.output.line(*_HEADING)
    invocation.output.lines(map(_row, package.parts))
    for line in _summary(package):
        invocation.output.line(line)
    invocation.output.line(Span(str(path), Style.GOOD))
    return FINE


def template(invocation: Invocation, path: Path | None) -> int:
    """Print the template, or write it into a file; return the exit code."""
    text = template_text()
    if path is None:
        invocation.output.raw(text.removesuffix("\n"))
    else:
        write_whole(path, text.encode())
    return FINE


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
