"""Files that commands write."""

import os
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.working_directory import is_working_directory_deleted
from imgmeta.errors import ConfigurationError

__all__ = ["cache_directory", "prepare_folder", "state_directory", "write_file", "write_pieces"]

_ALL_READ_WRITE = 0o666
_OWNER_READ_WRITE = 0o600
_PERMISSIONS = 0o777

_HOMES = ("HOME", "USERPROFILE")
"""The home folder; the second variable is that of Windows."""

_BLOCK = 256 * 1024
"""Bytes that are written at once."""


def prepare_folder(folder: Path) -> None:
    """Create a folder if it is missing, and check that files can be written to it.

    Raises:
        ConfigurationError: it cannot be created or written to.
    """
    with _reported(folder):
        _create_folder(folder)
        tempfile.TemporaryFile(dir=folder).close()


def write_file(path: Path, content: bytes) -> None:
    """Write or replace a file as `write_pieces` does.

    Raises:
        ConfigurationError: `path` is a folder or cannot be written.
    """
    write_pieces(path, [content])


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write or replace a file, and create its folder if it is missing.

    A regular file is replaced atomically: readers see either the old or the new content. If
    anything fails, also `pieces`, the old file remains. The new one has its permissions. A symbolic
    link is kept and its target replaced. A named pipe or device is written to in place.

    Raises:
        ConfigurationError: `path` is a folder or cannot be written.
    """
    with _reported(path):
        is_folder = path.is_dir()
    if is_folder:
        msg = f"{printable(str(path))} is a folder: pass a file name"
        raise ConfigurationError(msg)
    # Errors of `pieces` are not errors of the file.
    with ExitStack() as stack:
        with _reported(path):
            file = stack.enter_context(_destination(path))
        for block in _blocks(pieces):
            with _reported(path):
                file.write(block)
        with _reported(path):
            stack.close()


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces, joined to blocks of at least `_BLOCK` bytes."""
    pending = list[bytes]()
    size = 0
    for piece in pieces:
        pending.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            yield b"".join(pending)
            pending.clear()
            size = 0
    yield b"".join(pending)


@contextmanager
def _destination(path: Path) -> Generator[IO[bytes]]:
    """Open a file for writing; a regular file is replaced at the end, unless there is an error."""
    if path.exists() and not path.is_file():
        with _flushed(path.open("wb")) as file:
            yield file
        return
    path = Path(os.path.realpath(path))
    _create_folder(path.parent)
    # The name is known before the file exists, so that no signal can leave it behind.
    new = path.with_name(f".imgmeta-{os.urandom(8).hex()}")
    try:
        with _flushed(open(new, "xb", opener=_open_private)) as file:
            yield file
            file.flush()
            # Otherwise, a crash of the system could leave an empty file with the new name.
            os.fsync(file.fileno())
        new.chmod(_mode(path))
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise


def _create_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # the path is that of a file
        msg = f"not a folder: {folder}"
        raise OSError(error.errno, msg) from error


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_READ_WRITE)


@contextmanager
def _flushed(file: IO[bytes]) -> Generator[IO[bytes]]:
    """Yield a file, flush it at the end, and close it in any case, also if its disk is full."""
    try:
        yield file
        file.flush()
    finally:
        with suppress(OSError):
            file.close()


@contextmanager
def _reported(path: Path) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: the name contains a NUL
        if not path.is_absolute() and is_working_directory_deleted():
            raise  # reported as such
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        msg = f"cannot write {printable(str(path))}: {printable(reason[:1].lower() + reason[1:])}"
        raise ConfigurationError(msg) from error


def _mode(path: Path) -> int:
    """Return the permissions of a file; if there is none, those of a new file."""
    with suppress(FileNotFoundError):
        return path.stat().st_mode & _PERMISSIONS
    # The umask can only be read by setting it.
    umask = os.umask(0)
    os.umask(umask)
    return _ALL_READ_WRITE & ~umask


def _absolute(environment: Mapping[str, str], *names: str) -> Path | None:
    """Return the first of these variables that is an absolute path."""
    paths = (Path(environment.get(name) or "") for name in names)
    return next((path for path in paths if path.is_absolute()), None)


def cache_directory(environment: Mapping[str, str]) -> Path | None:
    """Return the XDG cache directory for packages; None without absolute XDG_CACHE_HOME or HOME."""
    if cache := _absolute(environment, "XDG_CACHE_HOME"):
        return cache / "imgmeta" / "packages"
    home = _absolute(environment, *_HOMES)
    return home / ".cache" / "imgmeta" / "packages" if home else None


def state_directory(environment: Mapping[str, str]) -> Path:
    """Return the XDG state directory for checkpoints.

    Raises:
        ConfigurationError: neither XDG_STATE_HOME nor HOME is an absolute path.
    """
    if state := _absolute(environment, "XDG_STATE_HOME"):
        return state / "imgmeta" / "backfills"
    if home := _absolute(environment, *_HOMES):
        return home / ".local" / "state" / "imgmeta" / "backfills"
    msg = "no folder for the checkpoint: set XDG_STATE_HOME or HOME to an absolute path"
    raise ConfigurationError(msg)
