"""What the function's zip is made for, and what is in it."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

__all__ = [
    "HANDLER",
    "Architecture",
    "FunctionPackage",
    "FunctionPlatform",
    "PackagePart",
    "Runtime",
    "architecture_at",
    "wheel_platforms",
]

HANDLER = "imgmeta.entrypoints.aws_lambda.handler"
"""What AWS Lambda is told to call."""


class Architecture(StrEnum):
    """The instruction sets of AWS Lambda, by its names for them."""

    ARM64 = "arm64"
    X86_64 = "x86_64"

    @property
    def machine(self) -> str:
        """The name that Linux, and so the platform of a wheel, has for it."""
        return "aarch64" if self is Architecture.ARM64 else "x86_64"


class Runtime(StrEnum):
    """The runtimes of AWS Lambda that the function can run on, by their identifiers."""

    PYTHON_3_11 = "python3.11"
    PYTHON_3_12 = "python3.12"
    PYTHON_3_13 = "python3.13"
    PYTHON_3_14 = "python3.14"

    @property
    def version(self) -> str:
        """Python's version, as `3.13`."""
        return self.removeprefix("python")

    @property
    def abi(self) -> str:
        """Python's binary interface, as `cp313`: PEP 425."""
        return f"cp{self.version.replace('.', '')}"

    @property
    def glibc(self) -> int:
        """The minor version of the C library, whose major one is 2.

        AWS Lambda Developer Guide, "Lambda runtimes": python3.11 is on Amazon Linux 2, the later
        ones are on Amazon Linux 2023. Amazon Linux 2023 User Guide, "Comparing AL2 and AL2023":
        glibc is 2.26 there and 2.34 here.
        """
        return 26 if self is Runtime.PYTHON_3_11 else 34


@dataclass(frozen=True, slots=True)
class FunctionPlatform:
    """Where the function is to run."""

    runtime: Runtime = Runtime.PYTHON_3_13
    architecture: Architecture = Architecture.ARM64

    def __str__(self) -> str:
        """Return it for people, as `python3.13 on arm64`."""
        return f"{self.runtime} on {self.architecture}"


_LEAST_GLIBC = {Architecture.X86_64: 5, Architecture.ARM64: 17}
"""The oldest glibc that wheels are made for: PEP 600, and that of manylinux2014 on AArch64, which
had no older one."""

_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
"""Older names, by glibc: PEP 600, "Legacy manylinux tags"."""


def wheel_platforms(target: FunctionPlatform) -> tuple[str, ...]:
    """Return the platform tags of all wheels that run on a target, the best first.

    What is made for an older glibc runs on a newer one (PEP 600), and a wheel names the oldest.
    Installers take a platform that they are told literally, so that each has to be named.
    """
    machine = target.architecture.machine
    tags = list[str]()
    for minor in range(target.runtime.glibc, _LEAST_GLIBC[target.architecture] - 1, -1):
        tags.append(f"manylinux_2_{minor}_{machine}")
        if minor in _LEGACY:
            tags.append(f"{_LEGACY[minor]}_{machine}")
    return tuple(tags)


_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_MACHINES = {
    "aarch64": Architecture.ARM64,
    "arm64": Architecture.ARM64,
    "x86_64": Architecture.X86_64,
    "amd64": Architecture.X86_64,
}


def architecture_at(endpoint: str | None, machine: str) -> Architecture | None:
    """Return the architecture that functions run on at an endpoint; None: whichever they ask for.

    An emulator on this machine runs functions as programs of this machine.

    Args:
        endpoint: the URL that requests are sent to; None: AWS itself.
        machine: this machine's, as its operating system calls it.
    """
    host = urlsplit(endpoint).hostname if endpoint else None
    return _MACHINES.get(machine.lower()) if host in _HERE else None


@dataclass(frozen=True, slots=True)
class PackagePart:
    """One distribution in a package.

    Attributes:
        name: the distribution's.
        version: of the distribution.
        size: bytes, unpacked, bytecode included.
    """

    name: str
    version: str
    size: int


@dataclass(frozen=True, slots=True)
class FunctionPackage:
    """The function's zip.

    Attributes:
        name: a file name that ends in `.zip` and holds the hash of `content`.
        target: what it was made for.
        content: the zip's bytes.
        unpacked_size: bytes, unpacked.
        parts: what it is made of, the largest first.
        is_precompiled: whether there is bytecode in it, for the target's Python.
    """

    name: str
    target: FunctionPlatform
    content: bytes
    unpacked_size: int
    parts: tuple[PackagePart, ...]
    is_precompiled: bool
