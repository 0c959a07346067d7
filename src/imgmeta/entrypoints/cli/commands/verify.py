"""The `verify` command."""

from imgmeta.core.drift import Difference
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, FINE
from imgmeta.entrypoints.cli.options import Targets, command_options
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_table import drift_row

__all__ = ["verify"]


@command_options()
def verify(context: CommandContext, *, targets: Targets) -> int:
    r"""Say where the index is not true, and change nothing.

    One line for each difference: new, changed, outdated (read by an older imgmeta), gone, or unknown
    (a folder that cannot be read). The exit code is 1 if there is any.

    With --json: BucketName, ObjectKey, Difference and, if there is one, Error.

    \b
    imgmeta verify photos
    imgmeta verify s3://holiday --store dynamodb://images
    imgmeta verify photos --json | jq -r .ObjectKey
    """
    found_targets = context.targets(targets)
    same = different = 0
    working_folder = context.working_folder
    with context.index() as (_, indexer):
        for target in found_targets:
            for found in indexer.verify(target):
                if found.difference is Difference.SAME:
                    same += 1
                    continue
                different += 1
                if context.as_json:
                    context.stdout.raw(json_lines.drift_line(target.bucket, found))
                else:
                    context.stdout.line(*drift_row(target.bucket, found, working_folder))
    context.stderr.line(f"{different:,} different, {same:,} the same.")
    return FAILED if different else FINE
