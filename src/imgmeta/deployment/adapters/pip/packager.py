"""Build the deployment package: locked wheels, imgmeta's own modules and bytecode in one zip."""

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
from imgmeta.deployment.adapters.pip.archive import zip_files
from imgmeta.deployment.adapters.pip.bytecode import compile_modules, find_interpreter
from imgmeta.deployment.adapters.pip.contents import (
    Distribution,
    distributions,
    own_distribution,
    without_unused_libraries,
)
from imgmeta.deployment.adapters.pip.installer import install_locked
from imgmeta.deployment.core.package_limits import rejection_reason
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform, PackagePart
from imgmeta.errors import PermanentError

__all__ = ["LOCKS", "PipFunctionPackager"]

LOCKS = files("imgmeta.deployment.adapters.pip") / "locks"
"""The function's dependencies, in one file for each runtime: exact versions, with the hashes of the
wheels for both architectures. `tools/lock_function.py` writes them."""

_HASH_DIGITS = 16

_PINNED = re.compile(r"^([\w.-]+)==", re.MULTILINE)


class PipFunctionPackager:
    """Builds deployment packages from wheels that pip downloads."""

    def __init__(self, locks: Traversable = LOCKS) -> None:
        self._locks = locks

    def build(self, platform: FunctionPlatform) -> FunctionPackage:
        """Build the package: see the port."""
        try:
            with tempfile.TemporaryDirectory(prefix="imgmeta-") as name:
                return self._build_in(Path(name), platform)
        except OSError as error:
            msg = f"cannot build the deployment package: {error.strerror or error}"
            raise PermanentError(msg) from error

    def fingerprint(self, platform: FunctionPlatform) -> str:
        """Return hexadecimal digits that differ whenever `build` may return other bytes.

        They are a hash of all inputs: the lock, imgmeta's modules, including those that build
        packages, and the interpreters that build and compile.
        """
        python = find_interpreter(platform.runtime)
        tools = (str(platform), sys.version, zlib.ZLIB_RUNTIME_VERSION, python, _build_of(python))
        digest = hashlib.sha256(repr(tools).encode())
        digest.update((self._locks / f"{platform.runtime}.txt").read_bytes())
        package = Path(imgmeta.__file__).parent
        for path in sorted(package.rglob("*.py")):
            source = path.read_bytes()
            digest.update(f"{path.relative_to(package)} {len(source)} ".encode())
            digest.update(source)
        return digest.hexdigest()

    def _build_in(self, folder: Path, platform: FunctionPlatform) -> FunctionPackage:
        parts = [own_distribution(), *self._libraries(platform, folder)]
        content = {name: data for each in parts for name, data in each.files.items()}
        content = without_unused_libraries(content)
        python = find_interpreter(platform.runtime)
        compiled = dict[str, tuple[str, bytes]]()
        if python is not None:
            sources = {name: data for name, data in content.items() if name.endswith(".py")}
            compiled = compile_modules(python, sources, _make_folder(folder / "sources"))
        content |= dict(compiled.values())
        reason = rejection_reason(content, platform)
        if reason is not None:
            raise PermanentError(reason)
        archive = zip_files(content)
        digest = hashlib.sha256(archive).hexdigest()[:_HASH_DIGITS]

        def size(name: str) -> int:
            return len(content.get(name, b"")) + len(compiled.get(name, ("", b""))[1])

        return FunctionPackage(
            name=f"imgmeta-{parts[0].version}-{platform.runtime}-{platform.architecture}-{digest}.zip",
            platform=platform,
            content=archive,
            unpacked_size=sum(map(len, content.values())),
            parts=_package_parts(parts, size),
            is_precompiled=bool(compiled),
        )

    def _libraries(self, platform: FunctionPlatform, folder: Path) -> list[Distribution]:
        with as_file(self._locks / f"{platform.runtime}.txt") as lock:
            pinned = {_normalize(name) for name in _PINNED.findall(lock.read_text("utf-8"))}
            install_locked(lock, platform, folder / "libraries", _make_folder(folder / "scratch"))
        installed = list(distributions(folder / "libraries"))
        missing = pinned - {_normalize(each.name) for each in installed}
        if missing:
            # With some settings, such as dry-run, pip installs nothing and still succeeds.
            msg = f"pip did not install {', '.join(sorted(missing))}: check `pip config list`"
            raise PermanentError(msg)
        return installed


def _normalize(name: str) -> str:
    """Return the normalized name of a distribution: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _build_of(python: str | None) -> str:
    """Return a text that differs between two builds of an interpreter at the same path."""
    if python is None:
        return ""
    status = Path(python).resolve().stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def _make_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _package_parts(
    found: Iterable[Distribution], size: Callable[[str], int]
) -> tuple[PackagePart, ...]:
    parts = [PackagePart(each.name, each.version, sum(map(size, each.files))) for each in found]
    return tuple(sorted(parts, key=lambda part: (-part.size, part.name)))
