"""Packages that were made before: what would come out the same is not made again."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform, PackagePart
from imgmeta.deployment.ports import FunctionPackager

__all__ = ["CachedFunctionPackager"]

_MOST = 8
"""Packages that are kept, about 12 MB each."""


class CachedFunctionPackager:
    """Makes a package only if nothing that it is made of has changed since it was made last.

    A cache that cannot be read or written is as good as an empty one.

    Args:
        packager: makes packages.
        fingerprint: tells apart whatever leads to other packages of a target.
        folder: where packages are kept; made if need be.
    """

    def __init__(
        self,
        packager: FunctionPackager,
        fingerprint: Callable[[FunctionPlatform], str],
        folder: Path,
    ) -> None:
        self._packager = packager
        self._fingerprint = fingerprint
        self._folder = folder

    def package(self, target: FunctionPlatform) -> FunctionPackage:
        """Return the package, as the port says."""
        entry = self._folder / self._fingerprint(target)
        found = _read(entry, target)
        if found is not None:
            return found
        package = self._packager.package(target)
        with suppress(OSError):
            _write(entry, package)
            self._forget_the_oldest()
        return package

    def _forget_the_oldest(self) -> None:
        entries = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for entry in entries[:-_MOST]:
            entry.unlink(missing_ok=True)


def _write(entry: Path, package: FunctionPackage) -> None:
    about = {
        "name": package.name,
        "unpacked_size": package.unpacked_size,
        "parts": [asdict(part) for part in package.parts],
        "is_precompiled": package.is_precompiled,
        "digest": hashlib.sha256(package.content).hexdigest(),
    }
    entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = entry.with_name(f"{entry.name}.{os.getpid()}")
    try:
        written.write_bytes(json.dumps(about).encode() + b"\n" + package.content)
        written.replace(entry)
    finally:
        written.unlink(missing_ok=True)


def _read(entry: Path, target: FunctionPlatform) -> FunctionPackage | None:
    """Return what was written, whole; None if nothing was, or if it is no longer whole."""
    try:
        head, _, content = entry.read_bytes().partition(b"\n")
        about = json.loads(head)
        if hashlib.sha256(content).hexdigest() != about["digest"]:
            return None
        return FunctionPackage(
            name=about["name"],
            target=target,
            content=content,
            unpacked_size=about["unpacked_size"],
            parts=tuple(PackagePart(**part) for part in about["parts"]),
            is_precompiled=about["is_precompiled"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
