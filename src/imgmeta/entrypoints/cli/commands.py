"""What the commands do: each calls one use case and renders what comes back."""

import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import cast

from imgmeta.bootstrap import concurrency_of, list_target, parse_target
from imgmeta.config import Settings
from imgmeta.core.batch import ItemOutcome, Outcome
from imgmeta.core.drift import Difference
from imgmeta.core.statistics import tally
from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.entrypoints.cli import bars, jsonlines
from imgmeta.entrypoints.cli.arguments import Wanted, check_suffix, identified, one_image
from imgmeta.entrypoints.cli.details import details
from imgmeta.entrypoints.cli.exit_codes import FAILED, FINE, INTERRUPTED
from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible
from imgmeta.entrypoints.cli.invocation import Invocation
from imgmeta.entrypoints.cli.listing import HEADING, drift_row, narrowed, record_row
from imgmeta.entrypoints.cli.progress import progress_bar
from imgmeta.entrypoints.cli.report import SyncReport, summary_line
from imgmeta.entrypoints.cli.screen import is_terminal
from imgmeta.errors import ConfigurationError, ImgmetaError
from imgmeta.ports import ObjectStore
from imgmeta.service import Indexer, find

__all__ = ["all_objects", "list_records", "reprocess", "show", "stats", "sync", "verify"]


def sync(invocation: Invocation, texts: list[str]) -> int:
    """Make the index true for all targets; return the exit code."""
    targets = invocation.targets(texts)
    report = SyncReport(invocation.settings.environment, invocation.working_folder)
    started = time.monotonic()
    interrupted = False
    with invocation.index(must_exist=False) as (_, indexer):
        try:
            with interruptible() as stop_if_asked, _progress(invocation, targets) as advance:
                for target in targets:
                    with _synced(invocation, indexer, target) as items:
                        for item in items:
                            _account_for(invocation, report, item)
                            advance()
                            stop_if_asked()
        except StopRequested:
            interrupted = True
        finally:
            # What was done is told, whatever ended it.
            invocation.account.lines(report.table())
            duration = timedelta(seconds=time.monotonic() - started)
            invocation.account.line(*summary_line(report.summary(duration)))
    if interrupted:
        invocation.messages.line("Stopped. All of this is stored; the next sync goes on from here.")
        return INTERRUPTED
    return FAILED if report.has_failures else FINE


def verify(invocation: Invocation, texts: list[str]) -> int:
    """Say how the index differs from the targets; return the exit code."""
    targets = invocation.targets(texts)
    same = different = 0
    working_folder = invocation.working_folder
    with invocation.index() as (_, indexer):
        for target in targets:
            for found in indexer.verify(target):
                if found.difference is Difference.SAME:
                    same += 1
                    continue
                different += 1
                if invocation.as_json:
                    invocation.output.raw(jsonlines.drift_line(target.bucket, found))
                else:
                    invocation.output.line(*drift_row(target.bucket, found, working_folder))
    invocation.messages.line(f"{different:,} different, {same:,} the same.")
    return FAILED if different else FINE


def reprocess(invocation: Invocation, text: str) -> int:
    """Look at one image again, changed or not; return the exit code."""
    target = check_suffix(one_image(_place(text), text), text, invocation.settings.suffixes)
    report = SyncReport(invocation.settings.environment, invocation.working_folder)
    started = time.monotonic()
    with invocation.index() as (_, indexer):
        item = indexer.reprocess(target.location)
    if item.outcome is Outcome.ERROR:
        # No image can be reached where, say, there are no credentials: then it is not the image's
        # fault. Whoever may read and not list needs no permission more as long as all is well.
        invocation.objects.check(target.bucket, target.prefix)
    if item.outcome is Outcome.UNCHANGED:
        msg = f"there is nothing at {printable(text)}, and the index holds nothing of it"
        raise ConfigurationError(msg)
    _account_for(invocation, report, item)
    invocation.account.lines(report.table())
    duration = timedelta(seconds=time.monotonic() - started)
    invocation.account.line(*summary_line(report.summary(duration)))
    return FAILED if report.has_failures else FINE


def show(invocation: Invocation, text: str) -> int:
    """Show one record; return the exit code."""
    image_id = identified(text, _place)
    with invocation.index() as (repository, _):
        record = repository.get(image_id)
    if record is None:
        msg = f"the index holds nothing of {printable(text)}: sync it first"
        raise ImgmetaError(msg)
    if invocation.as_json:
        invocation.output.raw(jsonlines.record_line(record))
    else:
        invocation.output.lines(details(record, invocation.working_folder))
    return FINE


def list_records(invocation: Invocation, wanted: Wanted, limit: int | None) -> int:
    """List the records that are asked for, no more than `limit`; return the exit code."""
    query = wanted.query(_place, datetime.now(UTC))
    working_folder = invocation.working_folder
    columns = invocation.output.columns
    heading = not invocation.as_json and columns is not None
    with invocation.index() as (repository, _):
        # islice counts no further than sys.maxsize, and no index holds more.
        most = None if limit is None else min(limit, sys.maxsize)
        for record in islice(find(repository, query), most):
            if invocation.as_json:
                invocation.output.raw(jsonlines.record_line(record))
                continue
            if heading:
                invocation.output.line(*narrowed(HEADING, columns))
                heading = False
            invocation.output.line(*narrowed(record_row(record, working_folder), columns))
    return FINE


def stats(invocation: Invocation) -> int:
    """Count what the index holds; return the exit code."""
    with invocation.index() as (repository, _):
        statistics = tally(repository.scan())
    if invocation.as_json:
        for line in jsonlines.statistics_lines(statistics):
            invocation.output.raw(line)
    else:
        invocation.output.lines(bars.statistics_lines(statistics, invocation.output.columns))
    return FINE


def _synced(
    invocation: Invocation, indexer: Indexer, target: Target
) -> AbstractContextManager[Iterator[ItemOutcome]]:
    """Return what becomes of the target's keys, to be closed: what has begun is then finished."""
    concurrency = concurrency_of(invocation.settings, target)
    items = indexer.sync(target, concurrency=concurrency)
    return closing(cast("Generator[ItemOutcome]", items))


def _account_for(invocation: Invocation, report: SyncReport, item: ItemOutcome) -> None:
    report.add(item)
    if not invocation.as_json:
        return
    if item.record is not None:
        invocation.output.raw(jsonlines.record_line(item.record))
    elif item.outcome is Outcome.ERROR:
        invocation.output.raw(jsonlines.error_line(item))


def _place(text: str) -> Target:
    return parse_target(text, must_exist=False)


def all_objects(
    settings: Settings, objects: ObjectStore, targets: Iterable[Target]
) -> Iterator[object]:
    """Yield all that a sync of these targets comes across, save what is gone: to count it."""
    # One image is one: to list its folder for each would take longer than to index them.
    return chain.from_iterable(
        [target] if target.exact else list_target(settings, objects, target) for target in targets
    )


def _progress(
    invocation: Invocation, targets: list[Target]
) -> AbstractContextManager[Callable[[], None]]:
    lines_between = invocation.as_json and invocation.output.columns is not None
    if lines_between or not is_terminal(sys.stderr, os.environ):
        return nullcontext(lambda: None)
    settings, objects = invocation.settings, invocation.objects
    return progress_bar(sys.stderr, lambda: all_objects(settings, objects, targets))
