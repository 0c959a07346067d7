"""The adapters that make packages, each with what they need of the world in a test's hands."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from imgmeta.deployment.adapters.pip import PipFunctionPackager, resolving
from imgmeta.deployment.ports import FunctionPackager
from support.deployment.wheels import Index

_NOWHERE = "http://127.0.0.1:1/simple"
"""Nothing listens at this port of this machine."""


@dataclass(frozen=True)
class PackagerScene:
    """A packager that needs nothing but imgmeta's own modules, yet.

    Attributes:
        packager: under test.
        index: what else there is to be had.
        refuse_now: makes the index unable to answer.
        lose_programs: removes what packages are made with.
    """

    packager: FunctionPackager
    index: Index
    refuse_now: Callable[[], None]
    lose_programs: Callable[[], None]


def _pip_scene(folder: Path, patch: pytest.MonkeyPatch) -> PackagerScene:
    if find_spec("pip") is None:
        pytest.skip("pip is not installed")
    index = _isolated(folder, patch)

    def refuse_now() -> None:
        for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
            patch.delenv(name)
        patch.setenv("PIP_INDEX_URL", _NOWHERE)
        patch.setenv("PIP_RETRIES", "1")

    def lose_programs() -> None:
        hide_pip(patch)
        patch.setenv("PATH", str(folder / "nothing"))

    return PackagerScene(PipFunctionPackager(index.locks), index, refuse_now, lose_programs)


def _uv_scene(folder: Path, patch: pytest.MonkeyPatch) -> PackagerScene:
    if shutil.which("uv") is None:
        pytest.skip("uv is not on the path")
    index = _isolated(folder, patch)
    hide_pip(patch)

    def refuse_now() -> None:
        patch.delenv("UV_CONFIG_FILE")
        patch.setenv("UV_DEFAULT_INDEX", _NOWHERE)
        patch.setenv("UV_HTTP_RETRIES", "0")

    def lose_programs() -> None:
        patch.setenv("PATH", str(folder / "nothing"))

    return PackagerScene(PipFunctionPackager(index.locks), index, refuse_now, lose_programs)


PACKAGERS = {"pip": _pip_scene, "uv": _uv_scene}


def hide_pip(patch: pytest.MonkeyPatch) -> None:
    """Have the adapter find no pip."""

    def find(name: str, package: str | None = None) -> Any:  # noqa: ANN401 - as the real one
        return None if name == "pip" else find_spec(name, package)

    patch.setattr(resolving, "find_spec", find)


def _isolated(folder: Path, patch: pytest.MonkeyPatch) -> Index:
    """Return an index that pip and uv ask instead of any that this machine is set up for."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        patch.delenv(name)
    index = Index(folder)
    patch.setenv("PIP_CONFIG_FILE", os.devnull)
    patch.setenv("PIP_NO_INDEX", "1")
    patch.setenv("PIP_FIND_LINKS", str(index.wheels))
    patch.setenv("UV_NO_CACHE", "1")
    settings = folder / "uv.toml"
    settings.write_text(f"no-index = true\nfind-links = [{str(index.wheels)!r}]\n", "utf-8")
    patch.setenv("UV_CONFIG_FILE", str(settings))
    return index
