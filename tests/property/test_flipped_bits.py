"""Laws: a flipped bit in an SQLite index never changes or hides a record unnoticed."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import IfRevision
from imgmeta.errors import ImgmetaError, InvalidRecordError
from imgmeta.testing.strategies.record_examples import image_record

RECORDS = [
    image_record(
        f"2026/{number}.jpg",
        etag=f"e{number}",
        sequencer=f"{number:032X}",
        upload_timestamp=1_700_000_000 + number,
        camera_model="Canon EOS 5D",
        latitude=1.5,
    )
    for number in range(5)
]


@cache
def intact_index() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "i.db"
        with SQLiteImageRepository(path) as repository:
            for record in RECORDS:
                repository.put(record, IfRevision(None))
        return path.read_bytes()


@cache
def used_bytes() -> list[int]:
    return [offset for offset, byte in enumerate(intact_index()) if byte]


def flip_a_bit(data: st.DataObject) -> bytes:
    damaged = bytearray(intact_index())
    damaged[data.draw(st.sampled_from(used_bytes()))] ^= 1 << data.draw(st.integers(0, 7))
    return bytes(damaged)


@given(st.data())
def test_flipped_bit_never_changes_a_record_unnoticed(data: st.DataObject) -> None:
    damaged = flip_a_bit(data)
    errors = list[InvalidRecordError]()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "i.db"
        path.write_bytes(damaged)
        try:
            with SQLiteImageRepository(path) as repository:
                listed = list(repository.list_prefix("holiday", on_unreadable=errors.append))
                scanned = list(repository.scan(on_unreadable=errors.append))
                entries = list(repository.entries("holiday"))
        except ImgmetaError:
            return
    assert all(record in RECORDS for record in listed + scanned)
    intact = set(map(IndexEntry.of, RECORDS))
    readable = {entry._replace(latitude=1.5) for entry in entries if entry.unreadable is None}
    assert readable <= intact
    # `verify` reports each record that `list` skips: by the entry, or because it is missing.
    assert not errors or readable < intact


@given(st.data())
def test_sync_does_not_take_hidden_records_for_unchanged(data: st.DataObject) -> None:
    """`sync` gets the records that the entries omit: one of them must be an error or absent."""
    damaged = flip_a_bit(data)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "i.db"
        path.write_bytes(damaged)
        try:
            with SQLiteImageRepository(path) as repository:
                entries = {entry.object_key for entry in repository.entries("holiday")}
                hidden = [record for record in RECORDS if record.object_key not in entries]
                found = [repository.get(record.image_id) for record in hidden]
        except ImgmetaError:
            return
    assert not hidden or found != hidden


def test_entry_whose_etag_became_a_blob_is_that_of_its_record(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    path.write_bytes(intact_index())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE Records SET ETag = CAST(ETag AS BLOB)")
    with SQLiteImageRepository(path) as repository:
        assert list(repository.entries("holiday")) == list(map(IndexEntry.of, RECORDS))
