"""Update the help texts in docs/cli.md.

    python tools/generate_cli.py

Each text block after a `<!-- help: COMMAND -->` comment gets the output of that command's `--help`.
"""

import io
import os
import re
from contextlib import redirect_stdout
from pathlib import Path
from unittest.mock import patch

from imgmeta.entrypoints.cli.runner import run

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"

_BLOCK = re.compile(r"(<!-- help: ?([\w-]*) -->\n```text\n).*?(```\n)", re.DOTALL)


def update_help(page: str) -> str:
    """Return the page with the current help text in each block."""
    return _BLOCK.sub(lambda block: f"{block[1]}{_help(*block[2].split())}{block[3]}", page)


def _help(*command: str) -> str:
    output = io.StringIO()
    with patch.dict(os.environ, COLUMNS="80"), redirect_stdout(output):
        run([*command, "--help"])
    return output.getvalue()


if __name__ == "__main__":
    PAGE.write_text(update_help(PAGE.read_text("utf-8")), "utf-8")
