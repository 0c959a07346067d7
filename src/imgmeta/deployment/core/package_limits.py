"""The limits of AWS Lambda that a deployment package must respect."""

import re
import struct
from collections.abc import Mapping

from imgmeta.core.text import printable
from imgmeta.deployment.core.packages import HANDLER, Architecture, FunctionPlatform

__all__ = ["MAX_UNPACKED_SIZE", "rejection_reason"]

MAX_UNPACKED_SIZE = 262_144_000
"""Bytes of an unpacked package: AWS Lambda Developer Guide, "Lambda quotas": 250 MB."""

_MAX_NAME = 255
"""Bytes in one part of a path: NAME_MAX of Linux."""

_ELF_SIGNATURE = b"\x7fELF"
_MACHINES = {62: Architecture.X86_64, 183: Architecture.ARM64}
"""EM_X86_64 and EM_AARCH64 of the ELF header: System V ABI, "ELF Header"."""
_MACHINE_OFFSET = 18

_EXTENSION = re.compile(r"\.cpython-(\w+)-[^/]*\.so$")
"""The tag in the file name of an extension module: PEP 3149."""


def rejection_reason(files: Mapping[str, bytes], platform: FunctionPlatform) -> str | None:
    """Return the reason that AWS Lambda could not run these files, or None.

    Args:
        files: contents, by POSIX path in the package.
        platform: where the function runs.
    """
    size = sum(map(len, files.values()))
    if size > MAX_UNPACKED_SIZE:
        return (
            f"the package is {size:,} bytes unpacked, more than AWS Lambda's limit of "
            f"{MAX_UNPACKED_SIZE:,}: remove some files"
        )
    module = HANDLER.rpartition(".")[0].replace(".", "/")
    if not {f"{module}.py", f"{module}/__init__.py"} & files.keys():
        return f"the package has no {module}: reinstall imgmeta"
    for name, content in sorted(files.items()):
        if _is_invalid_path(name, files):
            return f"cannot unpack a file named '{printable(name)}': rename or remove it"
        if built_for := _other_platform(name, content, platform):
            return f"{printable(name)} is built for {built_for}, not for {platform}"
    return None


def _is_invalid_path(name: str, files: Mapping[str, bytes]) -> bool:
    parts = name.split("/")
    return (
        not name.isprintable()
        or "\\" in name
        or any(part in {"", ".", ".."} for part in parts)
        or any(len(part.encode(errors="replace")) > _MAX_NAME for part in parts)
        or any("/".join(parts[:depth]) in files for depth in range(1, len(parts)))
    )


def _other_platform(name: str, content: bytes, platform: FunctionPlatform) -> str | None:
    """Return the other platform that a binary is built for, or None."""
    if not content.startswith(_ELF_SIGNATURE):
        return None
    abi = _EXTENSION.search(name)
    if abi is not None and f"cp{abi[1]}" != platform.runtime.abi:
        return f"CPython {abi[1]}"
    field = content[_MACHINE_OFFSET : _MACHINE_OFFSET + 2]
    (machine,) = struct.unpack("<H", field.ljust(2, b"\0"))
    if _MACHINES.get(machine) is platform.architecture:
        return None
    return _MACHINES.get(machine, f"another machine ({machine})")
