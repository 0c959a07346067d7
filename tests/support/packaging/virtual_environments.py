"""Virtual environments that tests create, and programs in them."""

import os
import subprocess
import venv
from pathlib import Path

__all__ = ["create", "program", "run"]


def create(folder: Path) -> Path:
    """Create a virtual environment with pip; return its Python."""
    venv.create(folder, with_pip=True)
    return program(folder, "python")


def program(folder: Path, name: str) -> Path:
    """Return a program of the virtual environment in a folder."""
    return folder / "Scripts" / f"{name}.exe" if os.name == "nt" else folder / "bin" / name


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a command that must succeed; return its output."""
    result = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
