"""Packages with entry points, written to a folder on `sys.path` instead of being installed."""

import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import pytest

__all__ = ["Install", "installer"]

Install = Callable[..., str]
"""Installs a package with one module; returns the name of the module."""


def installer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that makes packages importable until the end of the test."""

    def install(  # noqa: PLR0913 - each test changes one of them
        source: str = "",
        *,
        group: str = "imgmeta.stores",
        scheme: str = "mine",
        package: str = "mine-imgmeta",
        value: str = "{module}:open_url",
        entry_points: str | bytes | None = None,
        metadata: str | None = None,
    ) -> str:
        module = f"plugin_{uuid4().hex}"  # a new name, since Python caches modules
        (folder / f"{module}.py").write_text(dedent(source), encoding="utf-8")
        information = folder / f"{package.replace('-', '_')}-1.0.dist-info"
        information.mkdir()
        default = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        text = default if metadata is None else metadata
        (information / "METADATA").write_text(text, encoding="utf-8")
        listed = entry_points or f"[{group}]\n{scheme} = {value.format(module=module)}\n"
        content = listed.encode() if isinstance(listed, str) else listed
        (information / "entry_points.txt").write_bytes(content)
        monkeypatch.syspath_prepend(folder)
        # Restored to nothing at the end, so that the module is not kept.
        monkeypatch.setitem(sys.modules, module, sys)
        del sys.modules[module]
        return module

    return install
