"""A bucket that behaves as S3 does, small enough to be obviously right, and workers that can be
stopped between any two of their steps."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
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
    Unreadable,
)
from imgmeta.core.objects import Listing, Observation

_Port = TypeVar("_Port")

BUCKET = "photos"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Version:
    """One version of an object; its content is a number, the width of its image; 0 is no image."""

    number: int
    content: int
    version_id: str | None = None

    @property
    def etag(self) -> str:
        return f"etag-{self.number}"


@dataclass(frozen=True)
class Bytes:
    """The content of one version, pinned."""

    version: Version
    size: int = 8
    fetched: int = 8

    def read(self, offset: int, length: int) -> bytes:
        return self.version.content.to_bytes(8)[offset : offset + length]


class Current(Protocol):
    """What is there now, as a bucket itself has it."""

    @property
    def etag(self) -> str: ...

    @property
    def content(self) -> int: ...

    @property
    def version_id(self) -> str | None: ...


class Bucket(ObjectStore, Protocol):
    """A bucket that is changed by a test, and looked at through the port."""

    name: str
    versioned: bool

    def put(self, key: str, content: int) -> dict[str, Any]: ...

    def delete(self, key: str) -> dict[str, Any]: ...

    def delete_noncurrent(self, key: str) -> dict[str, Any] | None: ...

    def current(self, key: str) -> Current | None: ...


def event_of(change: int, name: str, bucket: str, key: str) -> dict[str, Any]:
    """Return the event that S3 would make of a bucket's change with that number."""
    # The lengths and cases differ, as they do between S3's transports.
    digits = f"{change + 0x8FF:x}"
    sequencer = [digits, digits.upper().zfill(18), digits.zfill(16)][change % 3]
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": {
            "bucket": {"name": bucket},
            "object": {"key": quote_plus(key), "size": 1, "sequencer": sequencer},
        },
    }


class WidthReader:
    """Reads the number that a version of the model bucket holds."""

    version = 1

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        width = int.from_bytes(content.read(0, 8))
        if not width:
            return Unreadable(reason="not an image")
        return ImageProperties(
            format="MODEL",
            mime_type="image/x-model",
            width=width,
            height=1,
            display_width=width,
            display_height=1,
        )


@dataclass
class ModelBucket:
    """A versioned or plain bucket: reads are strongly consistent, every change makes an event."""

    versioned: bool
    name: str = BUCKET
    stacks: dict[str, list[Version | None]] = field(default_factory=dict)
    changes: int = 0

    def put(self, key: str, content: int) -> dict[str, Any]:
        """Store a new current version; return the event that S3 makes of it."""
        event = self._event("ObjectCreated:Put", key)
        version_id = str(self.changes) if self.versioned else None
        self._push(key, Version(self.changes, content, version_id))
        return event

    def delete(self, key: str) -> dict[str, Any]:
        """Delete the object: a delete marker on top if versioned, gone for good if not."""
        name = "ObjectRemoved:DeleteMarkerCreated" if self.versioned else "ObjectRemoved:Delete"
        event = self._event(name, key)
        self._push(key, None)
        return event

    def delete_noncurrent(self, key: str) -> dict[str, Any] | None:
        """Delete the oldest version that is not the current one: the object itself stays."""
        stack = self.stacks.get(key, [])
        if len(stack) < 2:
            return None
        del stack[0]
        return self._event("ObjectRemoved:Delete", key)

    def current(self, key: str) -> Version | None:
        stack = self.stacks.get(key)
        return stack[-1] if stack else None

    def observe(self, location: ObjectLocation) -> Observation:
        version = self.current(location.key)
        if version is None:
            return AbsentObject(location)
        return PresentObject(
            location,
            size=8,
            last_modified=EPOCH,
            etag=version.etag,
            content=Bytes(version),
            version_id=version.version_id,
        )

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[Listing]:
        assert (bucket, after) == (self.name, None)
        for key in filter(wanted, sorted(self.stacks)):
            version = self.current(key)
            if version and key.startswith(prefix):
                yield ListedObject(key, 8, version.etag)

    def _push(self, key: str, version: Version | None) -> None:
        stack = self.stacks.setdefault(key, [])
        if not self.versioned:
            stack.clear()
        stack.append(version)

    def _event(self, name: str, key: str) -> dict[str, Any]:
        self.changes += 1
        return event_of(self.changes, name, self.name, key)


class _CrashedError(BaseException):
    """Ends a worker's thread as a crash ends a process: between two steps, without a word."""


class Worker:
    """One call of a use case in a thread of its own, which moves only when it is told to."""

    def __init__(self, call: Callable[["Worker"], Iterable[ItemOutcome]]) -> None:
        self.outcomes: list[ItemOutcome] = []
        self.done = False
        self.error: BaseException | None = None
        self._crashed = False
        self._go = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Go on to just before the next step."""
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

    def over(self, port: _Port) -> _Port:
        """Return the port, stopping before and after each call of one of its methods."""
        return cast("_Port", _Stepwise(port, self))

    def pause(self) -> None:
        self._stopped.release()
        self._go.acquire()
        if self._crashed:
            raise _CrashedError

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self._crashed:
                self.outcomes.extend(self._call(self))
        except _CrashedError:
            self.outcomes.clear()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits in step()
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
            return result

        return stepwise
