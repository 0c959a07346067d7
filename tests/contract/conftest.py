"""Fixtures for the contract tests: each adapter in a harness that controls its environment.

To test another adapter, add a function here that returns its harness, and its name to the table
after these functions.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract.packaging_adapters import PACKAGERS, PackagerHarness
from imgmeta.adapters.filesystem import LocalObjectStore, key_from_path, path_from_key
from imgmeta.adapters.memory import InMemoryImageRepository, InMemoryObjectStore
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.adapters.sqlite.columns import COLUMNS, NEW_VALUES, values_of
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord
from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.testing.contracts import ObjectStoreHarness, RepositoryHarness
from support.aws.moto import HAS_AWS, respond_with_error, s3_in_memory


def _in_memory_repository(_: Path, __: ExitStack) -> RepositoryHarness:
    return RepositoryHarness(InMemoryImageRepository())


def _sqlite_repository(folder: Path, cleanup: ExitStack) -> RepositoryHarness:
    repository = cleanup.enter_context(SQLiteImageRepository(folder / "index.db"))
    direct = sqlite3.connect(folder / "index.db", isolation_level=None)
    cleanup.callback(direct.close)
    direct.execute("PRAGMA synchronous = OFF")
    insert = f"INSERT INTO Records ({', '.join(COLUMNS)}) SELECT * FROM {NEW_VALUES}"  # noqa: S608 - contains no values

    def insert_directly(record: ImageRecord) -> None:
        direct.execute(insert, values_of(record))

    def corrupt(image_id: str) -> None:
        direct.execute("UPDATE Records SET Record = '{}' WHERE ImageId = ?", (image_id,))

    def fail_temporarily() -> None:
        # Every statement is interrupted.
        repository._connections.run(lambda each: each.set_progress_handler(lambda: 1, 1))  # noqa: SLF001 - direct access to the store

    return RepositoryHarness(
        repository,
        insert_directly,
        corrupt,
        fail_temporarily,
        repository.close,
        is_streaming=True,
    )


def _dynamodb_repository(_: Path, cleanup: ExitStack, url: str | None = None) -> RepositoryHarness:
    from support.aws import dynamodb_tables  # noqa: PLC0415 - slow to import and optional

    client = cleanup.enter_context(dynamodb_tables.client_for(url))
    table = dynamodb_tables.TableHarness(client, cleanup)
    return RepositoryHarness(
        table.repository,
        table.insert_directly,
        table.corrupt,
        table.fail_temporarily,
        table.fail_permanently,
        table.insert_all_directly,
        many=2 * dynamodb_tables.PAGE_SIZE + 20,
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
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RepositoryHarness]:
    with ExitStack() as cleanup:
        if request.param in _REPOSITORIES:
            yield _REPOSITORIES[request.param](tmp_path, cleanup)
        else:
            server = request.getfixturevalue(request.param)
            yield _dynamodb_repository(tmp_path, cleanup, server.url)


_DENIED = "permission denied"


def _ignore(_: object) -> None:
    """Ignore a result."""


def _in_memory_objects(_: Path, __: pytest.MonkeyPatch, ___: ExitStack) -> ObjectStoreHarness:
    store = InMemoryObjectStore()
    now = datetime(2026, 11, 23, tzinfo=UTC)

    def put(key: str, content: bytes, error: str | None = None) -> None:
        store.put(
            ObjectLocation("holiday", f"base/{key}"),
            content,
            last_modified=now,
            content_error=error,
        )

    def make_unreadable(key: str) -> str:
        put(key, b"secret", _DENIED)
        return _DENIED

    return ObjectStoreHarness(
        store=store,
        bucket="holiday",
        base="base/",
        put=put,
        delete=lambda key: store.delete(ObjectLocation("holiday", f"base/{key}")),
        make_unreadable=make_unreadable,
        make_unlistable=lambda prefix: store.fail_prefix("holiday", f"base/{prefix}", _DENIED),
        put_in_storage_class=lambda key, name: _ignore(
            store.put(
                ObjectLocation("holiday", f"base/{key}"),
                b"abc",
                last_modified=now,
                storage_class=name,
            )
        ),
        hide_details=lambda key: store.fail_object(
            ObjectLocation("holiday", f"base/{key}"), _DENIED
        ),
    )


def _local_objects(folder: Path, patch: pytest.MonkeyPatch, _: ExitStack) -> ObjectStoreHarness:
    base = key_from_path(folder.resolve()) + "/"

    def path(key: str) -> Path:
        return Path(os.fsdecode(path_from_key(base + key.rstrip("/"))))

    def put(key: str, content: bytes) -> None:
        path(key).parent.mkdir(parents=True, exist_ok=True)
        path(key).write_bytes(content)

    # File permissions do not apply to root, so the system calls themselves are patched.
    def deny(call: str, code: int, below: Path) -> None:
        real = getattr(os, call)

        def denied(path: bytes, *args: object) -> object:
            if (path + b"/").startswith(os.fsencode(below) + b"/"):
                raise OSError(code, os.strerror(code))
            return real(path, *args)

        patch.setattr(os, call, denied)

    def make_unreadable(key: str) -> str:
        deny("open", errno.EACCES, path(key))
        return _DENIED

    return ObjectStoreHarness(
        store=LocalObjectStore(),
        bucket=LOCAL_BUCKET,
        base=base,
        put=put,
        delete=lambda key: path(key).unlink(),
        make_unreadable=make_unreadable,
        make_unlistable=lambda prefix: deny("scandir", errno.EACCES, path(prefix)),
        hide_details=lambda key: deny("stat", errno.EACCES, path(key)),
        link=lambda key, other: os.link(path(key), path(other)),
        invalid_keys=("a//b", "a/./b", "a/../b", "a/", "a\0b", "a\ud800", "\uef80" * 300),
        fail_temporarily=lambda: deny("open", errno.EIO, folder),
        unknown_bucket="holiday",
    )


def _s3_objects(_: Path, patch: pytest.MonkeyPatch, cleanup: ExitStack) -> ObjectStoreHarness:
    from imgmeta.adapters.s3 import S3ObjectStore  # noqa: PLC0415 - needs the extra aws

    client = cleanup.enter_context(s3_in_memory(patch))
    client.create_bucket(Bucket="holiday")

    def put(key: str, content: bytes) -> None:
        client.put_object(Bucket="holiday", Key=f"base/{key}", Body=content)

    def put_in_storage_class(key: str, name: str | None) -> None:
        client.put_object(
            Bucket="holiday",
            Key=f"base/{key}",
            Body=b"abc",
            StorageClass=name or "STANDARD",  # type: ignore[arg-type]  # a plain text
        )

    def delete(key: str) -> None:
        client.delete_object(Bucket="holiday", Key=f"base/{key}")

    def make_unreadable(key: str) -> str:
        client.put_object(
            Bucket="holiday", Key=f"base/{key}", Body=b"secret", StorageClass="GLACIER"
        )
        return "archived (GLACIER): restore it, then reprocess it"

    return ObjectStoreHarness(
        store=S3ObjectStore(client),
        bucket="holiday",
        base="base/",
        put=put,
        delete=delete,
        make_unreadable=make_unreadable,
        put_in_storage_class=put_in_storage_class,
        invalid_keys=("a\ud800", "k" * 1_024),
        fail_temporarily=lambda: respond_with_error(client, "s3", "SlowDown", 503),
        unknown_bucket="unknown-bucket",
    )


_OBJECTS = {"memory": _in_memory_objects, "folder": _local_objects}
if HAS_AWS:
    _OBJECTS["s3"] = _s3_objects


@pytest.fixture(params=_OBJECTS)
def objects(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ObjectStoreHarness]:
    with ExitStack() as cleanup:
        yield _OBJECTS[request.param](tmp_path, monkeypatch, cleanup)


@pytest.fixture(params=PACKAGERS)
def packagers(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PackagerHarness:
    return PACKAGERS[request.param](tmp_path, monkeypatch)
