"""Fuzz targets of events, queries, URIs, inventories, records and the SQLite file."""

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from fuzz.seeds import MANIFEST
from imgmeta.adapters.inventory.csv_files import csv_rows
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.decoding import decode_record
from imgmeta.core.events import encode_hint, parse_event, receive_counts
from imgmeta.core.inventory import parse_manifest
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.ordering import IfRevision
from imgmeta.core.queries import Query
from imgmeta.core.query_values import parse_query
from imgmeta.core.records import ImageRecord
from imgmeta.core.status import Status
from imgmeta.core.uris import location_of, uri_of
from imgmeta.errors import (
    ConfigurationError,
    ImgmetaError,
    InvalidRecordError,
    PermanentError,
)
from imgmeta.service import find
from imgmeta.testing.strategies.events import ObjectEvent, notification, queued
from imgmeta.testing.strategies.record_examples import SEEN_AT, image_record

__all__ = [
    "check_event",
    "check_inventory",
    "check_query",
    "check_record",
    "check_sqlite_file",
    "check_uri",
]

_NEIGHBOR = queued(notification(ObjectEvent("neighbor.jpg")), "neighbor")
_REPORT = ObjectLocation("reports", "manifest.json")
_MANIFEST = parse_manifest(json.dumps(MANIFEST).encode(), _REPORT)
_NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def check_event(data: bytes) -> None:
    """Check an event, alone and as a message between others in a batch of a queue."""
    parsed = parse_event(data)
    assert parse_event(data) == parsed
    for entry in parsed.malformed:
        assert entry.reason.isprintable()
        assert 0 < len(entry.reason) < 200
    for hint in parsed.hints:
        assert hint.location.image_id
        # Hints of one event differ in their hashes only in S3 Batch Operations.
        with suppress(ValueError):
            message = parse_event(encode_hint(hint))
            assert [each.location for each in message.hints] == [hint.location]
    document: object = None
    with suppress(ValueError, RecursionError):
        document = json.loads(data)
    receive_counts(document)
    body = data.decode(errors="replace")
    fuzzed = {**queued(None, "fuzzed"), "body": body}
    batch = parse_event({"Records": [_NEIGHBOR, fuzzed, _NEIGHBOR]})
    assert [hint.location.key for hint in batch.hints if hint.message_id == "neighbor"] == [
        "neighbor.jpg",
        "neighbor.jpg",
    ]
    assert batch.message_ids == ("neighbor", "fuzzed", "neighbor")
    assert {hint.message_id for hint in batch.hints} <= {"neighbor", "fuzzed"}
    assert {entry.message_id for entry in batch.malformed} <= {"fuzzed"}


def check_query(data: bytes) -> None:
    """Check a query, with one name and value in a line, on a SQLite index."""
    lines = data.decode(errors="surrogateescape").split("\n")
    values = [(name, value) for name, _, value in (line.partition("=") for line in lines)]
    results = [_parse(values) for _ in range(2)]
    assert results[0] == results[1]
    if isinstance(results[0], str):
        assert results[0].isprintable()
        return
    records, repository = _index()
    assert list(find(repository, results[0])) == results[0].select(records)


def _parse(values: list[tuple[str, str]]) -> Query | str:
    try:
        return parse_query(values, now=_NOW)
    except ConfigurationError as error:
        return str(error)


_RESOURCES = ExitStack()


@cache
def _index() -> tuple[list[ImageRecord], SQLiteImageRepository]:
    folder = _RESOURCES.enter_context(tempfile.TemporaryDirectory(prefix="imgmeta-fuzz-"))
    repository = _RESOURCES.enter_context(SQLiteImageRepository(Path(folder, "index.db")))
    records = [
        image_record(),
        image_record("b.jpg", status=Status.FAILED, error="damaged header"),
        image_record("c.jpg", latitude=48.1, longitude=11.5, camera_model="SM-S911B", iso=100),
        image_record("d.jpg", width=6000, height=8000, display_width=6000, display_height=8000),
        image_record("e.png", bucket_name="other", upload_date=SEEN_AT, taken_at=_local()),
    ]
    for record in records:
        repository.put(record, IfRevision(None))
    return records, repository


def _local() -> datetime:
    return datetime(2026, 1, 15, 12)  # noqa: DTZ001 - capture times have no time zone


def check_uri(data: bytes) -> None:
    """Check that the URI of a URI's location means the same location."""
    text = data.decode(errors="surrogateescape")
    try:
        location = location_of(text)
    except ValueError:
        return
    assert location_of(uri_of(location)) == location


def check_inventory(data: bytes) -> None:
    """Check a manifest, and a file of an inventory, compressed or not."""
    with suppress(ConfigurationError):
        assert parse_manifest(data, _REPORT) == parse_manifest(data, _REPORT)
    for content in (data, gzip.compress(data, mtime=0)):
        with suppress(PermanentError):
            for row in csv_rows(_pieces(content), _MANIFEST, "cannot read it"):
                assert row.listed().key == row.key


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 1_000):
        yield content[start : start + 1_000]


def check_record(data: bytes) -> None:
    """Check a stored record as JSON and as the attributes of an item."""
    readers: list[Callable[[], ImageRecord]] = [
        lambda: ImageRecord.from_json(data),
        lambda: decode_record(data),
    ]
    with suppress(ValueError, RecursionError):
        document = json.loads(data)
        readers.append(lambda: ImageRecord.from_item(document))
    for read in readers:
        with suppress(InvalidRecordError):
            record = read()
            assert ImageRecord.from_json(record.to_json()) == record


def check_sqlite_file(data: bytes) -> None:
    """Check a damaged file of an index: it is read, or an error of imgmeta says why not."""
    with tempfile.TemporaryDirectory(prefix="imgmeta-fuzz-") as folder:
        path = Path(folder, "index.db")
        path.write_bytes(data)
        with suppress(ImgmetaError), SQLiteImageRepository(path, must_exist=True) as repository:
            repository.get(image_record("1.jpg").image_id)
            for _ in repository.scan(on_unreadable=lambda _: None):
                pass
            repository.put(image_record("1.jpg"), IfRevision(None))
