"""Output of a running sync: JSON Lines as items finish, and the progress bar."""

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
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport
from imgmeta.ports import ObjectStore

__all__ = ["all_objects", "print_item", "sync_progress"]


def print_item(context: CommandContext, report: SyncReport, item: ItemOutcome) -> None:
    report.add(item)
    if not context.as_json:
        return
    if item.record is not None:
        context.stdout.raw(json_lines.record_line(item.record))
    elif item.outcome is Outcome.ERROR:
        context.stdout.raw(json_lines.error_line(item))


def all_objects(
    settings: Settings, objects: ObjectStore, targets: Iterable[Target]
) -> Iterator[object]:
    """Yield all that a sync of these targets comes across, save what is gone: to count it."""
    # One image is one: to list its folder for each would take longer than to index them.
    return chain.from_iterable(
        [target] if target.exact else list_target(settings, objects, target) for target in targets
    )


def sync_progress(
    context: CommandContext, targets: list[Target]
) -> AbstractContextManager[Callable[[], None]]:
    lines_between = context.as_json and context.stdout.columns is not None
    if lines_between or not is_terminal(sys.stderr, os.environ):
        return nullcontext(lambda: None)
    settings, objects = context.settings, context.objects
    return progress_bar(sys.stderr, lambda: all_objects(settings, objects, targets))
