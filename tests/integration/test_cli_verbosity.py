"""`--quiet` and `--verbose` of the commands that have them."""

from pathlib import Path

import pytest
from PIL import Image

from support.cli.command_line import Cli


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder with two images, an unreadable one and a text file."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("beach.png", "tower.png"):
        Image.new("L", (2, 2)).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"no image")
    (folder / "notes.txt").touch()
    return folder


@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_quiet_sync_prints_failures_only(cli: Cli, photos: Path, option: str) -> None:
    assert photos.is_dir()
    first = cli("sync", "photos", option)
    assert first.code == 1
    assert len(first.lines) == 1
    assert first.lines[0].startswith("failed   photos/broken.jpg")
    assert cli("sync", "photos", option) == (0, "", "")


@pytest.mark.parametrize("option", ["-v", "--verbose"])
def test_verbose_sync_prints_a_line_for_every_image(cli: Cli, photos: Path, option: str) -> None:
    first = cli("sync", "photos", option)
    assert first.code == 1
    assert [line.split()[:2] for line in first.lines[:3]] == [
        ["new", "photos/beach.png"],
        ["failed", "photos/broken.jpg"],
        ["new", "photos/tower.png"],
    ]
    assert len(first.lines) == 5
    (photos / "tower.png").unlink()
    again = cli("sync", "photos", option)
    assert [line.split()[:2] for line in again.lines[:3]] == [
        ["same", "photos/beach.png"],
        ["same", "photos/broken.jpg"],
        ["gone", "photos/tower.png"],
    ]


def test_verbose_lines_go_to_standard_error_with_json(cli: Cli, photos: Path) -> None:
    cli("sync", photos / "beach.png")
    for arguments in (["sync", "photos", "--dry-run"], ["verify", "photos"]):
        plain, verbose = cli(*arguments, "--json"), cli(*arguments, "--json", "-v")
        assert verbose.out == plain.out
        assert "same" not in plain.err
        assert verbose.err.startswith("same")
    synced = cli("sync", "photos", "--json", "-v")
    assert len([line for line in synced.json if "ImageId" in line]) == 2
    assert [line.split()[0] for line in synced.err.splitlines()[:3]] == ["same", "failed", "new"]


def test_verify_is_quiet_without_differences_and_verbose_with_all_images(
    cli: Cli, photos: Path
) -> None:
    cli("sync", "photos")
    assert cli("verify", "photos", "-q") == (0, "", "")
    verbose = cli("verify", "photos", "-v")
    assert [line.split() for line in verbose.lines] == [
        ["same", "photos/beach.png"],
        ["same", "photos/broken.jpg"],
        ["same", "photos/tower.png"],
    ]
    (photos / "tower.png").unlink()
    assert cli("verify", "photos", "-q") == (1, "gone      photos/tower.png\n", "")


def test_dry_run_is_quiet_and_verbose_like_the_sync(cli: Cli, photos: Path) -> None:
    cli("sync", photos / "beach.png")
    quiet = cli("sync", "photos", "--dry-run", "-q")
    assert [line.split()[0] for line in quiet.lines] == ["new", "new"]
    verbose = cli("sync", "photos", "--dry-run", "-v")
    assert [line.split()[0] for line in verbose.lines[:3]] == ["same", "new", "new"]


def test_reprocess_is_quiet_and_verbose_like_the_sync(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    (line,) = cli("reprocess", "photos", "-q").lines
    assert line.startswith("failed   photos/broken.jpg")
    verbose = cli("reprocess", "photos", "-v")
    assert sorted(line.split()[0] for line in verbose.lines[:3]) == ["failed", "read", "read"]
    assert len(verbose.lines) == 4
    assert cli("reprocess", "--status", "failed", "--dry-run", "-q") == (
        0,
        "photos/broken.jpg\n",
        "",
    )


@pytest.mark.parametrize("command", ["list", "stats"])
def test_quiet_query_without_a_result_prints_nothing(
    cli: Cli, tmp_path: Path, command: str
) -> None:
    (tmp_path / "empty").mkdir()
    cli("sync", "empty", "-q")
    assert cli(command, "-q") == (0, "", "")


def test_quiet_command_still_prints_errors(cli: Cli) -> None:
    result = cli("list", "-q")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("imgmeta: there is no index")


def test_quiet_and_verbose_contradict_each_other(cli: Cli, photos: Path) -> None:
    result = cli("sync", photos, "-q", "-v")
    assert result == (2, "", "imgmeta: pass --quiet or --verbose, not both\n")
