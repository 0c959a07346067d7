"""Output of a running sync: JSON Lines and the progress bar."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain

from imgmeta.bootstrap import list_target
from imgmeta.config import Settings
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.progress import progress_bar
from imgmeta.entrypoints.cli.rendering.screen import is_terminal
from imgmeta.ports import ObjectStore

__all__ = ["objects_to_sync", "print_item", "sync_progress"]


def print_item(context: CommandContext, item: ItemOutcome) -> None:
    """With --json, print a written record or an error."""
    if not context.as_json:
        return
    if item.record is not None:
        context.stdout.raw(json_lines.record_line(item.record))
    elif item.outcome is Outcome.ERROR:
        context.stdout.raw(json_lines.error_line(item))


def objects_to_sync(
    settings: Settings, objects: ObjectStore, targets: Iterable[Target]
) -> Iterator[object]:
    """Yield one item for each object that a sync of these targets visits, for counting them."""
    # A single image counts as one, since listing its folder would take longer than indexing it.
    return chain.from_iterable(
        [target] if target.exact else list_target(settings, objects, target) for target in targets
    )


def sync_progress(
    context: CommandContext, targets: list[Target], *, prints_lines: bool
) -> AbstractContextManager[Callable[[], None]]:
    """Return the progress bar; a no-op without a terminal, or with output lines on a terminal.

    Args:
        context: the context of the command.
        targets: the targets of the sync.
        prints_lines: whether lines are written to standard output during the sync.
    """
    lines_on_terminal = prints_lines and context.stdout.columns is not None
    if lines_on_terminal or not is_terminal(sys.stderr, os.environ):
        return nullcontext(lambda: None)
    settings, objects = context.settings, context.object_store
    return progress_bar(sys.stderr, lambda: objects_to_sync(settings, objects, targets))
