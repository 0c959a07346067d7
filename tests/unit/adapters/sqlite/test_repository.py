"""Tests of the SQLite repository beyond the contract tests."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository, database
from imgmeta.core.drift import IndexEntry
from imgmeta.core.identity import image_id
from imgmeta.core.ordering import IfRevision, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import (
    ConfigurationError,
    InvalidRecordError,
    PermanentError,
    TransientError,
)
from imgmeta.testing.strategies.record_examples import SEEN_AT, image_record
from support.sqlite.rows import insert_without_checksum

NO_PATIENCE = timedelta(0)


def run(path: Path, script: str, *arguments: str) -> subprocess.Popen[str]:
    """Run a script in another process, with `repository`, `record(key, **changes)`, `arguments`."""
    preamble = """
import sys
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfNewer, IfRevision
from imgmeta.testing.strategies.record_examples import image_record as record
repository, arguments = SQLiteImageRepository(sys.argv[1]), sys.argv[2:]
"""
    return subprocess.Popen(
        [sys.executable, "-c", preamble + script, str(path), *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


def connection_of(repository: SQLiteImageRepository) -> sqlite3.Connection:
    """Return the connection of this thread, for direct access to the store."""
    return repository._connections.run(lambda connection: connection)  # noqa: SLF001 - as above


def tombstone(key: str, at: datetime, life: timedelta) -> ImageRecord:
    expires = int((at + life).timestamp())
    return image_record(key, status=Status.DELETED, processed_at=at, expires_at=expires, etag=None)


class TestPath:
    def test_new_file_is_an_empty_index(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "new.db") as repository:
            assert list(repository.scan()) == []
        assert (tmp_path / "new.db").exists()

    def test_records_survive_reopening(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            repository.put(image_record(), IfRevision(None))
        with SQLiteImageRepository(tmp_path / "i.db", must_exist=True) as repository:
            assert list(repository.scan()) == [image_record()]

    @pytest.mark.parametrize("name", ["a?b#c%41.db", ":memory:", "file:x?mode=memory", "\udcff.db"])
    def test_any_file_name_is_used_literally(self, tmp_path: Path, name: str) -> None:
        with SQLiteImageRepository(tmp_path / name) as repository:
            repository.put(image_record(), IfRevision(None))
            assert name in os.listdir(tmp_path)  # noqa: PTH208 - names only

    def test_relative_path_does_not_follow_working_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with SQLiteImageRepository("i.db") as repository:
            monkeypatch.chdir("/")
            thread = Thread(target=lambda: repository.put(image_record(), IfRevision(None)))
            thread.start()
            thread.join()
            assert list(repository.scan()) == [image_record()]

    def test_missing_index_is_not_created_by_a_reader(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"there is no index at .*: sync first"):
            SQLiteImageRepository(tmp_path / "none.db", must_exist=True)
        assert list(tmp_path.iterdir()) == []

    def test_empty_file_is_not_an_index_for_a_reader(self, tmp_path: Path) -> None:
        (tmp_path / "empty.db").touch()
        with pytest.raises(ConfigurationError, match="there is no index at"):
            SQLiteImageRepository(tmp_path / "empty.db", must_exist=True)

    def test_missing_folder_is_reported(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"there is no folder .*gone: create it"):
            SQLiteImageRepository(tmp_path / "gone" / "i.db")

    def test_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="is a folder"):
            SQLiteImageRepository(tmp_path)

    def test_fifo_is_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        with pytest.raises(ConfigurationError, match="is not a regular file"):
            SQLiteImageRepository(tmp_path / "fifo")

    def test_too_long_file_name_is_reported(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"cannot open .*too long"):
            SQLiteImageRepository(tmp_path / ("n" * 300))

    def test_file_that_cannot_be_opened_is_reported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def connect(*_: object, **__: object) -> sqlite3.Connection:
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error

        monkeypatch.setattr(sqlite3, "connect", connect)
        with pytest.raises(ConfigurationError, match="check the permissions of the file"):
            SQLiteImageRepository(tmp_path / "i.db")

    def test_hostile_path_is_escaped_in_message(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError) as caught:
            SQLiteImageRepository(tmp_path / "\x1b[31m\n.db", must_exist=True)
        assert str(caught.value).isprintable()


class TestForeignAndDamagedFiles:
    @pytest.mark.parametrize("content", [b"hello", b"\xff\xd8\xff" * 1000, b"SQLite" * 500])
    def test_file_that_is_not_a_database_is_refused_and_unchanged(
        self, tmp_path: Path, content: bytes
    ) -> None:
        path = tmp_path / "photo.jpg"
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match="is not an imgmeta index"):
            SQLiteImageRepository(path)
        assert path.read_bytes() == content

    @pytest.mark.parametrize(
        "script",
        [
            "CREATE TABLE Images (x)",
            "PRAGMA application_id = 7; CREATE TABLE t (x)",
            "PRAGMA user_version = 1",
            "PRAGMA application_id = 7",
        ],
    )
    def test_database_of_another_application_is_refused_and_unchanged(
        self, tmp_path: Path, script: str
    ) -> None:
        path = tmp_path / "other.db"
        with closing(sqlite3.connect(path)) as other:
            other.executescript(script + "; VACUUM")
        before = path.read_bytes()
        with pytest.raises(ConfigurationError, match="a database of another application"):
            SQLiteImageRepository(path)
        assert path.read_bytes() == before

    def test_newer_schema_is_refused(self, tmp_path: Path) -> None:
        SQLiteImageRepository(tmp_path / "i.db").close()
        with closing(sqlite3.connect(tmp_path / "i.db")) as newer:
            newer.execute("PRAGMA user_version = 99")
        with pytest.raises(ConfigurationError, match=r"newer imgmeta .*99.*upgrade imgmeta"):
            SQLiteImageRepository(tmp_path / "i.db")

    def test_damaged_index_error_contains_remedy(self, tmp_path: Path) -> None:
        path = tmp_path / "i.db"
        with SQLiteImageRepository(path) as repository:
            for each in range(200):
                repository.put(image_record(str(each)), IfRevision(None))
        with closing(sqlite3.connect(path)) as direct:
            roots = direct.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")
            pages = [page for (page,) in roots]
        data = bytearray(path.read_bytes())
        for page in pages:
            data[4096 * (page - 1) : 4096 * page] = b"\xaa" * 4096
        path.write_bytes(data)
        with (
            SQLiteImageRepository(path) as repository,
            pytest.raises(PermanentError, match="damaged: delete the file and sync again"),
        ):
            list(repository.scan())

    def test_unreadable_record_error_names_record_index_and_remedy(self, tmp_path: Path) -> None:
        path = tmp_path / "i.db"
        with SQLiteImageRepository(path) as repository:
            repository.put(image_record(), IfRevision(None))
            with closing(sqlite3.connect(path)) as direct, direct:
                direct.execute("UPDATE Records SET Record = '{}'")
            with pytest.raises(
                InvalidRecordError,
                match=r"the record of 2026/beach\.jpg in .*i\.db is unreadable \(.*\): sync again",
            ):
                list(repository.scan())

    @pytest.mark.parametrize(
        ("damage", "key"),
        [
            ("ObjectKey = CAST(x'62ff' AS TEXT)", "a"),
            ("ETag = CAST(x'ff' AS TEXT)", "a"),
            ("Record = '{}'", "a"),
            ("ObjectKey = CAST(x'62ff' AS TEXT), Record = '{}'", "b\udcff"),
        ],
    )
    def test_damaged_columns_make_a_record_unreadable(
        self, tmp_path: Path, damage: str, key: str
    ) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            for each in "ac":
                repository.put(image_record(each), IfRevision(None))
            with closing(sqlite3.connect(tmp_path / "i.db")) as direct, direct:
                direct.execute(f"UPDATE Records SET {damage} WHERE ObjectKey = 'a'")  # noqa: S608 - constants above
            errors = list[InvalidRecordError]()
            listed = repository.list_prefix("holiday", on_unreadable=errors.append)
            assert list(listed) == [image_record("c")]
            assert len(errors) == 1
            assert str(errors[0]).isprintable()
            entries = {entry.object_key: entry for entry in repository.entries("holiday")}
            assert entries.keys() == {key, "c"}
            assert entries[key].unreadable
            assert entries["c"] == IndexEntry.of(image_record("c"))

    def test_record_that_a_damaged_index_hides_is_reported(self, tmp_path: Path) -> None:
        record = image_record()
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            repository.put(record, IfRevision(None))
        with closing(sqlite3.connect(tmp_path / "i.db")) as direct, direct:
            direct.execute("PRAGMA writable_schema = ON")
            # Exchange the index for that of expired tombstones, which is empty.
            names = "('BucketKeyIndex', 'ExpiresAtIndex')"
            total = f"SELECT sum(rootpage) FROM sqlite_master WHERE name IN {names}"  # noqa: S608 - constants
            direct.execute(
                f"UPDATE sqlite_master SET rootpage = ({total}) - rootpage WHERE name IN {names}"  # noqa: S608 - as above
            )
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            assert list(repository.entries("holiday")) == []
            with pytest.raises(PermanentError, match=r"i\.db is damaged: delete the file"):
                repository.get(record.image_id)

    def test_index_that_is_not_in_order_is_reported(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            starts: list[tuple[int | bytes, ...]] = [(0,), (-1,), (b"x",)]
            for following in starts:
                with pytest.raises(PermanentError, match="damaged"):
                    repository._advance(starts[0], following)  # noqa: SLF001 - simpler than damage

    def test_read_only_folder_is_reported(self) -> None:
        error = sqlite3.OperationalError("attempt to write a readonly database")
        error.sqlite_errorcode = sqlite3.SQLITE_READONLY_DIRECTORY
        translated = database.database_error(error, "i.db", opening=True)
        assert isinstance(translated, ConfigurationError)
        assert "permissions of the file and its folder" in str(translated)


class TestMigrations:
    def test_new_index_has_current_schema_and_application_id(self, tmp_path: Path) -> None:
        SQLiteImageRepository(tmp_path / "i.db").close()
        with closing(sqlite3.connect(tmp_path / "i.db")) as direct:
            version = direct.execute("PRAGMA user_version").fetchone()
            assert version == (len(database.MIGRATIONS),)
            application_id = direct.execute("PRAGMA application_id").fetchone()
            assert application_id == (int.from_bytes(b"IMGM"),)
            assert direct.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    @pytest.mark.parametrize("version", range(1, len(database.MIGRATIONS) + 1))
    def test_migration_of_every_schema_version_keeps_records(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
    ) -> None:
        current = database.MIGRATIONS
        monkeypatch.setattr(database, "MIGRATIONS", current[:version])
        SQLiteImageRepository(tmp_path / "i.db").close()
        insert_without_checksum(tmp_path / "i.db", image_record())
        later = (*current, ("CREATE TABLE One (x)",), ("CREATE TABLE Two (x)", "DROP TABLE One"))
        monkeypatch.setattr(database, "MIGRATIONS", later)
        with SQLiteImageRepository(tmp_path / "i.db", must_exist=True) as repository:
            assert list(repository.list_prefix("holiday")) == [image_record()]
            assert list(repository.entries("holiday")) == [IndexEntry.of(image_record())]
        with closing(sqlite3.connect(tmp_path / "i.db")) as direct:
            assert direct.execute("PRAGMA user_version").fetchone() == (len(later),)
            assert direct.execute("SELECT * FROM Two").fetchall() == []

    def test_failed_migration_is_rolled_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            repository.put(image_record(), IfRevision(None))
        current = database.MIGRATIONS
        broken = (*current, ("CREATE TABLE One (x)", "no SQL"))
        monkeypatch.setattr(database, "MIGRATIONS", broken)
        with pytest.raises(PermanentError):
            SQLiteImageRepository(tmp_path / "i.db")
        monkeypatch.setattr(database, "MIGRATIONS", current)
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            assert list(repository.scan()) == [image_record()]

    def test_migration_by_another_process_is_not_repeated(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            repository.put(image_record(), IfRevision(None))
        versions = [0]  # the version before the migration of the other process
        real = database._version  # noqa: SLF001 - to simulate the other process

        def version(connection: sqlite3.Connection, name: str) -> int:
            return versions.pop() if versions else real(connection, name)

        monkeypatch.setattr(database, "_version", version)
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            assert list(repository.scan()) == [image_record()]

    def test_concurrent_opening_creates_one_index(self, tmp_path: Path) -> None:
        barrier, failures = Barrier(8), list[Exception]()

        def open_and_write(number: int) -> None:
            barrier.wait()
            try:
                with SQLiteImageRepository(tmp_path / "i.db") as repository:
                    repository.put(image_record(str(number)), IfRevision(None))
            except Exception as error:  # noqa: BLE001 - the main thread reports it
                failures.append(error)

        threads = [Thread(target=open_and_write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            assert repository.count("holiday") == 8

    def test_switch_to_write_ahead_log_waits_for_other_connections(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(database, "_WAL_ATTEMPTS", 3)
        pauses: list[float] = []
        with closing(sqlite3.connect(tmp_path / "i.db", timeout=0, isolation_level=None)) as other:
            other.execute("CREATE TABLE t (x)")
            other.execute("BEGIN IMMEDIATE")
            monkeypatch.setattr(time, "sleep", pauses.append)
            with (
                closing(sqlite3.connect(tmp_path / "i.db", timeout=0)) as mine,
                pytest.raises(sqlite3.OperationalError, match="locked"),
            ):
                database.enable_wal(mine)
            assert len(pauses) == 2
            monkeypatch.setattr(time, "sleep", lambda _: other.execute("ROLLBACK"))
            with closing(sqlite3.connect(tmp_path / "i.db", timeout=0)) as mine:
                database.enable_wal(mine)
                assert mine.execute("PRAGMA journal_mode").fetchone() == ("wal",)


class TestErrors:
    def test_locked_index_raises_transient_error_for_writers_only(self, tmp_path: Path) -> None:
        path = tmp_path / "i.db"
        with (
            SQLiteImageRepository(path, patience=NO_PATIENCE) as repository,
            closing(sqlite3.connect(path, isolation_level=None)) as other,
        ):
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(TransientError, match="locked"):
                repository.put(image_record(), IfRevision(None))
            assert repository.get(image_record().image_id) is None
            other.execute("ROLLBACK")
            assert repository.put(image_record(), IfRevision(None)) is WriteResult.STORED

    def test_full_disk_raises_transient_error(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            connection = connection_of(repository)
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
            long = image_record("k" * 16_000)
            with pytest.raises(TransientError, match="full"):
                repository.put(long, IfRevision(None))
            assert repository.get(long.image_id) is None

    def test_read_only_index_raises_permanent_error(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            connection_of(repository).execute("PRAGMA query_only = ON")
            with pytest.raises(PermanentError, match=r"cannot write to .* permissions"):
                repository.put(image_record(), IfRevision(None))

    def test_deleted_or_replaced_index_is_detected(self, tmp_path: Path) -> None:
        path = tmp_path / "i.db"
        with SQLiteImageRepository(path) as repository:
            repository.put(image_record("a"), IfRevision(None))
            path.unlink()
            with pytest.raises(PermanentError, match="deleted or replaced"):
                repository.put(image_record("b"), IfRevision(None))
            path.touch()
            with pytest.raises(PermanentError, match="deleted or replaced"):
                repository.put(image_record("c"), IfRevision(None))

    def test_closed_repository_raises_error_in_all_threads(self, tmp_path: Path) -> None:
        repository = SQLiteImageRepository(tmp_path / "i.db")
        repository.close()
        repository.close()
        with pytest.raises(PermanentError, match="closed"):
            repository.count("holiday")
        caught: list[str] = []

        def count() -> None:
            try:
                repository.count("holiday")
            except PermanentError as error:
                caught.append(str(error))

        thread = Thread(target=count)
        thread.start()
        thread.join()
        assert "was closed" in caught[0]


class TestTombstones:
    DAY = timedelta(days=1)

    def test_storing_a_tombstone_deletes_expired_ones(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            kept = [
                tombstone("later", SEEN_AT, 3 * self.DAY),
                image_record("alive", expires_at=1),
                image_record("undying", status=Status.DELETED),
            ]
            expired = [tombstone("old", SEEN_AT, self.DAY), tombstone("now", SEEN_AT, 2 * self.DAY)]
            for record in (*kept, *expired):
                repository.put(record, IfRevision(None))
            new = tombstone("new", SEEN_AT + 2 * self.DAY, self.DAY)
            repository.put(new, IfRevision(None))
            found = {record.object_key for record in repository.scan(include_deleted=True)}
            assert found == {"later", "alive", "undying", "new"}

    def test_expired_tombstone_is_stored(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            record = tombstone("a", SEEN_AT, -self.DAY)
            assert repository.put(record, IfRevision(None)) is WriteResult.STORED
            assert repository.get(record.image_id) == record

    def test_refused_write_or_live_record_deletes_no_tombstone(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            repository.put(tombstone("old", SEEN_AT, -self.DAY), IfRevision(None))
            repository.put(image_record("alive"), IfRevision(None))
            repository.put(tombstone("new", SEEN_AT, self.DAY), IfRevision("other"))
            assert repository.get(image_id("holiday", "old")) is not None


class TestConcurrency:
    def test_connections_of_ended_threads_are_closed(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            for _ in range(20):
                thread = Thread(target=repository.count, args=("holiday",))
                thread.start()
                thread.join()
            assert len(repository._connections._opened) <= 2  # noqa: SLF001 - counts open connections

    def test_closing_waits_for_the_statements_of_other_threads(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            running, finish = Event(), Event()

            def run_statement() -> None:
                connection = connection_of(repository)

                def wait_once() -> int:
                    running.set()
                    finish.wait(60)
                    return 0

                connection.set_progress_handler(wait_once, 1)
                results.append(repository.count("holiday"))

            results = list[int]()
            reader = Thread(target=run_statement)
            reader.start()
            assert running.wait(60)
            closer = Thread(target=repository.close)
            closer.start()
            closer.join(0.05)
            assert closer.is_alive()
            finish.set()
            closer.join(60)
            reader.join(60)
            assert results == [0]

    def test_closing_does_not_wait_for_a_lock_that_another_thread_waits_for(
        self, tmp_path: Path
    ) -> None:
        repository = SQLiteImageRepository(tmp_path / "i.db", patience=timedelta(days=1))
        caught = list[str]()

        def write() -> None:
            try:
                repository.put(image_record(), IfRevision(None))
            except PermanentError as error:
                caught.append(str(error))

        with closing(sqlite3.connect(tmp_path / "i.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writer = Thread(target=write)
            writer.start()
            repository.close()
            writer.join(60)
            other.execute("ROLLBACK")
        assert [message.rpartition(": ")[2] for message in caught] == ["the repository was closed"]

    @pytest.mark.slow
    def test_closing_under_readers_and_writers_does_not_crash(self, tmp_path: Path) -> None:
        """In a process of its own, since a crash of SQLite ends the process."""
        script = """
import random, threading, time
from imgmeta.errors import PermanentError
for number in range(400):
    repository.put(record(f"{number:03}"), IfRevision(None))
repository.close()
messages = set()
def use(action):
    try:
        while True:
            action()
    except PermanentError as error:
        messages.add(str(error).rpartition(": ")[2])
for turn in range(15):
    repository = SQLiteImageRepository(sys.argv[1])
    write = lambda: repository.put(record("000"), IfRevision("none"))
    read = lambda: list(repository.list_prefix("holiday"))
    threads = [threading.Thread(target=use, args=(action,)) for action in [read, read, read, write]]
    [thread.start() for thread in threads]
    time.sleep(random.uniform(0.005, 0.03))
    repository.close()
    [thread.join() for thread in threads]
print(messages)
"""
        process = run(tmp_path / "i.db", script)
        out, _ = process.communicate(timeout=300)
        assert (process.returncode, out) == (0, "{'the repository was closed'}\n")

    def test_concurrent_conditional_writes_lose_no_update(self, tmp_path: Path) -> None:
        """Each process increments the same counter 50 times, by conditional writes."""
        path = tmp_path / "i.db"
        SQLiteImageRepository(path).close()
        script = """
mine = 0
while mine < 50:
    stored = repository.get(record("counter").image_id)
    size = stored.file_size if stored else 0
    write = record("counter", file_size=size + 1, revision=f"{arguments[0]}.{mine}")
    condition = IfRevision(stored.revision if stored else None)
    mine += repository.put(write, condition) == "stored"
    own = record(f"{arguments[0]}/{mine}")
    repository.put(own, IfRevision(None))
"""
        processes = [run(path, script, str(number)) for number in range(2)]
        for process in processes:
            process.communicate(timeout=300)
        assert [process.returncode for process in processes] == [0, 0]
        with SQLiteImageRepository(path) as repository:
            counter = repository.get(image_id("holiday", "counter"))
            assert counter is not None
            assert counter.file_size == 100
            assert all(repository.count("holiday", f"{number}/") >= 50 for number in range(2))

    @pytest.mark.slow
    def test_concurrent_writes_if_newer_keep_the_newest_record(self, tmp_path: Path) -> None:
        path = tmp_path / "i.db"
        SQLiteImageRepository(path).close()
        script = """
for number in range(int(arguments[0]), 300, 2):
    repository.put(record("k", sequencer=f"{number:032X}", file_size=number), IfNewer())
"""
        processes = [run(path, script, str(number)) for number in range(2)]
        for process in processes:
            process.communicate(timeout=300)
        assert [process.returncode for process in processes] == [0, 0]
        with SQLiteImageRepository(path) as repository:
            assert [record.file_size for record in repository.scan()] == [299]

    def test_killed_writer_loses_no_completed_write(self, tmp_path: Path) -> None:
        path = tmp_path / "i.db"
        script = """
for number in range(1_000_000):
    repository.put(record(f"{number:07}"), IfRevision(None))
    print(number, flush=True)
"""
        process = run(path, script)
        assert process.stdout is not None
        for _ in range(200):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        # communicate() would skip the output that readline() has buffered.
        rest = process.stdout.read().split("\n")[:-1]
        process.communicate()
        finished = int(rest[-1]) if rest else 199
        with SQLiteImageRepository(path) as repository:
            keys = [record.object_key for record in repository.list_prefix("holiday")]
            assert len(keys) in {finished + 1, finished + 2}
            assert keys == [f"{number:07}" for number in range(len(keys))]
            assert repository.put(image_record("next"), IfRevision(None)) is WriteResult.STORED


def test_every_query_uses_an_index(tmp_path: Path) -> None:
    """No query sorts, or reads more than the rows of its page."""
    with SQLiteImageRepository(tmp_path / "i.db") as repository:
        plans: list[str] = []
        connection = connection_of(repository)
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        list(repository.list_prefix("b", "p", include_deleted=True))
        list(repository.uploaded_between(SEEN_AT, datetime.max.replace(tzinfo=UTC)))
        list(repository.scan())
        repository.count("b", "p")
        repository.get("0" * 32)
        repository.put(tombstone("t", SEEN_AT, timedelta(1)), IfRevision("none"))
        connection.set_trace_callback(None)
        for statement in statements:
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            plans += [row[3] for row in plan]
        assert len(plans) >= 6
        # The table `new` is the one row of a write's parameters.
        headings = r"(CORRELATED )?SCALAR SUBQUERY \d+|CO-ROUTINE new|SCAN CONSTANT ROW|SCAN new"
        steps = [plan for plan in plans if not re.fullmatch(headings, plan)]
        assert [step for step in steps if not re.match(r"SEARCH \w+ USING", step)] == []


class TestBatches:
    def test_failed_batch_is_rolled_back(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            connection = connection_of(repository)
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
            records = [image_record("a.jpg"), image_record("k" * 16_000)]
            with pytest.raises(TransientError, match="full"):
                repository.put_all([(record, IfRevision(None)) for record in records])
            assert not connection.in_transaction
            assert repository.get(records[0].image_id) is None

    def test_batch_waits_for_the_lock_of_another_writer(self, tmp_path: Path) -> None:
        path = tmp_path / "i.db"
        with (
            SQLiteImageRepository(path, patience=NO_PATIENCE) as repository,
            closing(sqlite3.connect(path, isolation_level=None)) as other,
        ):
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(TransientError, match="locked"):
                repository.put_all([(image_record(), IfRevision(None))])
            other.execute("ROLLBACK")
            assert repository.put_all([(image_record(), IfRevision(None))]) == [WriteResult.STORED]

    def test_batch_detects_a_deleted_index(self, tmp_path: Path) -> None:
        path = tmp_path / "i.db"
        with SQLiteImageRepository(path) as repository:
            path.unlink()
            with pytest.raises(PermanentError, match="deleted or replaced"):
                repository.put_all([(image_record(), IfRevision(None))])

    def test_tombstone_of_a_batch_removes_expired_tombstones(self, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "i.db") as repository:
            expired = image_record("old.jpg", status=Status.DELETED, expires_at=1)
            repository.put(expired, IfRevision(None))
            gone = image_record("new.jpg", status=Status.DELETED)
            assert repository.put_all([(gone, IfRevision(None))]) == [WriteResult.STORED]
            assert repository.get(expired.image_id) is None
            assert repository.get(gone.image_id) == gone
