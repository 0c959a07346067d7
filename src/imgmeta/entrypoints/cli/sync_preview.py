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

_HASHED = ("hashed", Style.GOOD)
"""The label of an unchanged image whose hash would be recorded."""


def preview_sync(
    context: CommandContext, targets: list[Target], *, all_files: bool, content: bool
) -> int:
    """Print what a sync of the targets would do, without reading an image; return the exit code.

    Args:
        context: the context of the command.
        targets: the targets.
        all_files: whether to list the files that are not indexed.
        content: whether the sync would hash the content of the images.

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
                is_change = _is_change(comparison, content=content)
                if is_change:
                    counts[_label(comparison)[0]] += 1
                else:
                    unchanged += 1
                _print(context, target.bucket, comparison, is_change=is_change)
    unindexed.finish()
    found = [f"{count:,} {label}" for label, count in counts.items()]
    line = ", ".join([*(found or ["0 changes"]), f"{unchanged:,} unchanged"])
    context.summaries.line(f"{line}; dry run, nothing was written.")
    return SUCCESS


def _is_change(comparison: Comparison, *, content: bool) -> bool:
    """Return whether the sync would write the record, if only to add the content hash."""
    is_hashed = comparison.content_hash or comparison.archived
    return comparison.difference is not Difference.SAME or (content and not is_hashed)


def _label(comparison: Comparison) -> tuple[str, Style]:
    if comparison.difference is Difference.SAME:
        return _HASHED
    return difference_label(comparison.difference)


def _print(
    context: CommandContext, bucket: str, comparison: Comparison, *, is_change: bool
) -> None:
    if context.as_json and is_change:
        context.stdout.raw(json_lines.difference_line(bucket, comparison))
    if not context.verbose and (context.as_json or not is_change):
        return
    label, style = _label(comparison) if is_change else difference_label(comparison.difference)
    name = display_name(ObjectLocation(bucket, comparison.key), context.working_directory)
    reason = f"  {comparison.reason}" if comparison.reason else ""
    context.text_output.line(
        Span(label, style, _LABEL_WIDTH), path_span(name), Span(reason, Style.FAINT)
    )
