import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from imgmeta.entrypoints.cli.output_files import check_folder, write_whole
from imgmeta.errors import ConfigurationError


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file"

    write_whole(path, b"content")

    assert path.read_bytes() == b"content"


def test_a_file_that_is_there_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old and long")

    write_whole(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_one(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("folder/file")

    write_whole(link, b"new")

    assert link.readlink() == Path("folder/file")
    assert (tmp_path / "folder" / "file").read_bytes() == b"new"


# As root, /dev/null would be a file from then on.
def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, b"new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)

    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_may_be_read_by_those_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", b"")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_what_breaks_off_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [lambda path: write_whole(path, b""), check_folder])
def test_what_cannot_be_a_folder_is_said(tmp_path: Path, write: Callable[[Path], None]) -> None:
    tmp_path.joinpath("file").touch()

    with pytest.raises(
        ConfigurationError, match=r"file/below/it cannot be written: not a directory"
    ):
        write(tmp_path / "file" / "below" / "it")


def test_a_name_that_can_be_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"a\\x00b cannot be written"):
        write_whole(tmp_path / "a\0b", b"")


def test_a_folder_is_not_taken_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a folder: give the name of a file"):
        write_whole(tmp_path, b"")


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    check_folder(tmp_path / "new")

    assert list((tmp_path / "new").iterdir()) == []
