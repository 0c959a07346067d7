"""The adapters that build packages, each over a package index of the test."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from imgmeta.deployment.adapters.pip import PipFunctionPackager, installer
from imgmeta.deployment.ports import FunctionPackager
from support.deployment.wheels import Index

_UNREACHABLE = "http://127.0.0.1:1/simple"
"""The URL of a port that nothing listens on."""


@dataclass(frozen=True)
class PackagerHarness:
    """A packager whose lock is empty, until a test adds wheels.

    Attributes:
        packager: under test.
        index: the package index.
        stop_index: makes the index unreachable.
        remove_tool: makes the build tool unavailable.
    """

    packager: FunctionPackager
    index: Index
    stop_index: Callable[[], None]
    remove_tool: Callable[[], None]


def _with_pip(folder: Path, patch: pytest.MonkeyPatch) -> PackagerHarness:
    if find_spec("pip") is None:
        pytest.skip("pip is not installed")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        patch.delenv(name)
    index = Index(folder)
    patch.setenv("PIP_CONFIG_FILE", os.devnull)
    patch.setenv("PIP_NO_INDEX", "1")
    patch.setenv("PIP_FIND_LINKS", str(index.wheels))

    def stop_index() -> None:
        for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
            patch.delenv(name)
        patch.setenv("PIP_INDEX_URL", _UNREACHABLE)
        patch.setenv("PIP_RETRIES", "1")

    def remove_tool() -> None:
        def find(name: str, package: str | None = None) -> Any:  # noqa: ANN401 - as find_spec
            return None if name == "pip" else find_spec(name, package)

        patch.setattr(installer, "find_spec", find)

    return PackagerHarness(PipFunctionPackager(index.locks), index, stop_index, remove_tool)


PACKAGERS = {"pip": _with_pip}


def replace_pip(patch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Run a shell script in place of pip."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)
    patch.setattr(installer, "find_spec", lambda _: object())
    patch.setattr(sys, "executable", str(program))
