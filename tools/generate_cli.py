"""Writes each command's `--help` into docs/cli.md, between the marks that say which it is.

python tools/generate_cli.py
"""

import io
import os
import re
from contextlib import redirect_stdout
from pathlib import Path
from unittest.mock import patch

from imgmeta.entrypoints.cli.runner import run

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"

_BLOCK = re.compile(r"(<!-- help: ?(\w*) -->\n```text\n).*?(```\n)", re.DOTALL)


def with_current_help(page: str) -> str:
    """Return the page with the help that the commands give now."""
    return _BLOCK.sub(lambda block: f"{block[1]}{_help(*block[2].split())}{block[3]}", page)


def _help(*command: str) -> str:
    said = io.StringIO()
    with patch.dict(os.environ, COLUMNS="80"), redirect_stdout(said):
        run([*command, "--help"])
    return said.getvalue()


if __name__ == "__main__":
    PAGE.write_text(with_current_help(PAGE.read_text("utf-8")), "utf-8")
