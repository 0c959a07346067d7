"""The contact sheet of the page that `imgmeta report` writes."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.images.thumbnails import pattern, photo

pytest.importorskip("jinja2", reason="needs the extra report")

PICTURE = re.compile(r'<img src="data:image/jpeg;base64,([A-Za-z0-9+/=]+)"')


@pytest.fixture
def photos(tmp_path: Path, cli: Cli) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "lake.jpg").write_bytes(photo(pattern(3)))
    (folder / "<b>rock & roll.jpg").write_bytes(photo(pattern(5), orientation=6))
    (folder / "cut.jpg").write_bytes(photo(b"\xff\xd8<script>alert(1)</script>"))
    (folder / "none.png").write_bytes(png())
    assert cli("sync", str(folder)).code == 0
    return folder


def png() -> bytes:
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "PNG")
    return file.getvalue()


def pictures(page: str) -> list[Image.Image]:
    return [Image.open(io.BytesIO(base64.b64decode(each))) for each in PICTURE.findall(page)]


@pytest.mark.usefixtures("photos")
def test_page_shows_the_thumbnails_of_local_photos(cli: Cli) -> None:
    page = cli("report", "-o", "-").out

    assert sorted(each.size for each in pictures(page)) == [(120, 160), (160, 120)]
    assert "Contact sheet" in page
    assert "<bdi>&lt;b&gt;rock &amp; roll.jpg</bdi>" in page
    assert "<script" not in page


@pytest.mark.usefixtures("photos")
def test_number_of_thumbnails_is_an_option(cli: Cli) -> None:
    assert len(pictures(cli("report", "-o", "-", "--thumbnails", "1").out)) == 1
    page = cli("report", "-o", "-", "--thumbnails", "0").out
    assert not pictures(page)
    assert "Contact sheet" not in page
    assert "contact-sheet" not in page.split("</style>")[1]


def test_missing_and_changed_files_are_left_out(photos: Path, cli: Cli) -> None:
    (photos / "lake.jpg").unlink()
    changed = photos / "<b>rock & roll.jpg"
    changed.write_bytes(photo(pattern(7)))

    result = cli("report", "-o", "-")

    assert result.code == 0
    assert not pictures(result.out)


def test_thumbnail_in_s3_is_not_fetched(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "index.db"
    with SQLiteImageRepository(store) as repository:
        repository.put(image_record("a.jpg", has_thumbnail=True), IfRevision(None))

    def fail(*_: object) -> None:
        msg = "a request to AWS"
        raise AssertionError(msg)

    monkeypatch.setattr("imgmeta.adapters.aws.sessions.Session", fail)
    result = cli("report", "-o", "-", "--store", str(store))

    assert (result.code, result.err) == (0, "")
    assert not pictures(result.out)


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("value", ["-1", "201", "x"])
def test_invalid_number_of_thumbnails_is_a_usage_error(cli: Cli, value: str) -> None:
    result = cli("report", "-o", "-", "--thumbnails", value)

    assert result.code == 2
    assert "--thumbnails" in result.err
