"""Deployment packages of the function, and the platforms they are built for."""

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

__all__ = [
    "HANDLER",
    "Architecture",
    "FunctionPackage",
    "FunctionPlatform",
    "PackagePart",
    "Runtime",
    "digest_in_name",
    "emulator_architecture",
    "wheel_platform_tags",
]

HANDLER = "imgmeta.entrypoints.aws_lambda.handler"
"""The handler setting of the Lambda function."""


class Architecture(StrEnum):
    """The instruction sets of AWS Lambda, by its names for them."""

    ARM64 = "arm64"
    X86_64 = "x86_64"

    @property
    def machine(self) -> str:
        """The machine name in Linux and in the platform tags of wheels."""
        return "aarch64" if self is Architecture.ARM64 else "x86_64"


class Runtime(StrEnum):
    """The runtimes of AWS Lambda that the function supports, by their identifiers."""

    PYTHON_3_11 = "python3.11"
    PYTHON_3_12 = "python3.12"
    PYTHON_3_13 = "python3.13"
    PYTHON_3_14 = "python3.14"

    @property
    def version(self) -> str:
        """Python's version, such as `3.13`."""
        return self.removeprefix("python")

    @property
    def abi(self) -> str:
        """Python's ABI tag, such as `cp313`: PEP 425."""
        return f"cp{self.version.replace('.', '')}"

    @property
    def glibc(self) -> int:
        """The minor version of the runtime's glibc; the major version is 2.

        AWS Lambda Developer Guide, "Lambda runtimes": python3.11 runs on Amazon Linux 2, the later
        ones on Amazon Linux 2023. Amazon Linux 2023 User Guide, "Comparing AL2 and AL2023": their
        glibc versions are 2.26 and 2.34.
        """
        return 26 if self is Runtime.PYTHON_3_11 else 34


@dataclass(frozen=True, slots=True)
class FunctionPlatform:
    """The runtime and architecture that the function runs on."""

    runtime: Runtime = Runtime.PYTHON_3_13
    architecture: Architecture = Architecture.ARM64

    def __str__(self) -> str:
        """Return the platform for people, such as `python3.13 on arm64`."""
        return f"{self.runtime} on {self.architecture}"


_OLDEST_GLIBC = {Architecture.X86_64: 5, Architecture.ARM64: 17}
"""The oldest glibc that wheels are built for: PEP 600; on AArch64, that of manylinux2014 (PEP 599),
the first policy with that architecture."""

_LEGACY_TAGS = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
"""Older names, by glibc: PEP 600, "Legacy manylinux tags"."""


def wheel_platform_tags(platform: FunctionPlatform) -> tuple[str, ...]:
    """Return the platform tags of all wheels that run on a platform, the best first.

    Wheels built for an older glibc run on a newer one (PEP 600), and a wheel is tagged with the
    oldest. pip takes platform tags literally, so that each tag must be passed.
    """
    machine = platform.architecture.machine
    tags = list[str]()
    for minor in range(platform.runtime.glibc, _OLDEST_GLIBC[platform.architecture] - 1, -1):
        tags.append(f"manylinux_2_{minor}_{machine}")
        if minor in _LEGACY_TAGS:
            tags.append(f"{_LEGACY_TAGS[minor]}_{machine}")
    return tuple(tags)


_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_MACHINES = {
    "aarch64": Architecture.ARM64,
    "arm64": Architecture.ARM64,
    "x86_64": Architecture.X86_64,
    "amd64": Architecture.X86_64,
}


def emulator_architecture(endpoint: str | None, machine: str) -> Architecture | None:
    """Return the architecture of functions in an emulator on this machine, or None.

    An emulator on this machine runs functions as local programs. None: the endpoint is elsewhere,
    or the machine's architecture is not one of AWS Lambda.

    Args:
        endpoint: the URL that requests are sent to; None: AWS itself.
        machine: this machine's name for its architecture.
    """
    host = urlsplit(endpoint).hostname if endpoint else None
    return _MACHINES.get(machine.lower()) if host in _LOCAL_HOSTS else None


@dataclass(frozen=True, slots=True)
class PackagePart:
    """One distribution in a package; its size is in bytes, unpacked, bytecode included."""

    name: str
    version: str
    size: int


@dataclass(frozen=True, slots=True)
class FunctionPackage:
    """A deployment package: the function's zip.

    Attributes:
        name: a file name that contains a hash of `content` and ends in `.zip`.
        platform: the platform it was built for.
        content: the zip's bytes.
        unpacked_size: bytes, unpacked.
        parts: the distributions in the package, the largest first.
        is_precompiled: whether the package contains bytecode for the platform's Python.
    """

    name: str
    platform: FunctionPlatform
    content: bytes
    unpacked_size: int
    parts: tuple[PackagePart, ...]
    is_precompiled: bool

    @property
    def sha256(self) -> bytes:
        """The SHA-256 of `content`: AWS Lambda identifies a deployed package by it."""
        return hashlib.sha256(self.content).digest()

    def copy(self) -> Self:
        """Return the same package under a second name.

        CloudFormation updates a function only if the location of its package changes.
        """
        return replace(self, name=f"{self.name.removesuffix('.zip')}{_COPY}.zip")


_COPY = "-copy"

_NAME = re.compile(rf"-([0-9a-f]{{16}})(?:{_COPY})?\.zip")


def digest_in_name(name: str) -> str:
    """Return the first hexadecimal digits of a package's SHA-256, given its name or its key.

    Args:
        name: ends in the name of a package. Empty is returned for any other text.
    """
    found = _NAME.search(name)
    return found[1] if found and found.end() == len(name) else ""
