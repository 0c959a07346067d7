"""Files that commands write: whole, or not at all."""

import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = ["check_folder", "write_whole"]

_FOR_ALL = 0o666


def check_folder(folder: Path) -> None:
    """Make a folder if need be, and see whether files can be put there.

    Raises:
        ConfigurationError: they cannot.
    """
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, over any that is there; its folder is made if need be.

    Whoever reads the file finds all of the old or all of the new content, whatever happens here. A
    link stays a link, to a file with the new content; what is no file, such as a pipe, takes it.

    Raises:
        ConfigurationError: it cannot be written there.
    """
    if path.is_dir():
        msg = f"{printable(str(path))} is a folder: give the name of a file"
        raise ConfigurationError(msg)
    with _explained(path):
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(path)), content)


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=".imgmeta-", dir=path.parent)
    try:
        with open(number, "wb") as file:  # noqa: PTH123 - what is open already has no path
            file.write(content)
        Path(name).chmod(_FOR_ALL & ~_umask())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


@contextmanager
def _explained(path: Path) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        msg = f"{printable(str(path))} cannot be written: {printable(reason).lower()}"
        raise ConfigurationError(msg) from error


def _umask() -> int:
    # It can only be read by setting it.
    umask = os.umask(0)
    os.umask(umask)
    return umask


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Return where a person's programs keep what they can make anew: XDG Base Directory.

    None: this one has no home.
    """
    given = environment.get("XDG_CACHE_HOME") or ""
    home = environment.get("HOME") or ""
    if given.startswith("/"):
        return Path(given, "imgmeta", "packages")
    return Path(home, ".cache", "imgmeta", "packages") if home.startswith("/") else None
