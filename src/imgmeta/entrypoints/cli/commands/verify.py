"""The `verify` command."""

from imgmeta.core.drift import Difference
from imgmeta.core.text import counted
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, SUCCESS
from imgmeta.entrypoints.cli.options import (
    AllFiles,
    NullInput,
    StandardInput,
    Targets,
    command_options,
)
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_table import difference_row
from imgmeta.entrypoints.cli.rendering.unindexed_report import UnindexedReport
from imgmeta.entrypoints.cli.standard_input import requested_targets

__all__ = ["verify"]


@command_options(index_stack=True, objects=True, quiet=True, verbose=True)
def verify(
    context: CommandContext,
    *,
    targets: Targets = None,
    all_files: AllFiles = False,
    stdin: StandardInput = False,
    null: NullInput = False,
) -> int:
    r"""Compare the index with files or buckets; change nothing.

    With --stack-name, the targets are S3 URIs in the stack's buckets, and the stack's GPS policy
    and suffixes apply.

    Prints one line per difference: new, changed, outdated (read by an older imgmeta or with a less
    strict IMGMETA_GPS), gone, unreadable (the record is damaged), or unknown (could not be
    checked). Exits 1 if there are differences.

    Ends with the number of files that are not indexed, by kind. --all-files lists them.

    With --json, prints each difference as BucketName, ObjectKey, Difference and, if unreadable or
    unknown, Error; if files are not indexed, the last line has NotIndexed, Reasons and Suffixes.

    \b
    imgmeta verify photos
    imgmeta verify s3://holiday --store dynamodb://images
    imgmeta verify --stack-name photos
    imgmeta verify photos --json | imgmeta reprocess --stdin
    """
    texts = [*requested_targets(targets, stdin=stdin, null=null)]
    parsed = context.targets(texts, command="verify")
    report = UnindexedReport(context, context.notes, all_files=all_files)
    same = different = 0
    directory = context.working_directory
    with context.open_index() as (_, indexer):
        for target in parsed:
            unindexed = report.callback(target.bucket)
            for comparison in indexer.verify(target, on_unindexed=unindexed):
                is_same = comparison.difference is Difference.SAME
                if is_same:
                    same += 1
                else:
                    different += 1
                if context.as_json and not is_same:
                    context.stdout.raw(json_lines.difference_line(target.bucket, comparison))
                if context.verbose or not (context.as_json or is_same):
                    row = difference_row(target.bucket, comparison, directory)
                    context.text_output.line(*row)
    report.finish()
    context.notes.line(f"{counted(different, 'difference')}, {same:,} unchanged.")
    return FAILED if different else SUCCESS
