"""A cache of deployment packages: unchanged packages are not built again."""

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

_MAX_ENTRIES = 8
"""Packages in the cache, about 13 MB each."""


class CachedFunctionPackager:
    """Builds a package only if one of its inputs has changed since the last build.

    A cache that cannot be read or written counts as empty.

    Args:
        packager: builds packages.
        fingerprint: returns a file name that differs whenever a platform's package may differ.
        folder: the cache directory, created if it is missing.
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

    def build(self, platform: FunctionPlatform) -> FunctionPackage:
        """Return the package from the cache, or build it: see `FunctionPackager.build`."""
        entry = self._folder / self._fingerprint(platform)
        cached = _read(entry, platform)
        if cached is not None:
            return cached
        package = self._packager.build(platform)
        with suppress(OSError):
            _write(entry, package)
            self._delete_oldest()
        return package

    def _delete_oldest(self) -> None:
        entries = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for entry in entries[:-_MAX_ENTRIES]:
            entry.unlink(missing_ok=True)


def _write(entry: Path, package: FunctionPackage) -> None:
    header = {
        "name": package.name,
        "unpacked_size": package.unpacked_size,
        "parts": [asdict(part) for part in package.parts],
        "is_precompiled": package.is_precompiled,
        "digest": hashlib.sha256(package.content).hexdigest(),
    }
    entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = entry.with_name(f"{entry.name}.{os.getpid()}")
    try:
        temporary.write_bytes(json.dumps(header).encode() + b"\n" + package.content)
        temporary.replace(entry)
    finally:
        temporary.unlink(missing_ok=True)


def _read(entry: Path, platform: FunctionPlatform) -> FunctionPackage | None:
    """Return the package in a cache entry, or None if there is no valid one."""
    try:
        first_line, _, content = entry.read_bytes().partition(b"\n")
        header = json.loads(first_line)
        if hashlib.sha256(content).hexdigest() != header["digest"]:
            return None
        return FunctionPackage(
            name=header["name"],
            platform=platform,
            content=content,
            unpacked_size=header["unpacked_size"],
            parts=tuple(PackagePart(**part) for part in header["parts"]),
            is_precompiled=header["is_precompiled"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
