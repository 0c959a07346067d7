"""Draw docs/first-run.svg and docs/questions.svg: the terminal output of commands.

    python tools/draw_first_run.py

Runs the commands in a terminal of 96 columns, with an index in a temporary folder. The first
drawing shows the first two commands in README.md, the second questions to the index that they
wrote.
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
DRAWINGS = {
    "first-run.svg": ("imgmeta sync examples/photos", "imgmeta stats"),
    "questions.svg": (
        "imgmeta list --camera fernglas --taken-since 2026-03",
        "imgmeta list --near 51.507,-0.128 --within 1000km --sort distance",
        "imgmeta stats --by camera",
        "imgmeta list --incomplete",
    ),
}
"""The commands of each drawing in `docs`."""

# Text before a carriage return, and the control sequences of the progress bar.
_OVERWRITTEN = re.compile(r"[^\n]*(?:\r(?!\n)|\x1b\[1A|\x1b\[2K|\x1b\[\?25[lh])")


def terminal_output(command: str, store: str) -> str:
    """Return the final terminal output of a command, with its color codes."""
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
    return _OVERWRITTEN.sub("", text)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # raised on Linux once the other side is closed
        return b""


def draw(name: str, commands: tuple[str, ...], store: str) -> None:
    """Run the commands and write the drawing."""
    console = Console(record=True, width=COLUMNS, file=Path(os.devnull).open("w"))  # noqa: SIM115 - open until the script ends
    for command in commands:
        console.print(Text(f"$ {command}", style="bold"))
        output = terminal_output(command, store)
        console.print(Text.from_ansi(output.rstrip("\n")))
        console.print()
    drawing = console.export_svg(title="imgmeta", unique_id="imgmeta")
    # Rich embeds web fonts; system fonts need no download.
    drawing = re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL)
    drawing = drawing.replace("Fira Code", "ui-monospace, Menlo, Consolas")
    (ROOT / "docs" / name).write_text(drawing, encoding="utf-8")


def main() -> None:
    """Write the drawings."""
    with tempfile.TemporaryDirectory() as folder:
        for name, commands in DRAWINGS.items():
            draw(name, commands, f"sqlite:///{folder}/imgmeta.db")


if __name__ == "__main__":
    main()
