"""The `schema` command."""

import json

from imgmeta.core.schema import record_schema
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options

__all__ = ["schema"]


@command_options(store=False, aws=False, json=False)
def schema(context: CommandContext) -> int:
    r"""Print the JSON Schema of a record.

    Each line of `imgmeta list --json` and `imgmeta show --json` satisfies it.

    \b
    imgmeta schema > record.schema.json
    """
    context.stdout.raw(json.dumps(record_schema(), indent=2))
    return SUCCESS
