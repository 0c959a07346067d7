"""`imgmeta report`, on a SQLite index in this process."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("jinja2", reason="needs the extra report")
pytest.importorskip("vl_convert", reason="needs the extra report")

from imgmeta.core.reports import Report
from imgmeta.entrypoints.cli.commands import report
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.html.page import read_page
from support.sqlite.indexes import write_index

MUNICH = {"latitude": 48.13712, "longitude": 11.57541, "altitude": 519.5}
EVIL = "<script>alert(1)</script>\u202e"
RECORDS = [
    image_record("a b.jpg", format="JPEG", file_size=5, camera_make="Canon", **MUNICH),
    image_record("b.gif", format="GIF", file_size=9, complete=False),
    image_record(f"{EVIL}.jpg", format="JPEG", file_size=7, camera_model=EVIL, complete=False),
]


@pytest.fixture
def index(tmp_path: Path, cli: Cli) -> Cli:
    """Return a function that runs a command on an index of three records."""
    write_index(tmp_path / "imgmeta.db", RECORDS)
    return cli


def text_of(path: Path) -> str:
    return read_page(path.read_bytes()).text


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith("imgmeta.db")}


def test_page_is_written_to_report_html(index: Cli, tmp_path: Path) -> None:
    result = index("report")
    assert (result.code, result.out) == (0, "")
    assert result.err == "Report about 3 images written to report.html.\n"
    assert files(tmp_path) == {"report.html"}
    assert text_of(tmp_path / "report.html").startswith("Image report: imgmeta.db")


def test_page_is_written_to_standard_output(index: Cli, tmp_path: Path) -> None:
    result = index("report", "-o", "-")
    assert (result.code, result.err) == (0, "")
    assert read_page(result.out.encode()).text.startswith("Image report: imgmeta.db")
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("options", "images", "shown"),
    [
        ("--camera canon", "1 image", "--camera canon"),
        ("--format jpeg --incomplete", "1 image", "--format jpeg --incomplete"),
        ("--not format=gif --without location", "1 image", "--not format=gif"),
        ("--prefix s3://holiday/a", "1 image", "--prefix s3://holiday/a"),
    ],
)
def test_filters_are_those_of_list(
    index: Cli, tmp_path: Path, options: str, images: str, shown: str
) -> None:
    result = index("report", "-q", *options.split())
    assert (result.code, result.out, result.err) == (0, "", "")
    text = text_of(tmp_path / "report.html")
    assert f" {images}, " in text
    assert shown in text


def test_hostile_text_is_shown_as_text(index: Cli, tmp_path: Path) -> None:
    index("report", "--camera", EVIL.rstrip("\u202e"))
    page = read_page((tmp_path / "report.html").read_bytes())
    assert page.named("script") == []
    assert r"<script>alert(1)</script>\u202e" in page.text
    assert "s3://holiday/%3Cscript%3Ealert%281%29%3C/script%3E%E2%80%AE.jpg" in page.text


@pytest.mark.parametrize(("policy", "located"), [("keep", "1"), ("round", "1"), ("drop", "0")])
def test_position_is_limited_to_what_the_policy_permits(
    index: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str, located: str
) -> None:
    monkeypatch.setenv("IMGMETA_GPS", policy)
    position = ["--near", "48.137,11.575", "--within", "5km", "--not", "near=1.5,1.5"]
    index("report", *position)
    text = text_of(tmp_path / "report.html")
    assert f"With a position {located} " in text
    assert f"--near {'48.137,11.575' if policy == 'keep' else 'hidden'} --within" in text
    assert ("48.137" in text) == ("1.5,1.5" in text) == (policy == "keep")


def test_report_without_images_is_a_page(index: Cli, tmp_path: Path) -> None:
    result = index("report", "--camera", "nikon")
    assert (result.code, result.out) == (0, "")
    assert result.err.splitlines() == [
        "Report about 0 images written to report.html.",
        "No image matches.",
    ]
    assert "No image matches." in text_of(tmp_path / "report.html")


def test_unreadable_record_is_reported_and_counted(index: Cli, tmp_path: Path) -> None:
    with closing(connect(tmp_path / "imgmeta.db")) as direct, direct:
        direct.execute("UPDATE Records SET Width = 7 WHERE ObjectKey = 'b.gif'")
    result = index("report", "-q")
    assert result.code == 0
    assert result.err.startswith("1 unreadable record is not in the report, for example: ")
    text = text_of(tmp_path / "report.html")
    assert "1 record of the index could not be read and is not counted." in text


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["-o", ""], "pass a file name, or - for standard output"),
        (["-o", "imgmeta.db"], "imgmeta.db is the index: pass another --output"),
        (["-o", "."], "is a folder: pass a file name"),
        (["-o", "imgmeta.db/x"], "cannot write imgmeta.db/x: "),
        (["--taken-since", "x"], "invalid"),
    ],
)
def test_invalid_option_is_reported(index: Cli, options: list[str], error: str) -> None:
    result = index("report", *options)
    assert (result.code, result.out) == (2, "")
    assert error in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("output", [".", "imgmeta.db/x"])
def test_index_is_not_read_if_the_file_cannot_be_written(
    index: Cli, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.setattr(report, "index_report", lambda *_, **__: pytest.fail("read"))
    assert index("report", "-o", output).code == 2


def test_missing_index_is_reported_and_creates_no_file(cli: Cli, tmp_path: Path) -> None:
    result = cli("report")
    assert result.code == 2
    assert "there is no index at imgmeta.db: run `imgmeta sync` first" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_report_keeps_the_old_file(
    index: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def interrupted(_: Report) -> Iterator[bytes]:
        yield b"<!doctype html>"
        os.kill(os.getpid(), number)
        yield b"</html>"

    (tmp_path / "report.html").write_text("old", encoding="utf-8")
    monkeypatch.setattr(report, "open_report_encoder", lambda: interrupted)
    assert index("report") == (130, "", "")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "old"
    assert files(tmp_path) == {"report.html"}
