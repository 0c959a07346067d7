"""The command `watch`: targets that cannot be watched, and interrupts of the first sync."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from support.cli.command_line import Cli
from support.cli.interrupts import interrupt_at_images

IN_S3 = (
    "cannot watch s3://holiday/2026/: pass a local folder; `imgmeta deploy` creates a function "
    "that indexes a bucket's uploads"
)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("s3://holiday/2026/", IN_S3),
        ("a.jpg", "a.jpg is not a folder: pass the folder that contains it"),
        ("missing", "'missing' does not exist: use a folder"),
    ],
)
def test_target_that_cannot_be_watched_is_a_usage_error(
    cli: Cli, tmp_path: Path, target: str, message: str
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    done = cli("watch", target)
    assert (done.code, done.out, done.err) == (2, "", f"imgmeta: {message}\n")
    assert not (tmp_path / "imgmeta.db").exists()


def test_missing_extra_is_a_usage_error(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("inotify", "fsevents"):
        monkeypatch.delitem(sys.modules, f"imgmeta.adapters.filesystem.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "watchdog.observers.api", None)
    done = cli("watch", tmp_path)
    assert done.code == 2
    assert done.err == ("imgmeta: watching a folder needs watchdog: pip install 'imgmeta[watch]'\n")


@pytest.mark.usefixtures("default_signals")
def test_interrupted_watch_finishes_the_image_in_progress(cli: Cli, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a.png", "b.png"):
        Image.new("L", (1, 1)).save(photos / name)
    with interrupt_at_images():
        done = cli("watch", photos)
    assert done.code == 130
    first, summary = done.lines
    assert first.split()[:2] == ["new", "photos/a.png"]
    assert summary.startswith("1 processed, 0 failed, 0 unchanged; ")
    assert done.err == "Stopped. Changes from now on are found by the next watch or sync.\n"
    assert [line["ObjectKey"].rpartition("/")[2] for line in cli("list", "--json").json] == [
        "a.png"
    ]
