"""Opening an index: without write permission, and on file systems that lack what SQLite needs."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository, database
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import IfRevision
from imgmeta.errors import ConfigurationError, ImgmetaError, PermanentError, TransientError
from imgmeta.testing.strategies.record_examples import image_record
from support.sqlite.rows import insert_without_checksum

ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
LOCAL_DISK = "file system does not support SQLite's locks: put the index on a local disk"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of an index with one record, in a folder of its own."""
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "i.db"
    with SQLiteImageRepository(path) as repository:
        repository.put(image_record(), IfRevision(None))
    return path


@pytest.fixture
def deny_writing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that makes all files read-only for the following calls, even for root."""
    access = os.access

    def is_allowed(path: str, mode: int, *, effective_ids: bool) -> bool:
        return mode != os.W_OK and access(path, mode, effective_ids=effective_ids)

    def deny() -> None:
        monkeypatch.setattr(os, "access", is_allowed)
        monkeypatch.setattr(os, "supports_effective_ids", {is_allowed})

    return deny


def names(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


def journal_mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as direct:
        return str(direct.execute("PRAGMA journal_mode").fetchone()[0])


class TestWithoutWritePermission:
    def test_reader_creates_nothing_beside_the_index(
        self, path: Path, deny_writing: Callable[[], None]
    ) -> None:
        deny_writing()
        with SQLiteImageRepository(path, must_exist=True) as repository:
            assert list(repository.scan()) == [image_record()]
            assert names(path) == {"i.db"}
        assert names(path) == {"i.db"}

    def test_reader_sees_what_is_only_in_the_log_of_a_writer(
        self, path: Path, deny_writing: Callable[[], None]
    ) -> None:
        with SQLiteImageRepository(path) as writer:
            writer.put(image_record("new"), IfRevision(None))
            before = names(path)
            deny_writing()
            with SQLiteImageRepository(path, must_exist=True) as reader:
                assert reader.count("holiday") == 2
                writer.put(image_record("newer"), IfRevision(None))
                assert reader.count("holiday") == 3
            assert names(path) == before == {"i.db", "i.db-wal", "i.db-shm"}

    def test_log_of_an_interrupted_writer_is_left_to_the_owner(
        self, path: Path, deny_writing: Callable[[], None]
    ) -> None:
        with SQLiteImageRepository(path) as writer:
            writer.put(image_record("new"), IfRevision(None))
            copy = path.parent.parent / "copy" / "i.db"
            copy.parent.mkdir()
            shutil.copy(path, copy)
            shutil.copy(f"{path}-wal", f"{copy}-wal")
        deny_writing()
        with pytest.raises(ConfigurationError, match="interrupted: its owner must open it first"):
            SQLiteImageRepository(copy, must_exist=True)
        assert names(copy) == {"i.db", "i.db-wal"}

    def test_index_without_a_log_is_read(
        self, path: Path, deny_writing: Callable[[], None]
    ) -> None:
        with closing(sqlite3.connect(path)) as direct:
            direct.execute("PRAGMA journal_mode = DELETE")
        deny_writing()
        with SQLiteImageRepository(path, must_exist=True) as repository:
            assert list(repository.scan()) == [image_record()]
        assert names(path) == {"i.db"}

    def test_writer_is_refused_when_the_index_is_opened(
        self, path: Path, deny_writing: Callable[[], None]
    ) -> None:
        deny_writing()
        with pytest.raises(ConfigurationError, match=r"cannot write to .*: check the permissions"):
            SQLiteImageRepository(path)
        assert names(path) == {"i.db"}

    def test_log_that_another_process_deletes_meanwhile_does_not_matter(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        access, log = os.access, path.with_name("i.db-wal")

        def delete_first(name: str, mode: int, *, effective_ids: bool) -> bool:
            if name == str(log):
                log.unlink()
            return access(name, mode, effective_ids=effective_ids)

        log.touch()
        monkeypatch.setattr(os, "access", delete_first)
        monkeypatch.setattr(os, "supports_effective_ids", {delete_first})
        with SQLiteImageRepository(path) as repository:
            assert list(repository.scan()) == [image_record()]

    def test_write_by_a_reader_is_refused(
        self, path: Path, deny_writing: Callable[[], None]
    ) -> None:
        deny_writing()
        with (
            SQLiteImageRepository(path, must_exist=True) as repository,
            pytest.raises(PermanentError, match=r"cannot write to .* permissions"),
        ):
            repository.put(image_record("new"), IfRevision(None))

    @pytest.mark.parametrize("version", range(1, len(database.MIGRATIONS) + 1))
    def test_every_schema_version_is_read_and_kept(
        self,
        tmp_path: Path,
        deny_writing: Callable[[], None],
        monkeypatch: pytest.MonkeyPatch,
        version: int,
    ) -> None:
        path = tmp_path / "old" / "i.db"
        path.parent.mkdir()
        with monkeypatch.context() as patch:
            patch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:version])
            SQLiteImageRepository(path).close()
        insert_without_checksum(path, image_record(upload_timestamp=1))
        before = path.read_bytes()
        deny_writing()
        with SQLiteImageRepository(path, must_exist=True) as repository:
            record = image_record(upload_timestamp=1)
            assert repository.get(record.image_id) == record
            assert list(repository.list_prefix("holiday")) == [record]
            assert list(repository.uploaded_between(*ALWAYS)) == [record]
            assert list(repository.scan()) == [record]
            assert list(repository.entries("holiday")) == [IndexEntry.of(record)]
        assert path.read_bytes() == before
        assert names(path) == {"i.db"}

    def test_change_during_reading_is_not_damage(
        self, path: Path, deny_writing: Callable[[], None]
    ) -> None:
        with SQLiteImageRepository(path) as writer:
            for number in range(300):
                writer.put(image_record(f"{number}"), IfRevision(None))
        deny_writing()
        with SQLiteImageRepository(path, must_exist=True) as reader:
            content = path.read_bytes()
            path.write_bytes(content[:4096] + b"\xaa" * (len(content) - 4096))
            with pytest.raises(TransientError, match="changed while it was read: try again"):
                list(reader.scan())


class _Connection(sqlite3.Connection):
    """A connection on a file system that lacks something."""

    path: Path
    fault: Callable[["_Connection", str], None]
    exclusive = False

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3
        self.exclusive |= "EXCLUSIVE" in sql
        type(self).fault(self, sql)
        return super().execute(sql, *parameters)


Faults = Callable[[Path, Callable[[_Connection, str], None]], None]


@pytest.fixture
def inject(monkeypatch: pytest.MonkeyPatch) -> Faults:
    connect = sqlite3.connect

    def install(path: Path, fault: Callable[[_Connection, str], None]) -> None:
        factory = type("_Faulty", (_Connection,), {"path": path, "fault": staticmethod(fault)})

        def faulty(database: str, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - as sqlite3
            return connect(database, **options, factory=factory)

        monkeypatch.setattr("imgmeta.adapters.sqlite.files.sqlite3.connect", faulty)

    return install


def failure(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


def no_shared_memory(connection: _Connection, sql: str) -> None:
    uses_log = connection.path.exists() and connection.path.read_bytes()[18:20] == b"\2\2"
    if uses_log and not connection.exclusive and "journal_mode" not in sql:
        raise failure(sqlite3.SQLITE_IOERR_SHMMAP)


class TestFileSystems:
    def test_new_index_without_shared_memory_has_a_rollback_journal(
        self, tmp_path: Path, inject: Faults
    ) -> None:
        path = tmp_path / "i.db"
        inject(path, no_shared_memory)
        with SQLiteImageRepository(path) as repository:
            repository.put(image_record(), IfRevision(None))
        with SQLiteImageRepository(path) as repository:
            assert list(repository.scan()) == [image_record()]
        assert names(path) == {"i.db"}
        assert journal_mode(path) == "delete"

    def test_existing_index_is_moved_to_a_file_system_without_shared_memory(
        self, path: Path, inject: Faults
    ) -> None:
        assert journal_mode(path) == "wal"
        inject(path, no_shared_memory)
        with SQLiteImageRepository(path, must_exist=True) as repository:
            assert list(repository.scan()) == [image_record()]
        assert journal_mode(path) == "delete"

    def test_journal_mode_that_sqlite_answers_is_accepted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class NoLog(sqlite3.Connection):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3
                return super().execute(sql.replace("= WAL", "= DELETE"), *parameters)

        connect = sqlite3.connect
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", lambda *a, **o: connect(*a, **o, factory=NoLog))
            with SQLiteImageRepository(tmp_path / "i.db") as repository:
                repository.put(image_record(), IfRevision(None))
        assert journal_mode(tmp_path / "i.db") == "delete"

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            (sqlite3.SQLITE_IOERR_LOCK, ConfigurationError),
            (sqlite3.SQLITE_IOERR_SHMOPEN, ConfigurationError),
            (sqlite3.SQLITE_PROTOCOL, ConfigurationError),
            (sqlite3.SQLITE_BUSY, ConfigurationError),
            (sqlite3.SQLITE_FULL, TransientError),
            (sqlite3.SQLITE_IOERR_WRITE, PermanentError),
        ],
    )
    def test_failed_creation_leaves_nothing(
        self, tmp_path: Path, inject: Faults, code: int, expected: type[ImgmetaError]
    ) -> None:
        def fail(_connection: _Connection, sql: str) -> None:
            if "CREATE" in sql or "journal_mode" in sql:
                raise failure(code)

        inject(tmp_path / "i.db", fail)
        with pytest.raises(expected) as raised:
            SQLiteImageRepository(tmp_path / "i.db", patience=timedelta(0))
        if expected is ConfigurationError:
            assert str(raised.value).endswith(LOCAL_DISK)
        assert list(tmp_path.iterdir()) == []

    def test_existing_index_is_kept_if_the_journal_cannot_be_replaced(
        self, path: Path, inject: Faults
    ) -> None:
        def fail(connection: _Connection, sql: str) -> None:
            if "journal_mode" in sql:
                connection.close()
                raise failure(sqlite3.SQLITE_IOERR_LOCK)
            no_shared_memory(connection, sql)

        before = path.read_bytes()
        inject(path, fail)
        with pytest.raises(ConfigurationError, match="put the index on a local disk"):
            SQLiteImageRepository(path)
        assert path.read_bytes() == before

    def test_refused_rollback_journal_is_reported(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Refusing(_Connection):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3
                return super().execute(sql.replace("= DELETE", "= WAL"), *parameters)

        Refusing.path, Refusing.fault = path, staticmethod(no_shared_memory)
        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda *a, **o: connect(*a, **o, factory=Refusing))
        with pytest.raises(ConfigurationError, match="put the index on a local disk"):
            SQLiteImageRepository(path)

    def test_error_of_a_later_lock_names_the_remedy(self) -> None:
        error = database.database_error(failure(sqlite3.SQLITE_IOERR_WRITE), "i.db")
        assert isinstance(error, PermanentError)
        assert "check the disk, and the limits" in str(error)
        error = database.database_error(failure(sqlite3.SQLITE_IOERR_RDLOCK), "i.db")
        assert str(error) == f"cannot use i.db: its {LOCAL_DISK}"

    def test_folder_in_which_nothing_can_be_created_is_reported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def denied(*_: object) -> int:
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr(os, "open", denied)
        with pytest.raises(ConfigurationError, match=r"cannot create .*: read-only file system"):
            SQLiteImageRepository(tmp_path / "i.db")


class TestPermissions:
    def test_new_index_is_private_to_its_owner(self, tmp_path: Path) -> None:
        previous = os.umask(0)
        try:
            with SQLiteImageRepository(tmp_path / "i.db") as repository:
                repository.put(image_record(), IfRevision(None))
                files = list(tmp_path.iterdir())
                modes = {stat.S_IMODE(each.stat().st_mode) for each in files}
        finally:
            os.umask(previous)
        assert len(files) == 3
        assert modes == {0o600}

    def test_target_of_a_new_link_is_private_to_its_owner(self, tmp_path: Path) -> None:
        (tmp_path / "link.db").symlink_to("target.db")
        SQLiteImageRepository(tmp_path / "link.db").close()
        assert stat.S_IMODE((tmp_path / "target.db").stat().st_mode) == 0o600

    def test_permissions_of_an_existing_index_are_kept(self, path: Path) -> None:
        path.chmod(0o640)
        with SQLiteImageRepository(path) as repository:
            repository.put(image_record("new"), IfRevision(None))
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_index_that_another_process_created_meanwhile_is_used(
        self, tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def create_first(target: str, *_: object) -> int:
            shutil.copy(path, target)
            raise FileExistsError

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", create_first)
            repository = SQLiteImageRepository(tmp_path / "new.db")
        with repository:
            assert list(repository.scan()) == [image_record()]
