"""A small model of an S3 bucket, and workers that can be stopped between any two steps."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import quote_plus

from imgmeta import (
    AbsentObject,
    ByteSource,
    ImageProperties,
    ItemOutcome,
    ListedObject,
    ObjectLocation,
    ObjectStore,
    PresentObject,
    TransientError,
    Unreadable,
)
from imgmeta.core.objects import Listing, Observation

_Port = TypeVar("_Port")

BUCKET = "photos"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


HEAD = 8
"""Size of an image's number. An image repeats it, so that a mixture of two images is detected."""


def body_of(content: int) -> bytes:
    """Return the bytes of the image with this number, of a size of its own; 0 is not an image."""
    return content.to_bytes(HEAD) * (2 + content) if content else b""


@dataclass(frozen=True)
class Version:
    """A version of an object. Its content is a number, the image's width; 0 is not an image."""

    number: int
    content: int
    version_id: str | None = None

    @property
    def size(self) -> int:
        return len(body_of(self.content))

    @property
    def etag(self) -> str:
        return f"etag-{self.number}"


@dataclass(frozen=True)
class Bytes:
    """The bytes of one version."""

    version: Version
    fetched: int = HEAD
    is_local: bool = False

    @property
    def size(self) -> int:
        return self.version.size

    def read(self, offset: int, length: int) -> bytes:
        return body_of(self.version.content)[offset : offset + length]


class Current(Protocol):
    """The current version of an object, as the bucket itself has it."""

    @property
    def etag(self) -> str: ...

    @property
    def content(self) -> int: ...

    @property
    def version_id(self) -> str | None: ...

    @property
    def size(self) -> int: ...


class Bucket(ObjectStore, Protocol):
    """A bucket that a test changes and the indexer observes through the port."""

    name: str
    versioned: bool

    def put(self, key: str, content: int) -> dict[str, Any]: ...

    def delete(self, key: str) -> dict[str, Any]: ...

    def delete_noncurrent(self, key: str) -> dict[str, Any] | None: ...

    def current(self, key: str) -> Current | None: ...

    def observe_version(self, key: str, version_id: str | None) -> Observation: ...


FIRST_SEQUENCER = 0x900
"""The sequencer of a bucket's first event."""


def foreign_event(bucket: str, key: str, sequencer: str, time: str | None) -> dict[str, Any]:
    """Return an event that no change of the bucket caused."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": time,
        "s3": {
            "bucket": {"name": bucket},
            "object": {"key": quote_plus(key), "size": 1, "sequencer": sequencer},
        },
    }


def event_of(  # noqa: PLR0913 - one argument per attribute of the event
    change: int, name: str, bucket: str, key: str, *, size: int, version_id: str | None
) -> dict[str, Any]:
    """Return the event that S3 sends for the change with this number.

    As on some servers, the event of a removal contains the size of the removed version.
    """
    # The lengths and cases differ, as in S3's transports.
    digits = f"{change - 1 + FIRST_SEQUENCER:x}"
    sequencer = [digits, digits.upper().zfill(18), digits.zfill(16)][change % 3]
    described = {"key": quote_plus(key), "size": size, "sequencer": sequencer}
    if version_id is not None:
        described["versionId"] = version_id
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": {"bucket": {"name": bucket}, "object": described},
    }


class WidthReader:
    """Reads the first number of a version as the width and the last as the height.

    In one version the two numbers are the same.
    """

    version = 1

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        width = int.from_bytes(content.read(0, HEAD))
        height = int.from_bytes(content.read(max(content.size - HEAD, 0), HEAD))
        if not width or not height:
            return Unreadable(reason="not an image")
        return ImageProperties(
            format="MODEL",
            mime_type="image/x-model",
            width=width,
            height=height,
            display_width=width,
            display_height=height,
        )


@dataclass
class ModelBucket:
    """A bucket with or without versions: reads are strongly consistent, changes return events."""

    versioned: bool
    name: str = BUCKET
    stacks: dict[str, list[Version | None]] = field(default_factory=dict)
    changes: int = 0

    def put(self, key: str, content: int) -> dict[str, Any]:
        """Store a new current version; return its event."""
        self.changes += 1
        version = Version(self.changes, content, str(self.changes) if self.versioned else None)
        self._push(key, version)
        return self._event("ObjectCreated:Put", key, version.size, version.version_id)

    def delete(self, key: str) -> dict[str, Any]:
        """Delete the object, with a delete marker if versioned; return the event."""
        self.changes += 1
        deleted = self.current(key)
        self._push(key, None)
        name = "ObjectRemoved:DeleteMarkerCreated" if self.versioned else "ObjectRemoved:Delete"
        marker = str(self.changes) if self.versioned else None
        return self._event(name, key, deleted.size if deleted else 0, marker)

    def delete_noncurrent(self, key: str) -> dict[str, Any] | None:
        """Delete the oldest noncurrent version, if any; return the event."""
        stack = self.stacks.get(key, [])
        if len(stack) < 2:
            return None
        self.changes += 1
        deleted = stack.pop(0)
        size, version_id = (deleted.size, deleted.version_id) if deleted else (0, "marker")
        return self._event("ObjectRemoved:Delete", key, size, version_id)

    def current(self, key: str) -> Version | None:
        stack = self.stacks.get(key)
        return stack[-1] if stack else None

    def observe(self, location: ObjectLocation) -> Observation:
        return _observation(location, self.current(location.key))

    def observe_version(self, key: str, version_id: str | None) -> Observation:
        """Return the observation of one version, which an indexer must not use."""
        stack = self.stacks.get(key, [])
        versions = (each for each in stack if each and version_id in (None, each.version_id))
        return _observation(ObjectLocation(self.name, key), next(versions, None))

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,  # noqa: ARG002 - every file is an object
    ) -> Iterator[Listing]:
        assert bucket == self.name
        for key in filter(wanted, sorted(self.stacks)):
            version = self.current(key)
            if version and key.startswith(prefix) and (after is None or key > after):
                yield ListedObject(key, version.size, version.etag)

    def _push(self, key: str, version: Version | None) -> None:
        stack = self.stacks.setdefault(key, [])
        if not self.versioned:
            stack.clear()
        stack.append(version)

    def _event(self, name: str, key: str, size: int, version_id: str | None) -> dict[str, Any]:
        return event_of(self.changes, name, self.name, key, size=size, version_id=version_id)


def _observation(location: ObjectLocation, version: Version | None) -> Observation:
    if version is None:
        return AbsentObject(location)
    return PresentObject(
        location,
        size=version.size,
        last_modified=EPOCH,
        etag=version.etag,
        content=Bytes(version),
        version_id=version.version_id,
    )


class _CrashedError(BaseException):
    """Ends a worker's thread between two steps, as a crash ends a process."""


_running = threading.local()


class Worker:
    """One call of a use case in its own thread, which advances only in `step`.

    Attributes:
        outcomes: the outcomes so far.
        revisions: the revisions of the records that it tried to write.
        done: whether the call has ended.
        gave_up: whether it ended with a transient error.
        error: an unexpected exception that ended it.
    """

    def __init__(self, call: Callable[["Worker"], Iterable[ItemOutcome]]) -> None:
        self.outcomes: list[ItemOutcome] = []
        self.revisions: list[str] = []
        self.done = False
        self.gave_up = False
        self.error: BaseException | None = None
        self._crashed = False
        self._go = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def of_this_thread() -> "Worker | None":
        """Return the worker whose thread this is, if any."""
        worker: Worker | None = getattr(_running, "worker", None)
        return worker

    def step(self) -> None:
        """Advance to the next step."""
        self._go.release()
        self._stopped.acquire()
        if self.done:
            self._thread.join()
        if self.error:
            raise self.error

    def finish(self) -> None:
        while not self.done:
            self.step()

    def crash(self) -> None:
        self._crashed = True
        self.finish()

    def wrap(self, port: _Port) -> _Port:
        """Return the port with a stop before and after each call of a method."""
        return cast("_Port", _Stepwise(port, self))

    def pause(self) -> None:
        self._stopped.release()
        self._go.acquire()
        if self._crashed:
            raise _CrashedError

    def _run(self) -> None:
        _running.worker = self
        self._go.acquire()
        try:
            if not self._crashed:
                self.outcomes.extend(self._call(self))
        except _CrashedError:
            self.outcomes.clear()
        except TransientError:
            self.gave_up = True
        except BaseException as error:  # noqa: BLE001 - step() raises it in the test's thread
            self.error = error
        finally:
            self.done = True
            self._stopped.release()


class _Stepwise:
    def __init__(self, port: object, worker: Worker) -> None:
        self._port = port
        self._worker = worker

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._port, name)

        def stepwise(*args: object, **kwargs: object) -> object:
            self._worker.pause()
            result: object = method(*args, **kwargs)
            self._worker.pause()
            if isinstance(result, PresentObject) and result.content:
                return replace(result, content=_StepwiseBytes(result.content, self._worker))
            return result

        return stepwise


class _StepwiseBytes:
    """The bytes of an object, with a stop before and after each read but the first."""

    def __init__(self, content: ByteSource, worker: Worker) -> None:
        self._content = content
        self._worker = worker

    @property
    def size(self) -> int:
        return self._content.size

    @property
    def fetched(self) -> int:
        return self._content.fetched

    @property
    def is_local(self) -> bool:
        return self._content.is_local

    def read(self, offset: int, length: int) -> bytes:
        if not offset:  # the observation already fetched the first bytes
            return self._content.read(offset, length)
        self._worker.pause()
        block = self._content.read(offset, length)
        self._worker.pause()
        return block
