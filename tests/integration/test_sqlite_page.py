"""docs/sqlite.md lists the columns of the view, and its queries find what they say."""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from json import loads
from pathlib import Path
from typing import Any

import pytest

from imgmeta.core.records import Status
from imgmeta.testing.strategies.record_examples import image_record
from support.documents.shell_commands import console_commands
from support.sqlite.indexes import write_index

PAGE = (Path(__file__).parents[2] / "docs" / "sqlite.md").read_text(encoding="utf-8")
COLUMNS = re.findall(r"^\| `(\w+)` \| ([A-Z]+) \|", PAGE, flags=re.MULTILINE)
QUERIES = re.findall(r"^```sql\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)

JUNE = datetime(2026, 6, 7, 8)  # noqa: DTZ001 - local time
MAY = datetime(2026, 5, 7, 8, 0, 0, 250_000)  # noqa: DTZ001 - as above
CANON = {"camera_make": "Canon", "camera_model": "EOS 5D", "lens_model": "EF", "focal_length": 50.0}
SIZE = {"display_width": 4000, "display_height": 6000}
RECORDS = [
    image_record(
        "a b.jpg", taken_at=JUNE, latitude=38.7, longitude=-9.1, file_size=9_000_000, **CANON
    ),
    image_record("canon.jpg", taken_at=MAY, file_size=2_000_000, **CANON, **SIZE),
    image_record("copy.jpg", taken_at=MAY, file_size=2_000_000, camera_model="X1"),
    image_record("plain.png", file_size=7, latitude=-38.7, longitude=9.1, camera_model="Y9"),
    image_record("broken.jpg", status=Status.FAILED, error="the file is empty", file_size=0),
    image_record("gone.jpg", status=Status.DELETED, etag=None, file_size=None),
]
ALL = [f"s3://holiday/{name}" for name in ("a%20b.jpg", "canon.jpg", "copy.jpg", "plain.png")]
BEACH, WITH_CANON, COPY, PLAIN = ALL
BROKEN = "s3://holiday/broken.jpg"
FOUND: list[list[tuple[Any, ...]]] = [
    [("Canon EOS 5D", 2, 11), (None, 1, 0), ("X1", 1, 2), ("Y9", 1, 0)],
    [(BEACH, "2026-06-07 08:00:00")],
    [(BEACH, 9_000_000), (WITH_CANON, 2_000_000), (COPY, 2_000_000), (PLAIN, 7), (BROKEN, 0)],
    [(WITH_CANON,), (COPY,)],
    [(BEACH, 38.7, -9.1)],
    [("the file is empty", 1, BROKEN)],
    [(WITH_CANON, 24.0)],
    [("EF", 50.0, 2)],
    [(2_000_000, "2026-05-07 08:00:00.250000", 2, f"{WITH_CANON}\n{COPY}")],
    [("2026-05", 2), ("2026-06", 1)],
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "imgmeta.db"
    write_index(path, RECORDS)
    return path


@pytest.fixture
def connection(index: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(index)) as connection:
        yield connection


def test_page_lists_the_columns_of_the_view_with_their_types(
    connection: sqlite3.Connection,
) -> None:
    rows = connection.execute("PRAGMA table_info(images)")
    assert [(row[1], row[2]) for row in rows] == COLUMNS


def test_page_has_ten_queries() -> None:
    assert len(QUERIES) == len(FOUND) == 10


@pytest.mark.parametrize("number", range(10))
def test_query_of_the_page_finds_what_it_says(connection: sqlite3.Connection, number: int) -> None:
    rows = connection.execute(QUERIES[number]).fetchall()
    is_ordered = "ORDER BY" in QUERIES[number]
    expected = FOUND[number]
    assert sorted(map(str, rows)) == sorted(map(str, expected))
    assert not is_ordered or rows[0] == expected[0]


def test_page_states_the_versions_of_the_file_and_the_view(
    connection: sqlite3.Connection,
) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (view,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'images'").fetchone()
    number = re.search(r"Version (\d+);", view)
    assert number is not None
    assert f"Version {version} has version {number[1]} of the view" in PAGE.replace("\n", " ")


def test_commands_of_the_page_read_the_file(connection: sqlite3.Connection) -> None:
    (shown,) = re.findall(r"^```console\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    sql, serve = console_commands(shown)
    program, name, query = shlex.split(sql)
    assert (program, name) == ("sqlite3", "imgmeta.db")
    assert ("Canon EOS 5D", 2) in connection.execute(query).fetchall()
    assert serve == "datasette imgmeta.db"  # see test_datasette_facets_by_camera_on_the_file


@pytest.mark.slow
def test_pandas_reads_the_file_as_on_the_page(index: Path) -> None:
    python = os.environ.get("IMGMETA_TEST_CONSUMERS")
    if not python:
        pytest.skip("IMGMETA_TEST_CONSUMERS does not name a Python with the group `consumers`")
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    command = [python, "-c", f"{code}\nprint(len(images), images.taken_at.dtype.kind)"]
    done = subprocess.run(
        command, cwd=index.parent, check=True, capture_output=True, text=True, timeout=300
    )
    assert done.stdout == "5 M\n"


@pytest.mark.slow
def test_datasette_facets_by_camera_on_the_file(index: Path) -> None:
    datasette = shutil.which(os.environ.get("IMGMETA_TEST_DATASETTE", "datasette"))
    if datasette is None:
        pytest.skip("Datasette is not installed")
    path = "/imgmeta/images.json?_facet=camera&_size=3&_sort_desc=file_size"
    command = [datasette, str(index), "--get", path]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    facets = loads(shown.stdout)["facet_results"]
    results = facets.get("results", facets)["camera"]["results"]
    assert [(each["value"], each["count"]) for each in results] == [
        ("Canon EOS 5D", 2),
        ("X1", 1),
        ("Y9", 1),
    ]
