import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imgmeta.entrypoints.cli.output_files import (
    cache_directory,
    prepare_folder,
    state_directory,
    write_file,
    write_pieces,
)
from imgmeta.errors import ConfigurationError


def test_missing_folders_are_created(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file"

    write_file(path, b"content")

    assert path.read_bytes() == b"content"


def test_existing_file_is_replaced_without_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old and long")

    write_file(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_symbolic_link_is_kept(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("folder/file")

    write_file(link, b"new")

    assert link.readlink() == Path("folder/file")
    assert (tmp_path / "folder" / "file").read_bytes() == b"new"


@pytest.mark.parametrize("write", [lambda path: write_file(path / "x", b""), prepare_folder])
def test_file_in_the_place_of_a_folder_is_named(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    (tmp_path / "File").touch()

    with pytest.raises(ConfigurationError, match=r"not a folder: .*/File$"):
        write(tmp_path / "File")


# Replacing /dev/null as root would turn it into a regular file.
def test_named_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_file(pipe, b"new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)

    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_file_mode_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "file", b"")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o600)

    write_file(path, b"new")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_interrupted_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [lambda path: write_file(path, b""), prepare_folder])
def test_file_in_place_of_a_folder_is_reported(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    tmp_path.joinpath("file").touch()

    with pytest.raises(ConfigurationError, match=r"cannot write .*file/below/it: not a directory"):
        write(tmp_path / "file" / "below" / "it")


def test_invalid_file_name_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot write .*a\\x00b: "):
        write_file(tmp_path / "a\0b", b"")


def test_too_long_file_name_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^cannot write .*: file name too long$"):
        write_file(tmp_path / ("x" * 300), b"content")


def test_folder_is_rejected_where_a_file_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a folder: pass a file name"):
        write_file(tmp_path, b"")


def test_folder_is_created_and_left_empty(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "new")

    assert list((tmp_path / "new").iterdir()) == []


def test_deleted_working_directory_is_not_reported_as_a_missing_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(FileNotFoundError):
        prepare_folder(Path("new"))


def test_pieces_are_written_in_order(tmp_path: Path) -> None:
    pieces = [b"a" * 200_000, b"b" * 200_000, b"", b"c"]

    write_pieces(tmp_path / "file", iter(pieces))

    assert (tmp_path / "file").read_bytes() == b"".join(pieces)


@pytest.mark.parametrize("error", [OSError("disk"), ValueError("value"), KeyboardInterrupt()])
def test_error_of_the_pieces_keeps_the_old_file_and_is_passed_on(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def pieces() -> Iterator[bytes]:
        yield b"n" * 1_000_000
        raise error

    with pytest.raises(type(error)) as caught:
        write_pieces(path, pieces())

    assert caught.value is error
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_is_reported_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match=r"cannot write .*/file: no space left on device"):
        write_pieces(path, [b"new"])

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_full_device_is_reported_once() -> None:
    with pytest.raises(ConfigurationError, match="cannot write /dev/full: no space left on device"):
        write_pieces(Path("/dev/full"), [b"x" * 1_000_000] * 2)


@pytest.mark.parametrize(
    ("environment", "state", "cache"),
    [
        ({"HOME": "/home/ann"}, "/home/ann/.local/state/imgmeta/backfills", "/home/ann/.cache"),
        ({"USERPROFILE": "/Users/ann"}, "/Users/ann/.local/state/imgmeta/backfills", "/Users/ann"),
        ({"HOME": "/home/ann", "XDG_STATE_HOME": "/s"}, "/s/imgmeta/backfills", "/home/ann"),
        ({"HOME": "/a", "XDG_CACHE_HOME": "/c"}, "/a/.local/state/imgmeta/backfills", "/c/imgmeta"),
    ],
)
def test_folders_of_the_user_come_from_the_environment(
    environment: dict[str, str], state: str, cache: str
) -> None:
    assert state_directory(environment) == Path(state)
    assert str(cache_directory(environment)).startswith(cache)


def test_relative_folders_of_the_user_are_ignored() -> None:
    environment = {"HOME": "home", "XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state"}

    assert cache_directory(environment) is None
    with pytest.raises(ConfigurationError, match="set XDG_STATE_HOME or HOME"):
        state_directory(environment)
