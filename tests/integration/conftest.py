"""The command line in this process."""

import os
from pathlib import Path

import pytest

from support.cli.command_line import Cli, Result


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in an empty working folder."""
    from imgmeta.entrypoints.cli.runner import run  # noqa: PLC0415 - as above

    for name in list(os.environ):
        if name.startswith("IMGMETA_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str | Path) -> Result:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return invoke
