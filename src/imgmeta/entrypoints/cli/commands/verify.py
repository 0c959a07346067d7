"""The `verify` command."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Annotated, cast

import typer

from imgmeta.bootstrap import concurrency_of
from imgmeta.core.drift import Comparison, ContentCheck, ContentComparison, Difference
from imgmeta.core.targets import Target
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
from imgmeta.entrypoints.cli.rendering.sync_output import sync_progress
from imgmeta.entrypoints.cli.rendering.unindexed_report import UnindexedReport
from imgmeta.entrypoints.cli.standard_input import requested_targets
from imgmeta.service import Indexer, verify_content

__all__ = ["verify"]


@command_options(index_stack=True, objects=True, quiet=True, verbose=True)
def verify(  # noqa: PLR0913 - one parameter for each option
    context: CommandContext,
    *,
    targets: Targets = None,
    all_files: AllFiles = False,
    stdin: StandardInput = False,
    null: NullInput = False,
    content: Annotated[
        bool,
        typer.Option("--content", help="Read each image, and compare its content with its hash."),
    ] = False,
) -> int:
    r"""Compare the index with files or buckets; change nothing.

    With --stack-name, the targets are S3 URIs in the stack's buckets, and the stack's GPS policy
    and suffixes apply.

    Prints one line per difference: new, changed, outdated (read by an older imgmeta or with a less
    strict IMGMETA_GPS), gone, corrupted (see --content), unreadable (the record is damaged), or
    unknown (could not be checked). Exits 1 if there are differences.

    --content also reads each image whose record has a hash of its content (ContentHash), which
    `imgmeta sync --content` records. An image whose bytes still have this hash is unchanged, even
    if its time differs. An image is corrupted if its bytes changed, but its size and time did not:
    restore it from a backup. To accept it as it is, run `touch FILE` and `imgmeta sync --content`.

    Ends with the number of files that are not indexed, by kind. --all-files lists them.

    With --json, prints each difference as BucketName, ObjectKey, Difference and, if corrupted,
    unreadable or unknown, Error; if files are not indexed, the last line has NotIndexed, Reasons
    and Suffixes.

    \b
    imgmeta verify photos
    imgmeta verify photos --content
    imgmeta verify s3://holiday --store dynamodb://images
    imgmeta verify --stack-name photos
    imgmeta verify photos --json | imgmeta reprocess --stdin
    """
    texts = [*requested_targets(targets, stdin=stdin, null=null)]
    parsed = context.targets(texts, command="verify")
    report = UnindexedReport(context, context.notes, all_files=all_files)
    same = different = 0
    checks = Counter[ContentCheck]()
    with context.open_index() as (_, indexer):
        for target in parsed:
            found = _compare(context, indexer, target, report, content=content)
            with (
                closing(cast("Generator[ContentComparison]", found)),
                _progress(context, target, content=content) as advance,
            ):
                for comparison, check in found:
                    advance()
                    checks[check] += 1
                    if comparison.difference is Difference.SAME:
                        same += 1
                    else:
                        different += 1
                    _print(context, target.bucket, comparison)
    report.finish()
    context.notes.line(f"{counted(different, 'difference')}, {same:,} unchanged.")
    if content:
        for line in _content_notes(checks):
            context.notes.line(line)
    return FAILED if different else SUCCESS


def _compare(
    context: CommandContext,
    indexer: Indexer,
    target: Target,
    report: UnindexedReport,
    *,
    content: bool,
) -> Iterator[ContentComparison]:
    on_unindexed = report.callback(target.bucket)
    if content:
        concurrency = concurrency_of(context.settings, context.store, target.bucket)
        yield from verify_content(
            indexer, target, concurrency=concurrency, on_unindexed=on_unindexed
        )
    else:
        for comparison in indexer.verify(target, on_unindexed=on_unindexed):
            yield ContentComparison(comparison, ContentCheck.NOT_NEEDED)


def _progress(
    context: CommandContext, target: Target, *, content: bool
) -> AbstractContextManager[Callable[[], None]]:
    if not content:
        return nullcontext(lambda: None)
    return sync_progress(context, [target], prints_lines=True)


def _print(context: CommandContext, bucket: str, comparison: Comparison) -> None:
    is_same = comparison.difference is Difference.SAME
    if context.as_json and not is_same:
        context.stdout.raw(json_lines.difference_line(bucket, comparison))
    if context.verbose or not (context.as_json or is_same):
        row = difference_row(bucket, comparison, context.working_directory)
        context.text_output.line(*row)


def _content_notes(checks: Counter[ContentCheck]) -> Iterator[str]:
    """Yield lines about how much of the content was compared."""
    yield f"The content of {counted(checks[ContentCheck.READ], 'image')} was read and compared."
    if unhashed := checks[ContentCheck.UNHASHED]:
        yield f"{counted(unhashed, 'image')} without a hash: `imgmeta sync --content` records it."
    if archived := checks[ContentCheck.ARCHIVED]:
        yield f"{counted(archived, 'archived image')} not read: restore, then verify again."
