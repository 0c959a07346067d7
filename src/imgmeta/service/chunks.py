"""The sync of many images in chunks: each is read ahead, and written in one batch."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from imgmeta.core.hints import Hint
from imgmeta.core.objects import AbsentObject
from imgmeta.core.ordering import WriteResult
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.errors import AdapterError, ObjectChangedError
from imgmeta.ports import BatchObserver, IdFinder, LoadedImage
from imgmeta.service.object_errors import ObjectError
from imgmeta.service.write_planning import PlannedWrite, read_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from imgmeta.core.objects import ObjectLocation, Observation
    from imgmeta.core.records import ImageRecord
    from imgmeta.errors import InvalidRecordError
    from imgmeta.ports import BatchWriter, ImageLoader, ImageRepository, ObjectStore, PropertyReader
    from imgmeta.service.write_planning import WritePlanner

__all__ = ["CHUNK_SIZE", "ChunkedSync", "DirectLoader"]

CHUNK_SIZE = 64
"""Images that are written in one batch. More of them save little time, and an interruption by
force loses at most the chunks in progress."""

_MAX_WAITING = 1024
"""Known outcomes that wait for an image before them in the same chunk."""


class DirectLoader:
    """Loads images in this process.

    All objects of a call are observed before the first one is read: a processor runs the same code
    several times in a row faster than two pieces of code in turns, which evict each other from its
    caches. The first blocks of all these objects are in memory meanwhile.

    Args:
        objects: the objects.
        reader: reads the properties of an image.

    Attributes:
        ahead: 0, see `ImageLoader`.
    """

    ahead = 0

    def __init__(self, objects: ObjectStore, reader: PropertyReader) -> None:
        self._objects = objects
        self._reader = reader

    def load(self, locations: Sequence[ObjectLocation]) -> Iterator[LoadedImage | None]:
        """Return an iterator that loads the objects: see `ImageLoader.load`."""
        objects = self._objects
        observe = objects.observer() if isinstance(objects, BatchObserver) else objects.observe
        return map(self._read, [_observed(observe, location) for location in locations])

    def _read(self, observation: Observation | None) -> LoadedImage | None:
        if observation is None:
            return None
        if isinstance(observation, AbsentObject) or observation.content is None:
            return LoadedImage(observation, None)
        try:
            return LoadedImage(observation, self._reader.read(observation.content))
        except AdapterError:
            return None


def _observed(
    observe: Callable[[ObjectLocation], Observation], location: ObjectLocation
) -> Observation | None:
    try:
        return observe(location)
    except AdapterError:
        return None


class _Task(NamedTuple):
    """An image to process, and its record before it was observed."""

    hint: Hint
    stored: ImageRecord | InvalidRecordError | None


class _Chunk(NamedTuple):
    """Tasks and known outcomes in their order, and the results of loading the tasks' objects."""

    items: list[_Task | ItemOutcome]
    loaded: Iterator[LoadedImage | None]


class ChunkedSync:
    """Processes hints without a sequencer in chunks; the outcomes are those of `process`.

    An image whose chunk cannot process it, because it cannot be read, changes meanwhile, or another
    process writes its record, is processed alone.

    Args:
        repository: the records.
        writer: the same repository.
        planner: returns the planner of the writes; called only if there is something to write.
        process: processes one hint.
        loader: loads the objects.
    """

    def __init__(
        self,
        repository: ImageRepository,
        writer: BatchWriter,
        planner: Callable[[], WritePlanner],
        process: Callable[[Hint], ItemOutcome],
        loader: ImageLoader,
    ) -> None:
        self._repository = repository
        self._writer = writer
        self._planner = planner
        self._process = process
        self._loader = loader

    def run(self, items: Iterable[ItemOutcome | Hint]) -> Iterator[ItemOutcome]:
        """Yield the outcome of each of `items`, in their order; memory is bounded.

        Args:
            items: known outcomes, and hints to process. If they raise an error, the hints before
                it are processed first.

        Raises:
            AdapterError: the index cannot be read or written.
        """
        failures: list[Exception] = []
        chunks = deque[_Chunk]()
        waiting: list[ItemOutcome | Hint] = []
        hints = 0
        for each in _before_failure(items, failures):
            if isinstance(each, Hint):
                hints += 1
            elif not waiting and not chunks:
                yield each
                continue
            waiting.append(each)
            if hints == CHUNK_SIZE or len(waiting) == _MAX_WAITING:
                chunks.append(self._start(waiting))
                waiting, hints = [], 0
                while len(chunks) > self._loader.ahead:
                    yield from self._finish(chunks.popleft())
        chunks.append(self._start(waiting))
        while chunks:
            yield from self._finish(chunks.popleft())
        for failure in failures:
            raise failure

    def _start(self, items: list[ItemOutcome | Hint]) -> _Chunk:
        locations = [each.location for each in items if isinstance(each, Hint)]
        stored = iter(self._read_stored(locations))
        tasks = [_Task(each, next(stored)) if isinstance(each, Hint) else each for each in items]
        return _Chunk(tasks, self._loader.load(locations))

    def _read_stored(
        self, locations: list[ObjectLocation]
    ) -> list[ImageRecord | InvalidRecordError | None]:
        """Return the result of `read_stored` for each location."""
        repository = self._repository
        if not isinstance(repository, IdFinder):
            return [read_stored(repository, each) for each in locations]
        stored = repository.stored_ids([each.image_id for each in locations])
        return [
            read_stored(repository, each) if each.image_id in stored else None for each in locations
        ]

    def _finish(self, chunk: _Chunk) -> Iterator[ItemOutcome]:
        if not any(isinstance(each, _Task) for each in chunk.items):
            yield from (each for each in chunk.items if isinstance(each, ItemOutcome))
            return
        planner = self._planner()
        loaded = iter([*chunk.loaded])  # all before the first is planned: see `DirectLoader`
        planned = [
            _plan(planner, each, next(loaded)) if isinstance(each, _Task) else each
            for each in chunk.items
        ]
        writes = [each for each in planned if isinstance(each, PlannedWrite)]
        # Even a transaction without writes waits for those of other processes.
        results = self._writer.put_all([(w.record, w.condition) for w in writes]) if writes else ()
        is_stored = iter(result is WriteResult.STORED for result in results)
        for each in planned:
            if isinstance(each, ItemOutcome):
                yield each
            elif isinstance(each, PlannedWrite):
                location = each.outcome.location
                yield each.outcome if next(is_stored) else self._process(Hint(location))
            else:
                yield self._process(each)


def _plan(
    planner: WritePlanner, task: _Task, loaded: LoadedImage | None
) -> PlannedWrite | ItemOutcome | Hint:
    """Return the write or the outcome of a task; its hint if it must be processed alone."""
    if loaded is None:
        return task.hint
    try:
        return planner.plan(task.hint, task.stored, loaded)
    except (ObjectError, ObjectChangedError):
        return task.hint


def _before_failure(
    items: Iterable[ItemOutcome | Hint], failures: list[Exception]
) -> Iterator[ItemOutcome | Hint]:
    """Yield items until there is an error, which is added to `failures`."""
    try:
        yield from items
    except Exception as error:  # noqa: BLE001 - the caller raises it
        failures.append(error)
