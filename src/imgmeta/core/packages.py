"""What the function's zip is made for, and what is in it."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Architecture", "FunctionPackage", "FunctionTarget", "PackagePart", "Runtime"]


class Architecture(StrEnum):
    """The instruction sets of AWS Lambda, by its names for them."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


class Runtime(StrEnum):
    """The runtimes of AWS Lambda that the function can run on, by their identifiers."""

    PYTHON_3_11 = "python3.11"
    PYTHON_3_12 = "python3.12"
    PYTHON_3_13 = "python3.13"
    PYTHON_3_14 = "python3.14"


@dataclass(frozen=True, slots=True)
class FunctionTarget:
    """Where the function is to run."""

    runtime: Runtime = Runtime.PYTHON_3_13
    architecture: Architecture = Architecture.ARM64


@dataclass(frozen=True, slots=True)
class PackagePart:
    """One distribution in a package.

    Attributes:
        name: the distribution's.
        version: of the distribution.
        size: bytes, unpacked.
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
    target: FunctionTarget
    content: bytes
    unpacked_size: int
    parts: tuple[PackagePart, ...]
    is_precompiled: bool
