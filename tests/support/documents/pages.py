"""Runs the code blocks of a page in order, and compares their output with the page.

| Language | Runs |
|---|---|
| `console` | each line after `$ `; the next lines must be its output, `...` matches any lines |
| `sh` | the block, in bash; it must succeed |
| `python` | the block; if the next block is `text`, that must be its output |
| `sql` | the block, on the index `imgmeta.db`; it must return rows |

Blocks in other languages are not run. Variables of the shell are kept from block to block. The
response to each question of a command is `y`.
"""

import contextlib
import difflib
import io
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.documents.code_blocks import CodeBlock, code_blocks

__all__ = ["HOME", "PageRunner", "is_installation", "is_of_a_stack"]

HOME = "/home/you/imgmeta"
"""The name of the runner's folder in pages."""

# The size of the terminal in docs/first-run.svg.
_SIZE = os.terminal_size((96, 60))

_VARIABLE = (
    (r"\b[0-9a-f]{32}\b", "<hash>"),
    (r"\b[0-9a-f]+-[0-9a-f]{16}-[0-9a-f]{16}\b", "<etag>"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$", "<time>"),
    (r"\bin \d+\.\d s\b", "in <seconds>"),
)
"""Patterns of output that differs between two runs, and their replacements."""

_TIMEOUT = 600
"""Seconds until a block is killed, which has no result by then on any machine."""

# Text before a carriage return, and control sequences: colors, and those of the progress bar.
_CONTROL = re.compile(r"[^\n]*(?:\r(?!\n)|\x1b\[1A|\x1b\[2K|\x1b\[\?25[lh])|\x1b\[[\d;]*m")
_PROGRESS_BAR = re.compile(r"^(?:.* [━╸╺]+ |[⠀-⣿] ).*\n", re.MULTILINE)

# The commands without shell syntax run in this process, which is faster.
_PLAIN = re.compile(r"imgmeta [^|&;<>`*?~(]*")


def is_installation(block: CodeBlock) -> bool:
    """Return whether a block installs packages, which tests of pages take for granted."""
    return block.language == "sh" and "pip install" in block.text


def is_of_a_stack(block: CodeBlock) -> bool:
    """Return whether a block needs a deployed stack."""
    return block.language in {"sh", "console"} and "--stack-name" in block.text


class _Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1  # only its size is asked, which is replaced


class _Keyboard(io.StringIO):
    """Standard input of a user who answers each question with `y`, which the terminal shows."""

    def __init__(self, terminal: _Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # as StringIO
        del size
        self._terminal.write("y\n")
        return "y\n"


class PageRunner:
    """Runs pages in a folder.

    Args:
        folder: the working directory of the commands.
        monkeypatch: changes the environment of this process.
        variable: patterns of output that differs between two runs, and their replacements, in
            addition to times, hashes and the path of the folder.
        is_skipped: whether not to run a block.
        python: another interpreter for Python code, with the libraries that the page takes for
            granted; None: this process.
    """

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        variable: tuple[tuple[str, str], ...] = (),
        is_skipped: Callable[[CodeBlock], bool] = lambda _: False,
        python: str | None = None,
    ) -> None:
        self._folder = folder
        self._python = python
        self._monkeypatch = monkeypatch
        self._variable = _VARIABLE + variable
        self._is_skipped = is_skipped
        settings = [each for each in os.environ if each.startswith("IMGMETA_")]
        for name in settings:
            if not name.startswith("IMGMETA_TEST_"):
                monkeypatch.delenv(name)
        programs = Path(sys.executable).parent
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(os, "get_terminal_size", lambda *_: _SIZE)
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.chdir(folder)

    def run(self, page: str) -> None:
        """Run the blocks of a page; fail if one fails or prints other output than the page."""
        output: str | None = None
        for block in code_blocks(page):
            if block.language == "text" and output is not None:
                self._compare(output.rstrip("\n") + "\n", block)
            output = None if self._is_skipped(block) else self._run(block)

    def transcript(self, block: CodeBlock) -> str:
        """Run the commands of a `console` block; return the block with their output."""
        commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", block.text, flags=re.MULTILINE)
        shown: list[str] = []
        for command in commands:
            output = self._named(self._output(command.replace("\\\n", "")))
            shown.append(f"$ {command}\n{output}{chr(10) if output else ''}")
        return "".join(shown).rstrip("\n") + "\n"

    def _run(self, block: CodeBlock) -> str | None:
        """Run a block; return the output of Python code."""
        if block.language == "console":
            self._compare(self.transcript(block), block)
        elif block.language == "sh":
            self._bash(f"set -eu\n{block.text}", check=True)
        elif block.language == "python":
            return self._run_python(block)
        elif block.language == "sql":
            with closing(sqlite3.connect(self._folder / "imgmeta.db")) as connection:
                assert connection.execute(block.text).fetchall(), f"line {block.line}"
        return None

    def _run_python(self, block: CodeBlock) -> str:
        if self._python is not None:
            command = [self._python, "-c", block.text]
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_TIMEOUT
            )
            assert done.returncode == 0, done.stderr
            return done.stdout
        code = compile(block.text, f"line {block.line}", "exec")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, {"__name__": "__main__"})  # noqa: S102 - the page's own code
        return printed.getvalue()

    def _output(self, command: str) -> str:
        if not _PLAIN.fullmatch(command):
            return _CONTROL.sub("", self._bash(command))
        from imgmeta.entrypoints.cli.runner import run  # noqa: PLC0415 - needs the extra cli

        arguments = [os.path.expandvars(word) for word in shlex.split(command)[1:]]
        terminal = _Terminal()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", _Keyboard(terminal))
            with contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
                run(arguments)
        return _PROGRESS_BAR.sub("", _CONTROL.sub("", terminal.getvalue()))

    def _bash(self, command: str, *, check: bool = False) -> str:
        """Run a command in bash, and keep the variables that it sets."""
        with tempfile.NamedTemporaryFile("r") as variables:
            script = f"trap 'env -0 > {variables.name}' EXIT\nset -a\n{command}"
            result = subprocess.run(
                ["bash", "-c", script],  # noqa: S607 - bash from the PATH, as in a terminal
                cwd=self._folder,
                input=b"y\n" * 9,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=_TIMEOUT,
            )
            entries = variables.read().split("\0")[:-1]
        kept = dict(entry.split("=", 1) for entry in entries)
        for name in (os.environ.keys() | kept.keys()) - {"_", "SHLVL", "PWD", "OLDPWD"}:
            if name in kept:
                self._monkeypatch.setenv(name, kept[name])
            else:
                self._monkeypatch.delenv(name)
        output = result.stdout.decode()
        assert not check or result.returncode == 0, output
        return output

    def _named(self, output: str) -> str:
        folder = str(self._folder)
        return output.replace(folder, HOME).replace(folder.lstrip("/"), HOME.lstrip("/"))

    def _compare(self, output: str, block: CodeBlock) -> None:
        printed, expected = self._named(output), block.text
        for pattern, name in self._variable:
            printed = re.sub(pattern, name, printed, flags=re.MULTILINE)
            expected = re.sub(pattern, name, expected, flags=re.MULTILINE)
        printed = re.sub(r" +$", "", printed, flags=re.MULTILINE)
        parts = re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE)
        if not re.fullmatch(r"(?s:.*)".join(map(re.escape, parts)), printed):
            lines = difflib.unified_diff(
                expected.splitlines(), printed.splitlines(), "page", "output", lineterm=""
            )
            difference = "\n".join(lines)
            pytest.fail(f"the block of line {block.line} prints something else:\n{difference}")
