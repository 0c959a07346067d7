# ruff: noqa: INP001 - a script, in no package
"""Writes each command's `--help` into docs/cli.md, between the marks that say which it is.

python docs/generate_cli.py
"""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("cli.md")

_BLOCK = re.compile(r"(<!-- help: ?(\w*) -->\n```text\n).*?(```\n)", re.DOTALL)
_PROGRAM = "from imgmeta.entrypoints.cli import main; main()"


def with_current_help(page: str) -> str:
    """Return the page with the help that the commands give now."""
    return _BLOCK.sub(lambda block: f"{block[1]}{_help(*block[2].split())}{block[3]}", page)


def _help(*command: str) -> str:
    return subprocess.run(  # noqa: S603 - this project's own program
        [sys.executable, "-c", _PROGRAM, *command, "--help"],
        env={**os.environ, "COLUMNS": "80"},
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout


if __name__ == "__main__":
    PAGE.write_text(with_current_help(PAGE.read_text("utf-8")), "utf-8")
