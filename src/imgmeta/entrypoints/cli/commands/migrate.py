"""The `migrate` command."""

from imgmeta.bootstrap import migrate_table
from imgmeta.core.text import counted
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options

__all__ = ["migrate"]


@command_options(json=False)
def migrate(context: CommandContext) -> int:
    r"""Add indexes to a DynamoDB table of the original system.

    Creates BucketKeyIndex and replaces UploadTimestampIndex, whose key differs. No record is
    changed or lost, and the table stays in use. DynamoDB needs minutes, or hours for a large table.
    The command can be interrupted and run again.

    \b
    imgmeta migrate --store dynamodb://ImageMetadata-prod
    """

    def report(line: str) -> None:
        context.stdout.line(line)

    added = migrate_table(context.store, context.aws, report=report)
    report(f"The table has all indexes; {counted(added, 'record')} added to them.")
    return SUCCESS
