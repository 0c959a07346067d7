"""The steps of `reprocess`: select images, and list them, read them again or queue them."""

import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from functools import partial
from typing import cast

from imgmeta.bootstrap import concurrency_of, open_hint_queue, parse_target
from imgmeta.core.events import encode_hint
from imgmeta.core.hints import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.queries import Query
from imgmeta.core.targets import Target, outermost, suffix_filter
from imgmeta.core.text import counted
from imgmeta.entrypoints.cli.arguments import image_or_prefix, shown_target
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.formatting import display_name
from imgmeta.entrypoints.cli.rendering.sync_output import (
    print_item,
    print_outcomes,
    print_report,
    print_table,
    sync_progress,
)
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport
from imgmeta.errors import ConfigurationError
from imgmeta.ports import OnUnreadable
from imgmeta.service import Indexer, process_selected, select_images, select_records, send_hints

__all__ = ["list_selected", "parse_targets", "read_again", "read_image", "select", "send_to_queue"]

_NOTHING_TO_READ = "it does not exist and no record needs an update"

Selected = Iterable[Hint | ItemOutcome]


def parse_targets(
    context: CommandContext, texts: Sequence[str], *, has_filter: bool
) -> list[Target | None]:
    """Return the targets, after checking that they can be indexed; None: the whole index.

    Without a filter, a target that is not a single image must exist, since it is listed.

    Raises:
        ConfigurationError: a target cannot be indexed or does not exist, or there is none.
        TransientError: a bucket or the stack is unavailable.
    """
    if not texts and not has_filter and not context.stack_name:
        msg = (
            "pass images, folders or s3://bucket/prefix, or select images with --status, --error "
            "or --older-reader"
        )
        raise ConfigurationError(msg)
    if not texts and not context.stack_name:
        return [None]
    # Every argument is checked before the first request to S3.
    parsed = [_parse_target(context, text, has_filter=has_filter) for text in texts]
    targets = outermost(parsed) or list(context.deployed.targets)
    for target in targets:
        if not has_filter and not target.exact:
            context.object_store.check(target.bucket, target.prefix)
    return [*targets]


def select(
    indexer: Indexer,
    targets: Iterable[Target | None],
    query: Query | None,
    on_unreadable: OnUnreadable,
    check: Callable[..., object],
) -> Iterator[Hint | ItemOutcome]:
    """Yield the images of the targets, or only those whose records match a query.

    Calls `check` for each record and file that is read, since few of them may be selected.
    """
    for target in targets:
        if query is not None:
            yield from select_records(
                indexer.repository, query, target, on_unreadable=on_unreadable, on_record=check
            )
        elif target is not None:
            yield from select_images(indexer, target, on_unindexed=check)


def read_image(context: CommandContext, indexer: Indexer, target: Target, text: str) -> int:
    """Read one image again; return the exit code.

    Raises:
        ConfigurationError: the image does not exist and has no record, or its bucket cannot be
            accessed.
        AdapterError: the index cannot be read or written.
    """
    report, started = _report(context), time.monotonic()
    item = indexer.reprocess(target.location)
    if item.outcome is Outcome.ERROR:
        # If the whole bucket is inaccessible, report that error instead of the image's. Checking
        # only after an error leaves the command usable without permission to list the bucket.
        context.object_store.check(target.bucket, target.prefix)
    if item.outcome is Outcome.UNCHANGED:
        msg = f"cannot reprocess {shown_target(text)}: {_NOTHING_TO_READ}"
        raise ConfigurationError(msg)
    report.add(item)
    print_item(context, item)
    print_report(context, report, started)
    return FAILED if report.has_failures else SUCCESS


def read_again(
    context: CommandContext,
    indexer: Indexer,
    selected: Selected,
    targets: Sequence[Target | None],
    *,
    has_filter: bool,
) -> int:
    """Read the selected images again, with a progress bar; return the exit code.

    Raises:
        ConfigurationError: a bucket cannot be accessed.
        AdapterError: the index cannot be read or written.
    """
    named = {each.location for each in targets if each is not None and each.exact}
    concurrency = partial(concurrency_of, context.settings, context.store)
    items = process_selected(indexer, selected, concurrency=concurrency)
    report, started = _report(context), time.monotonic()
    progress = _progress(context, targets, has_filter=has_filter)
    try:
        finished = print_outcomes(
            context, _checked(context, items, set() if has_filter else named), report, progress
        )
    finally:
        print_report(context, report, started)
    if not finished:
        context.stderr.line("Interrupted. Finished images are stored; run the command again.")
        return INTERRUPTED
    return FAILED if report.has_failures else SUCCESS


def send_to_queue(
    context: CommandContext,
    selected: Selected,
    targets: Sequence[Target | None],
    *,
    has_filter: bool,
) -> int:
    """Send the selected images to the stack's queue, with a progress bar; return the exit code.

    Raises:
        AdapterError: the index or a listing cannot be read, or the queue cannot take the hints.
    """
    from imgmeta.entrypoints.cli.stack_dialog import status_command  # noqa: PLC0415 - keeps other commands fast

    queue = open_hint_queue(context.aws, context.deployed.queue_url)
    report = _report(context)
    sent, finished = 0, False
    hints = _hints(context, _sendable(selected), report)
    batches = send_hints(queue, hints, concurrency=context.settings.concurrency)
    try:
        with (
            interruptible(context.stop) as stop_if_requested,
            _progress(context, targets, has_filter=has_filter) as advance,
            closing(cast("Generator[int]", batches)),
        ):
            for number in batches:
                sent += number
                for _ in range(number):
                    advance()
                stop_if_requested()
        finished = True
    except StopRequested:
        context.stderr.line("Interrupted. Run the command again to send the other images.")
    finally:
        print_table(context, report)
        name = context.deployed.stack.name
        context.summaries.line(f"{counted(sent, 'image')} sent to the queue of the stack {name}.")
        if context.as_json:
            context.stdout.raw(json_lines.sent_line(sent))
    if sent:
        context.notes.line(f"To follow the progress: {status_command(context, name)}")
    if not finished:
        return INTERRUPTED
    return FAILED if report.has_failures else SUCCESS


def list_selected(context: CommandContext, selected: Selected) -> int:
    """Print the selected images, and read none of them; return the exit code."""
    report, count = _report(context), 0
    for hint in _hints(context, selected, report):
        count += 1
        if context.as_json:
            context.stdout.raw(json_lines.location_line(hint.location))
        else:
            context.stdout.line(display_name(hint.location, context.working_directory))
    context.stderr.lines(report.table(columns=context.stderr.columns))
    context.notes.line(f"{counted(count, 'image')} selected; none was read.")
    return FAILED if report.has_failures else SUCCESS


def _parse_target(context: CommandContext, text: str, *, has_filter: bool) -> Target:
    target = parse_target(text, must_exist=False)
    indexed = context.within_stack(target, text)
    if indexed.prefix != target.prefix:
        return indexed  # a target that is wider than the stack's prefix is not a key
    suffixes = context.index_settings.suffixes
    is_image = target.exact and suffix_filter(suffixes)(target.prefix)
    # The records of a missing image or, with a filter, of a missing folder can be updated.
    if not is_image and (target.exact or not has_filter):
        parse_target(text, must_exist=True)
    return image_or_prefix(target, text, suffixes)


def _report(context: CommandContext) -> SyncReport:
    return SyncReport(context.settings.environment, context.working_directory)


def _progress(
    context: CommandContext, targets: Sequence[Target | None], *, has_filter: bool
) -> AbstractContextManager[Callable[[], None]]:
    # Counting the records that match a filter would read the index twice.
    counted = None if has_filter else [each for each in targets if each is not None]
    return sync_progress(context, counted, prints_lines=context.as_json)


def _sendable(selected: Selected) -> Iterator[Hint | ItemOutcome]:
    """Replace the hints that cannot be sent, since S3 allows no such keys, by errors."""
    for each in selected:
        try:
            if isinstance(each, Hint):
                encode_hint(each)
        except ValueError as error:
            yield ItemOutcome(each.location, Outcome.ERROR, reason=str(error))
        else:
            yield each


def _hints(context: CommandContext, selected: Selected, report: SyncReport) -> Iterator[Hint]:
    """Yield the hints; report the images that cannot be listed."""
    for each in selected:
        if isinstance(each, Hint):
            yield each
        else:
            report.add(each)
            print_item(context, each)


def _checked(
    context: CommandContext, items: Iterator[ItemOutcome], named: Collection[ObjectLocation]
) -> Generator[ItemOutcome]:
    """Yield the outcomes, with an error for each named image that has neither file nor record.

    After the first error in a bucket, check that the bucket can be accessed at all.
    """
    checked = set[str]()
    with closing(cast("Generator[ItemOutcome]", items)):
        for item in items:
            if item.outcome is Outcome.ERROR and item.location.bucket not in checked:
                checked.add(item.location.bucket)
                context.object_store.check(item.location.bucket, item.location.key)
            if item.outcome is Outcome.UNCHANGED and item.location in named:
                yield replace(item, outcome=Outcome.ERROR, reason=_NOTHING_TO_READ)
            else:
                yield item
