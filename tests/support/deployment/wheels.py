"""A package index for tests: wheels in a folder, and locks that name them."""

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
    wheel_platform_tags,
)

__all__ = ["OWN_RUNTIME", "Index", "elf"]

_MACHINES = {Architecture.X86_64: 62, Architecture.ARM64: 183}

OWN_RUNTIME = next((each for each in Runtime if each.abi == f"cp3{sys.version_info.minor}"), None)
"""The runtime of the Python that runs the tests; None if AWS Lambda has none."""


def elf(architecture: Architecture, content: bytes = b"") -> bytes:
    """Return bytes that start with the ELF header of a binary for an architecture."""
    header = (
        b"\x7fELF" + bytes([2, 1, 1]) + bytes(9) + struct.pack("<HH", 3, _MACHINES[architecture])
    )
    return header + content


class Index:
    """Wheels, and locks that name them.

    Attributes:
        wheels: the folder of the wheels.
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
        platform: FunctionPlatform | None = None,
        tagged: FunctionPlatform | None = None,
        digest: str | None = None,
    ) -> None:
        """Add a wheel of version 1.0, and add it to the locks of all runtimes.

        Args:
            name: the distribution's name.
            files: its contents, by path.
            platform: the platform that the wheel is built for; None: any.
            tagged: the platform in the wheel's tag; None: the same.
            digest: the hash in the lock; None: the wheel's own.
        """
        tag = "py3-none-any"
        if named := tagged or platform:
            tag = f"{named.runtime.abi}-{named.runtime.abi}-{wheel_platform_tags(named)[-1]}"
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
    """Return a hash as in a wheel's RECORD: PEP 427."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
