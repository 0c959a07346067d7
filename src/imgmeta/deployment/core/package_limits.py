"""What AWS Lambda would refuse, or could not run, of the files in a package."""

import re
import struct
from collections.abc import Mapping

from imgmeta.core.text import printable
from imgmeta.deployment.core.packages import HANDLER, Architecture, FunctionPlatform

__all__ = ["MAX_UNPACKED", "refusal"]

MAX_UNPACKED = 262_144_000
"""Bytes of a package, unpacked: AWS Lambda Developer Guide, "Lambda quotas": 250 MB."""

_MAX_NAME = 255
"""Bytes of one part of a path: NAME_MAX of Linux."""

_ELF = b"\x7fELF"
_MACHINES = {62: Architecture.X86_64, 183: Architecture.ARM64}
"""EM_X86_64 and EM_AARCH64, as a header of ELF has them: System V ABI, "ELF Header"."""
_MACHINE_AT = 18

_EXTENSION = re.compile(r"\.cpython-(\w+)-[^/]*\.so$")
"""How an extension module says which Python it is for: PEP 3149."""


def refusal(files: Mapping[str, bytes], target: FunctionPlatform) -> str | None:
    """Return why these files cannot be the function, for people; None if they can.

    Args:
        files: contents, by POSIX path in the package.
        target: where it is to run.
    """
    size = sum(map(len, files.values()))
    if size > MAX_UNPACKED:
        return (
            f"the package is {size:,} bytes unpacked, and AWS Lambda takes {MAX_UNPACKED:,}: "
            "leave something out"
        )
    module = HANDLER.rpartition(".")[0].replace(".", "/")
    if not {f"{module}.py", f"{module}/__init__.py"} & files.keys():
        return f"the package has no {module}: this installation of imgmeta is incomplete"
    for name, content in sorted(files.items()):
        if _is_impossible(name, files):
            return f"no file can be unpacked as '{printable(name)}': rename or remove it"
        if reason := _wrong_binary(name, content, target):
            return f"{printable(name)} is for {reason}, not for {target}"
    return None


def _is_impossible(name: str, files: Mapping[str, bytes]) -> bool:
    parts = name.split("/")
    return (
        not name.isprintable()
        or "\\" in name
        or any(part in {"", ".", ".."} for part in parts)
        or any(len(part.encode(errors="replace")) > _MAX_NAME for part in parts)
        or any("/".join(parts[:depth]) in files for depth in range(1, len(parts)))
    )


def _wrong_binary(name: str, content: bytes, target: FunctionPlatform) -> str | None:
    """Return what a binary is for, if that is not the target."""
    if not content.startswith(_ELF):
        return None
    abi = _EXTENSION.search(name)
    if abi is not None and f"cp{abi[1]}" != target.runtime.abi:
        return f"CPython {abi[1]}"
    header = content[_MACHINE_AT : _MACHINE_AT + 2]
    (machine,) = struct.unpack("<H", header.ljust(2, b"\0"))
    if _MACHINES.get(machine) is target.architecture:
        return None
    return _MACHINES.get(machine, f"another machine ({machine})")
