"""The `cli` fixture, which runs commands in this process."""

import os
from pathlib import Path

import pytest

from support.cli.command_line import Cli, Result


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that runs a command in an empty working directory."""
    from imgmeta.entrypoints.cli.runner import run  # noqa: PLC0415 - needs the extra cli

    for name in list(os.environ):
        if name.startswith("IMGMETA_") or name == "METADATA_TABLE":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str | Path) -> Result:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return invoke
