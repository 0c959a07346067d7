"""Pages of reports, and a browser that shows them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.images.thumbnails import pattern, photo
from support.reports.browser import chromium
from support.reports.hostile_index import hostile_records, write_hostile_photos
from support.reports.large_index import varied_records
from support.sqlite.bulk import insert_records

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EXAMPLES = Path(__file__).parents[2] / "examples" / "photos"


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder for pictures of the pages, to look at."""
    folder = os.environ.get("IMGMETA_TEST_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots")
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)


@pytest.fixture(scope="session")
def report_pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the pages of four indexes by name."""
    folder = tmp_path_factory.mktemp("reports")
    return {
        "empty": _report(folder / "empty", "--without", "date", "--glob", "*.none"),
        "photos": _report(_with_thumbnails(folder / "photos")),
        "hostile": _report(_hostile(folder / "hostile")),
        "large": _report(_large(folder / "large")),
    }


def _run(folder: Path, *arguments: str) -> None:
    folder.mkdir(exist_ok=True)
    program = str(Path(sys.executable).with_name("imgmeta"))
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    result = subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stderr.decode(errors="replace")


def _report(folder: Path, *filters: str) -> Path:
    if not (folder / "imgmeta.db").exists():
        _run(folder, "sync", str(EXAMPLES))
    _run(folder, "report", *filters)
    return folder / "report.html"


def _with_thumbnails(folder: Path) -> Path:
    """Index the example photos, and photos with thumbnails of three shapes."""
    (folder / "camera").mkdir(parents=True)
    for number in range(24):
        size = ((160, 120), (120, 160), (160, 90))[number % 3]
        path = folder / "camera" / f"IMG_{number:04}.jpg"
        path.write_bytes(photo(pattern(number + 1, size), size=size))
    _run(folder, "sync", "camera", str(EXAMPLES))
    return folder


def _hostile(folder: Path) -> Path:
    (folder / "photos").mkdir(parents=True)
    write_hostile_photos(folder / "photos")
    insert_records(folder / "imgmeta.db", hostile_records())
    _run(folder, "sync", "photos")
    return folder


def _large(folder: Path) -> Path:
    folder.mkdir()
    insert_records(folder / "imgmeta.db", varied_records(100_000))
    return folder
