"""The packager: wheels of a lock, imgmeta's own modules, their bytecode, in one zip."""

import hashlib
import re
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

import imgmeta
from imgmeta.deployment.adapters.pip.archive import zipped
from imgmeta.deployment.adapters.pip.bytecode import bytecode, interpreter
from imgmeta.deployment.adapters.pip.contents import (
    Distribution,
    distributions,
    own_distribution,
    without_idle_libraries,
)
from imgmeta.deployment.adapters.pip.resolving import resolve
from imgmeta.deployment.core.package_limits import refusal
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform, PackagePart
from imgmeta.errors import PermanentError

__all__ = ["LOCKS", "PipFunctionPackager"]

LOCKS = files("imgmeta.deployment.adapters.pip") / "locks"
"""What the function depends on, a file for each runtime, named after it: exact versions, and the
hashes of the wheels for both architectures. `tools/lock_function.py` writes them."""

_HASH_DIGITS = 16

_PINNED = re.compile(r"^([\w.-]+)==", re.MULTILINE)


class PipFunctionPackager:
    """Makes the function's package from what pip, or uv, gets for it.

    Args:
        locks: a folder of locks.
    """

    def __init__(self, locks: Traversable = LOCKS) -> None:
        self._locks = locks

    def package(self, target: FunctionPlatform) -> FunctionPackage:
        """Return the package; the same inputs give the same bytes, and so the same name.

        Raises:
            TransientError: the package index does not answer now.
            PermanentError: a library cannot be had for this target or put into a folder, or AWS
                Lambda would refuse the package.
            ConfigurationError: neither pip nor uv is there.
        """
        try:
            with tempfile.TemporaryDirectory(prefix="imgmeta-") as name:
                return self._made(target, Path(name))
        except OSError as error:
            msg = f"the function's package cannot be made: {error.strerror or error}"
            raise PermanentError(msg) from error

    def fingerprint(self, target: FunctionPlatform) -> str:
        """Return hexadecimal digits that differ where `package` might give other bytes.

        They are of what a package is made of, and by: the lock, imgmeta's own modules, those that
        make packages included, and the interpreter that compiles.
        """
        python = interpreter(target.runtime)
        made_by = (str(target), sys.version, zlib.ZLIB_RUNTIME_VERSION, python, _version_of(python))
        digest = hashlib.sha256(repr(made_by).encode())
        digest.update((self._locks / f"{target.runtime}.txt").read_bytes())
        package = Path(imgmeta.__file__).parent
        for path in sorted(package.rglob("*.py")):
            source = path.read_bytes()
            digest.update(f"{path.relative_to(package)} {len(source)} ".encode())
            digest.update(source)
        return digest.hexdigest()

    def _made(self, target: FunctionPlatform, folder: Path) -> FunctionPackage:
        found = [own_distribution(), *self._libraries(target, folder)]
        content = {name: data for each in found for name, data in each.files.items()}
        content = without_idle_libraries(content)
        python = interpreter(target.runtime)
        compiled = dict[str, tuple[str, bytes]]()
        if python is not None:
            sources = {name: data for name, data in content.items() if name.endswith(".py")}
            compiled = bytecode(python, sources, _new(folder / "sources"))
        content |= dict(compiled.values())
        reason = refusal(content, target)
        if reason is not None:
            raise PermanentError(reason)
        archive = zipped(content)
        digest = hashlib.sha256(archive).hexdigest()[:_HASH_DIGITS]

        def size(name: str) -> int:
            return len(content.get(name, b"")) + len(compiled.get(name, ("", b""))[1])

        return FunctionPackage(
            name=f"imgmeta-{found[0].version}-{target.runtime}-{target.architecture}-{digest}.zip",
            target=target,
            content=archive,
            unpacked_size=sum(map(len, content.values())),
            parts=_parts(found, size),
            is_precompiled=bool(compiled),
        )

    def _libraries(self, target: FunctionPlatform, folder: Path) -> list[Distribution]:
        with as_file(self._locks / f"{target.runtime}.txt") as lock:
            pinned = {_canonical(name) for name in _PINNED.findall(lock.read_text("utf-8"))}
            resolve(lock, target, folder / "libraries", _new(folder / "scratch"))
        found = list(distributions(folder / "libraries"))
        missing = pinned - {_canonical(each.name) for each in found}
        if missing:
            # Some of pip's settings have it do nothing, and call that a success.
            names = ", ".join(sorted(missing))
            msg = f"{names} should be there now, but is not: see `pip config list` for odd settings"
            raise PermanentError(msg)
        return found


def _canonical(name: str) -> str:
    """Return what all spellings of a distribution's name have in common: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _version_of(python: str | None) -> str:
    """Return what tells one build of an interpreter from a later one at its place."""
    if python is None:
        return ""
    about = Path(python).resolve().stat()
    return f"{about.st_size} {about.st_mtime_ns}"


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _parts(found: Iterable[Distribution], size: Callable[[str], int]) -> tuple[PackagePart, ...]:
    parts = [PackagePart(each.name, each.version, sum(map(size, each.files))) for each in found]
    return tuple(sorted(parts, key=lambda part: (-part.size, part.name)))
