"""Draws docs/first-run.svg: what the first two commands of README.md show in a terminal.

    python tools/draw_first_run.py

Runs them in a terminal of 96 columns, in a folder of its own, and draws what is left on the screen.
"""

import os
import pty
import re
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = 96
COMMANDS = ("imgmeta sync examples/photos", "imgmeta stats")

# What moves the cursor: a line that is written over stands as it was written last.
_REWRITTEN = re.compile(r"[^\n]*(?:\r(?!\n)|\x1b\[1A|\x1b\[2K|\x1b\[\?25[lh])")


def shown_by(command: str, store: str) -> str:
    """Return what one command leaves on a terminal, colours included."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (60, COLUMNS))
    environment = {"IMGMETA_STORE": store, "TERM": "xterm-256color"}
    with subprocess.Popen(
        [str(Path(sys.executable).with_name("imgmeta")), *command.split()[1:]],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | environment,
        stdout=follower,
        stderr=follower,
    ) as process:
        os.close(follower)
        blocks: list[bytes] = []
        while block := _read(leader):
            blocks.append(block)
        if process.wait():
            sys.exit(f"{command} failed")
    os.close(leader)
    text = b"".join(blocks).decode().replace("\r\n", "\n")
    return _REWRITTEN.sub("", text)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux says so when the other side is closed
        return b""


def main() -> None:
    """Run the commands and draw them."""
    console = Console(record=True, width=COLUMNS, file=Path(os.devnull).open("w"))  # noqa: SIM115 - open as long as the script runs
    with tempfile.TemporaryDirectory() as scratch:
        for command in COMMANDS:
            console.print(Text(f"$ {command}", style="bold"))
            shown = shown_by(command, f"sqlite:///{scratch}/imgmeta.db")
            console.print(Text.from_ansi(shown.rstrip("\n")))
            console.print()
    drawing = console.export_svg(title="imgmeta", unique_id="imgmeta")
    # Whoever looks at the picture fetches nothing but the picture.
    drawing = re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL)
    drawing = drawing.replace("Fira Code", "ui-monospace, Menlo, Consolas")
    (ROOT / "docs" / "first-run.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
