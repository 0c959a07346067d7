"""The steps of `duplicates`: find candidates, compute missing hashes, print groups."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from imgmeta.bootstrap import find_same_sizes
from imgmeta.config import SQLiteFile
from imgmeta.core.duplicates import without_links
from imgmeta.core.similarity import without_links as without_linked_images
from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.core.text import counted
from imgmeta.entrypoints.cli.confirmation import announce_reading
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.index_queries import explain_empty_result
from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible
from imgmeta.entrypoints.cli.rendering.duplicate_groups import print_duplicates, print_similar
from imgmeta.entrypoints.cli.rendering.formatting import display_name, file_size
from imgmeta.entrypoints.cli.rendering.screen import is_terminal
from imgmeta.entrypoints.cli.unreadable import UnreadableRecords
from imgmeta.service import find, find_unordered
from imgmeta.service.duplicates import (
    DuplicateSearch,
    HashResult,
    HashTask,
    SimilarSearch,
    compute_hashes,
    file_ids,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from imgmeta.core.objects import ObjectLocation
    from imgmeta.core.queries import Query
    from imgmeta.entrypoints.cli.context import CommandContext
    from imgmeta.ports import ImageRepository
    from imgmeta.service import Indexer

__all__ = ["find_duplicates", "find_similar"]

_MANY_BYTES = 100_000_000
"""Bytes to read that are announced. Transferring them out of AWS costs about a cent."""

_ROUNDS = 2
"""The first computes missing hashes, the second those of another kind than others have."""


def find_duplicates(
    context: CommandContext, repository: ImageRepository, query: Query, *, yes: bool, full: bool
) -> int:
    """Print the images with the same content; return the exit code.

    Raises:
        AdapterError: the index cannot be read or written.
        ConfigurationError: there is no terminal to ask whether to read a lot.
    """
    unreadable = UnreadableRecords()
    search = DuplicateSearch(find_same_sizes(repository, query, on_unreadable=unreadable.add))
    for _ in range(_ROUNDS):
        tasks = search.tasks()
        if not tasks:
            break
        code = _compute(context, _open_indexer(context, repository), search, tasks, yes=yes)
        if code != SUCCESS:
            return code
    groups = search.groups()
    places = [each for group in groups for each in group.possible_links]
    ids = file_ids(context.object_store, places) if places else {}
    files = without_links(groups, ids)
    print_duplicates(context, files, full=full)
    _report_links(context, len(ids) - len(set(ids.values())))
    if not files:
        _report_none(context, repository, query, unreadable, "No duplicates.")
    return _finish(context, search, unreadable)


def find_similar(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    repository: ImageRepository,
    query: Query,
    limit: int,
    *,
    yes: bool,
    full: bool,
) -> int:
    """Print the images with similar thumbnails; return the exit code.

    Raises:
        AdapterError: the index cannot be read or written.
        ConfigurationError: there is no terminal to ask whether to read a lot.
    """
    unreadable = UnreadableRecords()
    indexer = _open_indexer(context, repository)
    records = find_unordered(repository, query, on_unreadable=unreadable.add)
    search = SimilarSearch(records, indexer.reader.version)
    code = _compute(context, indexer, search, search.tasks(), yes=yes)
    if code != SUCCESS:
        return code
    groups = search.groups(limit)
    places = [image.entry.location for group in groups for image in group.images]
    ids = file_ids(indexer.objects, places)
    groups = without_linked_images(groups, ids)
    print_similar(context, groups, full=full)
    _report_links(context, len(ids) - len(set(ids.values())))
    if search.outdated:
        images = counted(search.outdated, "image")
        context.notes.line(
            f"{images} read by an older imgmeta: run `imgmeta sync` to compare them."
        )
    if search.without_thumbnail:
        images = counted(search.without_thumbnail, "image")
        context.notes.line(f"{images} without a thumbnail that can be compared.")
    if not groups:
        _report_none(context, repository, query, unreadable, "No similar images.")
    return _finish(context, search, unreadable)


def _open_indexer(context: CommandContext, repository: ImageRepository) -> Indexer:
    from imgmeta.bootstrap import open_indexer  # noqa: PLC0415 - slow to import, not needed if all hashes are known

    return open_indexer(context.index_settings, repository, objects=context.object_store)


def _compute(
    context: CommandContext,
    indexer: Indexer,
    search: DuplicateSearch | SimilarSearch,
    tasks: Sequence[HashTask],
    *,
    yes: bool,
) -> int:
    """Compute missing hashes, with a progress bar; return the exit code."""
    if not _approve_reads(context, tasks, yes=yes):
        return FAILED
    from imgmeta.bootstrap import concurrency_of  # noqa: PLC0415 - see `_open_indexer`

    concurrency = partial(concurrency_of, context.settings, context.store)
    results = compute_hashes(indexer, tasks, concurrency=concurrency)
    try:
        with (
            interruptible(context.stop) as stop_if_requested,
            _progress(context, tasks) as advance,
            closing(cast("Generator[HashResult]", results)),
        ):
            for result in results:
                search.add(result)
                advance()
                stop_if_requested()
    except StopRequested:
        context.stderr.line("Interrupted. Computed hashes are recorded; run the command again.")
        return INTERRUPTED
    return SUCCESS


def _progress(
    context: CommandContext, tasks: Sequence[HashTask]
) -> AbstractContextManager[Callable[[], None]]:
    if context.quiet or not is_terminal(sys.stderr, os.environ):
        return nullcontext(lambda: None)
    from imgmeta.entrypoints.cli.rendering.progress import progress_bar  # noqa: PLC0415 - keeps other runs fast

    return progress_bar(sys.stderr, lambda: tasks, delay=0)


def _approve_reads(context: CommandContext, tasks: Sequence[HashTask], *, yes: bool) -> bool:
    """Print how much is read if it is much; return whether to read it."""
    remote = sum(task.size for task in tasks if task.hint.location.bucket != LOCAL_BUCKET)
    total = sum(task.size for task in tasks)
    if total <= _MANY_BYTES:
        return True
    part = f", {file_size(remote)} of it from S3" if remote else ""
    return announce_reading(
        context,
        f"Reading {counted(len(tasks), 'image')}: up to {file_size(total)}{part}.",
        must_ask=remote > _MANY_BYTES and not yes,
        refusal=f"reading up to {file_size(remote)} from S3 may cost money: pass --yes to read it",
    )


def _report_links(context: CommandContext, links: int) -> None:
    """Print how many images were left out because they are links to the file of another one."""
    if links:
        files = "file" if links == 1 else "files"
        context.notes.line(f"{counted(links, 'link')} to the same {files} left out.")


def _report_none(
    context: CommandContext,
    repository: ImageRepository,
    query: Query,
    unreadable: UnreadableRecords,
    message: str,
) -> None:
    """Print that nothing was found, and why if no image matches the query at all."""
    if isinstance(context.store, SQLiteFile) and not unreadable.count:
        first = find(repository, replace(query, limit=1), on_unreadable=lambda _: None)
        if next(first, None) is None:
            explain_empty_result(context, repository, query)
            return
    context.notes.line(message)


def _finish(
    context: CommandContext,
    search: DuplicateSearch | SimilarSearch,
    unreadable: UnreadableRecords,
) -> int:
    """Print what could not be compared; return the exit code."""
    unreadable.report(context.stderr, "compared")
    if not search.failures:
        return SUCCESS
    location, reason = min(search.failures.items(), key=_by_location)
    number = counted(len(search.failures), "image")
    name = display_name(location, context.working_directory)
    context.stderr.line(f"{number} could not be compared, for example {name}: {reason}")
    return FAILED


def _by_location(failure: tuple[ObjectLocation, str]) -> ObjectLocation:
    return failure[0]
