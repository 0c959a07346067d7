"""`sync --content` and `verify --content` on a folder."""

import io
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from imgmeta.adapters.filesystem import listing, store
from support.cli.command_line import Cli


@pytest.fixture
def photos(cli: Cli, tmp_path: Path) -> Path:
    """Return a folder with two images, whose content hashes are in the index."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, name in enumerate(("beach.png", "tower.png")):
        Image.new("L", (2, 2), number).save(folder / name)
    assert cli("sync", "photos", "--content").code == 0
    return folder


def change_byte(path: Path) -> None:
    """Change a byte of a file, but neither its size nor its modification time."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def differences(cli: Cli) -> dict[str, str]:
    result = cli("verify", "photos", "--content", "--json")
    lines = [json.loads(line) for line in result.lines]
    found = {Path(each["ObjectKey"]).name: each["Difference"] for each in lines}
    assert result.code == int(bool(found))
    return found


class TestSync:
    def test_hash_is_in_the_record(self, cli: Cli, photos: Path) -> None:
        del photos
        (line, _) = cli("list", "--json").lines
        kind, _, digest = json.loads(line)["ContentHash"].partition(":")
        assert (kind, len(digest)) == ("sha256", 64)
        assert f"Content hash    {kind}:{digest}" in cli("show", "photos/beach.png").out

    def test_second_sync_reads_nothing(self, cli: Cli, photos: Path) -> None:
        del photos
        assert (
            cli("sync", "photos", "--content")
            .lines[-1]
            .startswith("0 processed, 0 failed, 2 unchanged; 0 bytes read")
        )

    def test_only_images_without_a_hash_are_read(self, cli: Cli, photos: Path) -> None:
        Image.new("L", (2, 2), 9).save(photos / "new.png")
        cli("sync", "photos")
        assert "hashed   photos/new.png" in cli("sync", "photos", "--content").lines[0]

    def test_dry_run_announces_the_hashes(self, cli: Cli, photos: Path) -> None:
        Image.new("L", (2, 2), 9).save(photos / "new.png")
        cli("sync", "photos")
        assert cli("sync", "photos", "--dry-run").lines == [
            "0 changes, 3 unchanged; dry run, nothing was written."
        ]
        assert cli("sync", "photos", "--dry-run", "--content").lines == [
            "hashed   photos/new.png",
            "1 hashed, 2 unchanged; dry run, nothing was written.",
        ]
        (line, *_) = cli("sync", "photos", "--dry-run", "--content", "--json").lines
        assert json.loads(line)["Difference"] == "same"
        verbose = cli("sync", "photos", "--dry-run", "--content", "-v").lines
        assert verbose[:2] == ["same     photos/beach.png", "hashed   photos/new.png"]


class TestVerify:
    def test_same_content_is_no_difference(self, cli: Cli, photos: Path) -> None:
        del photos
        result = cli("verify", "photos", "--content")
        assert (result.code, result.lines) == (0, [])
        assert "The content of 2 images was read and compared." in result.err

    def test_touched_file_is_no_difference(self, cli: Cli, photos: Path) -> None:
        (photos / "beach.png").touch()
        assert cli("verify", "photos").lines == ["changed   photos/beach.png"]
        assert differences(cli) == {}
        assert cli("verify", "photos/beach.png", "--content").code == 0

    def test_other_bytes_with_a_restored_time_are_corrupted(self, cli: Cli, photos: Path) -> None:
        change_byte(photos / "beach.png")
        assert differences(cli) == {"beach.png": "corrupted"}

    def test_images_without_a_hash_are_counted(self, cli: Cli, photos: Path) -> None:
        Image.new("L", (2, 2), 9).save(photos / "new.png")
        cli("sync", "photos")
        result = cli("verify", "photos", "--content")
        assert result.code == 0
        assert "1 image without a hash: `imgmeta sync --content` records it." in result.err

    def test_new_and_missing_files_are_differences(self, cli: Cli, photos: Path) -> None:
        (photos / "beach.png").rename(photos / "moved.png")
        assert differences(cli) == {"beach.png": "gone", "moved.png": "new"}

    def test_verification_changes_nothing(self, cli: Cli, photos: Path) -> None:
        (photos / "beach.png").touch()
        before = cli("list", "--json").out
        cli("verify", "photos", "--content")
        assert cli("list", "--json").out == before

    def test_quiet_and_verbose_work(self, cli: Cli, photos: Path) -> None:
        del photos
        assert cli("verify", "photos", "--content", "-q").err == ""
        assert cli("verify", "photos", "--content", "-v").lines == [
            "same      photos/beach.png",
            "same      photos/tower.png",
        ]


class TestBitRot:
    """Each change of a file by a program changes its change time. Damage of the disk does not."""

    @pytest.fixture(autouse=True)
    def no_change_times(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def etag(status: os.stat_result) -> str:
            return f"{status.st_size:x}-{status.st_mtime_ns:x}"

        monkeypatch.setattr(listing, "file_etag", etag)
        monkeypatch.setattr(store, "file_etag", etag)

    def test_corrupted_file_is_found(self, cli: Cli, photos: Path) -> None:
        change_byte(photos / "beach.png")
        assert cli("verify", "photos").code == 0
        result = cli("verify", "photos", "--content")
        assert (result.code, result.lines) == (
            1,
            ["corrupted  photos/beach.png  its bytes changed, but its size and time did not"],
        )
        assert "1 difference, 1 unchanged." in result.err

    def test_corrupted_file_is_found_again_after_it_was_read_again(
        self, cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        change_byte(photos / "beach.png")
        found = cli("verify", "photos", "--content", "--json").out
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(found.encode())))
        assert cli("reprocess", "--stdin").code == 0
        cli("sync", "photos", "--content")
        assert differences(cli) == {"beach.png": "corrupted"}

    def test_file_is_accepted_after_touch_and_sync(self, cli: Cli, photos: Path) -> None:
        change_byte(photos / "beach.png")
        (photos / "beach.png").touch()
        assert differences(cli) == {"beach.png": "changed"}
        cli("sync", "photos", "--content")
        assert differences(cli) == {}
