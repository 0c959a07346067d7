"""The preview of a sync (`--dry-run`): its changes in its words, from a comparison."""

from collections import Counter

from imgmeta.bootstrap import open_existing_or_empty, open_indexer
from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target, outermost
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.formatting import display_name
from imgmeta.entrypoints.cli.rendering.screen import Span, Style, path_span
from imgmeta.entrypoints.cli.rendering.sync_report import difference_label
from imgmeta.entrypoints.cli.rendering.unindexed_report import UnindexedReport

__all__ = ["preview_sync"]

_LABEL_WIDTH = 9


def preview_sync(context: CommandContext, targets: list[Target], *, all_files: bool) -> int:
    """Print what a sync of the targets would do, without reading an image; return the exit code.

    Raises:
        ConfigurationError: the store is invalid or not an imgmeta index.
        AdapterError: a listing or the index cannot be read.
    """
    unindexed = UnindexedReport(context, context.summaries, all_files=all_files)
    counts = Counter[str]()
    unchanged = 0
    with open_existing_or_empty(context.store, aws=context.aws) as repository:
        indexer = open_indexer(context.index_settings, repository, objects=context.object_store)
        for target in outermost(targets):
            on_unindexed = unindexed.callback(target.bucket)
            for comparison in indexer.verify(target, on_unindexed=on_unindexed):
                if comparison.difference is Difference.SAME:
                    unchanged += 1
                else:
                    counts[difference_label(comparison.difference)[0]] += 1
                _print(context, target.bucket, comparison)
    unindexed.finish()
    found = [f"{count:,} {label}" for label, count in counts.items()]
    line = ", ".join([*(found or ["0 changes"]), f"{unchanged:,} unchanged"])
    context.summaries.line(f"{line}; dry run, nothing was written.")
    return SUCCESS


def _print(context: CommandContext, bucket: str, comparison: Comparison) -> None:
    is_same = comparison.difference is Difference.SAME
    if context.as_json and not is_same:
        context.stdout.raw(json_lines.difference_line(bucket, comparison))
    if not context.verbose and (context.as_json or is_same):
        return
    label, style = difference_label(comparison.difference)
    name = display_name(ObjectLocation(bucket, comparison.key), context.working_directory)
    reason = f"  {comparison.reason}" if comparison.reason else ""
    context.text_output.line(
        Span(label, style, _LABEL_WIDTH), path_span(name), Span(reason, Style.FAINT)
    )
