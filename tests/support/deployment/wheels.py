"""Wheels in a folder, and the locks that name them: a package index for tests."""

import base64
import hashlib
import struct
import sys
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPlatform,
    Runtime,
    wheel_platforms,
)

__all__ = ["OWN_RUNTIME", "Index", "elf"]

_MACHINES = {Architecture.X86_64: 62, Architecture.ARM64: 183}

OWN_RUNTIME = next((each for each in Runtime if each.abi == f"cp3{sys.version_info.minor}"), None)
"""The runtime of the Python that runs the tests; None where AWS Lambda has none."""


def elf(architecture: Architecture, content: bytes = b"") -> bytes:
    """Return what starts as a binary for an architecture does."""
    header = (
        b"\x7fELF" + bytes([2, 1, 1]) + bytes(9) + struct.pack("<HH", 3, _MACHINES[architecture])
    )
    return header + content


class Index:
    """Wheels, and what locks say of them.

    Attributes:
        wheels: the folder that they are in.
        locks: the folder of the locks, one for each runtime.
    """

    def __init__(self, folder: Path) -> None:
        self.wheels = folder / "wheels"
        self.locks = folder / "locks"
        self.wheels.mkdir(parents=True)
        self.locks.mkdir()
        self._pins = defaultdict[str, list[str]](list)
        for runtime in Runtime:
            (self.locks / f"{runtime}.txt").touch()

    def add(
        self,
        name: str,
        files: Mapping[str, bytes],
        *,
        target: FunctionPlatform | None = None,
        says: FunctionPlatform | None = None,
        digest: str | None = None,
    ) -> None:
        """Add a wheel of version 1.0, and it to what all runtimes are locked to.

        Args:
            name: of the distribution.
            files: its contents.
            target: what it is for; None: anything.
            says: what its name says that it is for, if that is something else.
            digest: the hash in the lock, if it is not to be the wheel's own.
        """
        named = says or target
        tag = (
            f"{named.runtime.abi}-{named.runtime.abi}-{wheel_platforms(named)[-1]}" if named else ""
        )
        tag = tag or "py3-none-any"
        metadata = f"{name}-1.0.dist-info"
        content = {
            **files,
            f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
            f"{metadata}/WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n".encode(),
        }
        record = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in content.items()]
        record.append(f"{metadata}/RECORD,,")
        content[f"{metadata}/RECORD"] = "\n".join(record).encode()
        path = self.wheels / f"{name}-1.0-{tag}.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for each, data in content.items():
                wheel.writestr(each, data)
        self._pins[name].append(digest or hashlib.sha256(path.read_bytes()).hexdigest())
        lines = [
            " ".join([f"{pinned}==1.0", *(f"--hash=sha256:{each}" for each in digests)])
            for pinned, digests in self._pins.items()
        ]
        for runtime in Runtime:
            (self.locks / f"{runtime}.txt").write_text("\n".join(lines), "utf-8")


def _digest(data: bytes) -> str:
    """Return a hash as a wheel's RECORD has it: PEP 427."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
