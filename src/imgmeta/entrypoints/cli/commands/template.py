"""The `template` command."""

from pathlib import Path
from typing import Annotated

import typer

from imgmeta.cloudformation import template_text
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.output_files import write_file

__all__ = ["template"]


@command_options(store=False, aws=False, json=False)
def template(
    context: CommandContext,
    *,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to this file instead of standard output."),
    ] = None,
) -> int:
    r"""Print the CloudFormation template that `imgmeta deploy` uses.

    \b
    imgmeta template --output template.yaml
    imgmeta template | cfn-lint -
    """
    text = template_text()
    if output is None:
        context.stdout.raw(text.removesuffix("\n"))
    else:
        write_file(output, text.encode())
    return SUCCESS
