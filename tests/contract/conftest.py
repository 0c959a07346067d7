"""Each port's adapters, each with the means to set a scene behind its back.

An adapter joins its port's contract with one function here and its name in the table behind it.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract.messaging_adapters import HINT_QUEUES, NOTIFIERS, HintQueueScene, NotifierScene
from contract.packaging_adapters import PACKAGERS, PackagerHarness
from imgmeta.adapters.filesystem import LocalObjectStore, key_of, path_of
from imgmeta.adapters.memory import InMemoryImageRepository, InMemoryObjectStore
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord
from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.ports import ImageRepository, ObjectStore
from support.aws.moto import HAS_AWS, answer_with, s3_in_memory

_COLUMNS = (
    "ImageId BucketName ObjectKey Status Revision Sequencer UploadTimestamp ExpiresAt "
    "FileSize ETag ReaderVersion Latitude Longitude Altitude"
)


@dataclass(frozen=True)
class RepositoryScene:
    """An empty repository, and what it cannot be asked to do itself.

    Attributes:
        repository: under test.
        plant: stores a record without `put`.
        plant_all: stores many, where that is faster at once; None where it is not.
        spoil: makes what is stored under an id no record; None where that cannot happen.
        refuse_now: makes the store unable to answer now; None where that cannot happen.
        refuse_forever: makes the store unable to answer ever again; None as above.
    """

    repository: ImageRepository
    plant: Callable[[ImageRecord], None]
    spoil: Callable[[str], None] | None = None
    refuse_now: Callable[[], None] | None = None
    refuse_forever: Callable[[], None] | None = None
    plant_all: Callable[[Iterable[ImageRecord]], None] | None = None


def _in_memory_repository(_: Path, __: ExitStack) -> RepositoryScene:
    repository = InMemoryImageRepository()
    stored = repository._records  # noqa: SLF001 - behind its back

    def plant(record: ImageRecord) -> None:
        stored[record.image_id] = record

    return RepositoryScene(repository, plant)


def _sqlite_repository(folder: Path, cleanup: ExitStack) -> RepositoryScene:
    repository = cleanup.enter_context(SQLiteImageRepository(folder / "index.db"))
    direct = sqlite3.connect(folder / "index.db", isolation_level=None)
    cleanup.callback(direct.close)
    direct.execute("PRAGMA synchronous = OFF")
    columns = _COLUMNS.split()
    insert = f"INSERT INTO Images VALUES (NULL, {'?, ' * len(columns)} ?)"  # noqa: S608 - no value in it

    def plant(record: ImageRecord) -> None:
        item = record.to_item()
        direct.execute(insert, [*(item.get(name) for name in columns), record.to_json()])

    def spoil(image_id: str) -> None:
        direct.execute("UPDATE Images SET Record = '{}' WHERE ImageId = ?", (image_id,))

    def refuse_now() -> None:
        connection = repository._connection()  # noqa: SLF001 - behind its back
        connection.set_progress_handler(lambda: 1, 1)  # every statement is interrupted

    return RepositoryScene(repository, plant, spoil, refuse_now, repository.close)


def _dynamodb_repository(_: Path, cleanup: ExitStack, url: str | None = None) -> RepositoryScene:
    from support.aws import dynamodb_tables  # noqa: PLC0415 - slow to import, and not always there

    client = cleanup.enter_context(dynamodb_tables.client_of(url))
    scene = dynamodb_tables.DynamoDBScene(client, cleanup)
    return RepositoryScene(
        scene.repository,
        scene.plant,
        scene.spoil,
        scene.refuse_now,
        scene.refuse_forever,
        scene.plant_all,
    )


_REPOSITORIES = {"memory": _in_memory_repository, "sqlite": _sqlite_repository}
if HAS_AWS:
    _REPOSITORIES["dynamodb"] = _dynamodb_repository
_EMULATORS = ("dynalite", "ministack") if HAS_AWS else ()


@pytest.fixture(
    params=[
        *_REPOSITORIES,
        *(pytest.param(name, marks=pytest.mark.emulator) for name in _EMULATORS),
    ]
)
def images(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RepositoryScene]:
    with ExitStack() as cleanup:
        if request.param in _REPOSITORIES:
            yield _REPOSITORIES[request.param](tmp_path, cleanup)
        else:
            server = request.getfixturevalue(request.param)
            yield _dynamodb_repository(tmp_path, cleanup, server.url)


@dataclass(frozen=True)
class ObjectScene:
    """An object store without objects, and what it cannot be asked to do itself.

    Attributes:
        store: under test.
        bucket: a bucket that is there.
        base: what all keys here must start with; ends in a slash.
        put: puts an object at a key below the base, over any that was there.
        delete: removes it.
        lock: makes an object's bytes impossible to have, and returns the reason for people.
        hide: makes a prefix that ends in a slash impossible to list; None where all or nothing is.
        blur: makes it impossible to list more of an object than its key; None as above.
        impossible_keys: some that can name no object.
        refuse_now: makes the store unable to answer now; None where that cannot happen.
        unknown_bucket: one that the store refuses for ever; None if it refuses none.
    """

    store: ObjectStore
    bucket: str
    base: str
    put: Callable[[str, bytes], None]
    delete: Callable[[str], None]
    lock: Callable[[str], str]
    hide: Callable[[str], None] | None = None
    blur: Callable[[str], None] | None = None
    impossible_keys: tuple[str, ...] = ()
    refuse_now: Callable[[], None] | None = None
    unknown_bucket: str | None = None

    def at(self, key: str) -> ObjectLocation:
        """Return the location of a key below the base."""
        return ObjectLocation(self.bucket, self.base + key)


_DENIED = "permission denied"


def _in_memory_objects(_: Path, __: pytest.MonkeyPatch, ___: ExitStack) -> ObjectScene:
    store = InMemoryObjectStore()
    now = datetime(2026, 11, 23, tzinfo=UTC)

    def put(key: str, content: bytes, error: str | None = None) -> None:
        store.put(ObjectLocation("holiday", f"base/{key}"), content, at=now, content_error=error)

    def lock(key: str) -> str:
        put(key, b"secret", _DENIED)
        return _DENIED

    return ObjectScene(
        store=store,
        bucket="holiday",
        base="base/",
        put=put,
        delete=lambda key: store.delete(ObjectLocation("holiday", f"base/{key}")),
        lock=lock,
        hide=lambda prefix: store.hide("holiday", f"base/{prefix}", _DENIED),
        blur=lambda key: store.blur(ObjectLocation("holiday", f"base/{key}"), _DENIED),
    )


def _local_objects(folder: Path, patch: pytest.MonkeyPatch, _: ExitStack) -> ObjectScene:
    base = key_of(folder.resolve()) + "/"

    def path(key: str) -> Path:
        return Path(os.fsdecode(path_of(base + key.rstrip("/"))))

    def put(key: str, content: bytes) -> None:
        path(key).parent.mkdir(parents=True, exist_ok=True)
        path(key).write_bytes(content)

    # The superuser may open everything: here, the operating system refuses in its own words.
    def refuse(call: str, code: int, below: Path) -> None:
        real = getattr(os, call)

        def refusing(path: bytes, *args: object) -> object:
            if (path + b"/").startswith(os.fsencode(below) + b"/"):
                raise OSError(code, os.strerror(code))
            return real(path, *args)

        patch.setattr(os, call, refusing)

    def lock(key: str) -> str:
        refuse("open", errno.EACCES, path(key))
        return _DENIED

    return ObjectScene(
        store=LocalObjectStore(),
        bucket=LOCAL_BUCKET,
        base=base,
        put=put,
        delete=lambda key: path(key).unlink(),
        lock=lock,
        hide=lambda prefix: refuse("scandir", errno.EACCES, path(prefix)),
        blur=lambda key: refuse("stat", errno.EACCES, path(key)),
        impossible_keys=("a//b", "a/./b", "a/../b", "a/", "a\0b", "a\ud800", "\uef80" * 300),
        refuse_now=lambda: refuse("open", errno.EIO, folder),
        unknown_bucket="holiday",
    )


def _s3_objects(_: Path, patch: pytest.MonkeyPatch, cleanup: ExitStack) -> ObjectScene:
    from imgmeta.adapters.s3 import S3ObjectStore  # noqa: PLC0415 - needs the extra aws

    client = cleanup.enter_context(s3_in_memory(patch))
    client.create_bucket(Bucket="holiday")

    def put(key: str, content: bytes) -> None:
        client.put_object(Bucket="holiday", Key=f"base/{key}", Body=content)

    def delete(key: str) -> None:
        client.delete_object(Bucket="holiday", Key=f"base/{key}")

    def lock(key: str) -> str:
        client.put_object(
            Bucket="holiday", Key=f"base/{key}", Body=b"secret", StorageClass="GLACIER"
        )
        return "archived (GLACIER): restore it, then reprocess it"

    return ObjectScene(
        store=S3ObjectStore(client),
        bucket="holiday",
        base="base/",
        put=put,
        delete=delete,
        lock=lock,
        impossible_keys=("a\ud800", "k" * 1_024),
        refuse_now=lambda: answer_with(client, "s3", "SlowDown", 503),
        unknown_bucket="holiday-of-others",
    )


_OBJECTS = {"memory": _in_memory_objects, "folder": _local_objects}
if HAS_AWS:
    _OBJECTS["s3"] = _s3_objects


@pytest.fixture(params=_OBJECTS)
def objects(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ObjectScene]:
    with ExitStack() as cleanup:
        yield _OBJECTS[request.param](tmp_path, monkeypatch, cleanup)


@pytest.fixture(params=NOTIFIERS)
def notices(request: pytest.FixtureRequest) -> Iterator[NotifierScene]:
    with ExitStack() as cleanup:
        yield NOTIFIERS[request.param](cleanup)


@pytest.fixture(params=HINT_QUEUES)
def hints(request: pytest.FixtureRequest) -> Iterator[HintQueueScene]:
    with ExitStack() as cleanup:
        yield HINT_QUEUES[request.param](cleanup)


@pytest.fixture(params=PACKAGERS)
def packagers(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PackagerHarness:
    return PACKAGERS[request.param](tmp_path, monkeypatch)
