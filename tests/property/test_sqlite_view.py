"""Laws: the view of an SQLite index has each record's values, and its times sort as they are."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.adapters.sqlite.columns import COLUMNS, values_of
from imgmeta.core.attributes import Label
from imgmeta.core.cameras import camera_name
from imgmeta.core.filters import Contains
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.ordering import IfRevision
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.uris import uri_of
from imgmeta.testing.strategies.record_examples import image_record, image_records


def as_column(value: object) -> object:
    """Return the value of a column for an attribute."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


@given(st.lists(image_records(), max_size=4, unique_by=lambda record: record.image_id))
def test_view_has_the_values_of_all_records(records: list[ImageRecord]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "i.db"
        with SQLiteImageRepository(path) as repository:
            for record in records:
                repository.put(record, IfRevision(None))
            assert [each.unreadable for each in repository.entries("b")] == [
                None for each in records if each.bucket_name == "b"
            ]
        with closing(sqlite3.connect(path)) as direct:
            direct.row_factory = sqlite3.Row
            rows = {row["image_id"]: dict(row) for row in direct.execute("SELECT * FROM images")}
    shown = [each for each in records if each.status is not Status.DELETED]
    assert rows.keys() == {each.image_id for each in shown}
    for record in shown:
        row = rows[record.image_id]
        assert row["camera"] == camera_name(record)
        assert row["uri"] == uri_of(ObjectLocation(record.bucket_name, record.object_key))
        for name in ImageRecord.model_fields:
            value = as_column(getattr(record, name))
            found = datetime.fromisoformat(row[name]) if isinstance(value, datetime) else row[name]
            assert found == value, name


# Half of the words begin others, in another case, and with letters that case folding lengthens.
_WORDS = st.sampled_from(
    ["Canon", "CANON", "canonet", "Inc.", "EOS-1", "-", "ß", "SS", "ΦΩΣ", "φως"]
)
_NAMES = st.none() | st.lists(_WORDS, min_size=1, max_size=3).map(" ".join)


@given(st.lists(st.tuples(_NAMES, _NAMES), min_size=1, max_size=5), _WORDS | _NAMES.filter(bool))
def test_view_and_filters_have_the_cameras_of_the_core(
    cameras: list[tuple[str | None, str | None]], text: str
) -> None:
    records = [
        image_record(f"{number}", camera_make=make, camera_model=model)
        for number, (make, model) in enumerate(cameras)
    ]
    query = Query((Contains(Label.CAMERA, text),))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "i.db"
        with SQLiteImageRepository(path) as repository:
            for record in records:
                repository.put(record, IfRevision(None))
            assert list(repository.find(query)) == query.select(records)
        with closing(sqlite3.connect(path)) as direct:
            shown = direct.execute("SELECT camera FROM images ORDER BY object_key").fetchall()
    assert shown == [(camera_name(record),) for record in records]


@given(st.lists(st.datetimes(), min_size=2))
def test_times_sort_as_their_texts(times: list[datetime]) -> None:
    def text(moment: datetime) -> str:
        record = image_record(taken_at=moment)
        return str(values_of(record)[COLUMNS.index("TakenAt")])

    assert sorted(times, key=text) == sorted(times)
