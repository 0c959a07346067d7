"""Indexing without the calls that only POSIX systems have.

It does not test Windows itself; tests/unit/adapters/filesystem/test_flavors.py tests its paths.
"""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

WITHOUT_POSIX = """
import os, signal, sys, types
from imgmeta.entrypoints.cli.runner import run

# Once as usual, because other packages need the modules that are hidden below.
for line in COMMANDS[:-1]:
    run(line.split())
for name in [name for name in sys.modules if name.partition(".")[0] == "imgmeta"]:
    del sys.modules[name]
os.chdir("../second")

for name in ["fcntl", "grp", "posix", "pwd", "resource", "syslog", "termios", "tty"]:
    sys.modules[name] = None
for module, names in {
    os: "O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK chown fchmod fchown fork getegid "
    "geteuid getgid getuid getpgid kill killpg mkfifo posix_fadvise pread preadv pwrite sync uname",
    signal: "SIGALRM SIGCHLD SIGHUP SIGPIPE SIGQUIT SIGTSTP SIGUSR1 SIGUSR2 SIGWINCH alarm pause "
    "pthread_sigmask setitimer",
}.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
os.supports_effective_ids = set()
locked = []
sys.modules["msvcrt"] = types.SimpleNamespace(
    LK_NBLCK=2, locking=lambda descriptor, mode, length: locked.append((mode, length))
)
sys.platform = "win32"

from imgmeta.deployment.adapters.file_lock import lock
lock(0)
assert locked == [(2, 1)], locked
from imgmeta.entrypoints.cli.runner import run
codes = [run(line.split()) for line in COMMANDS]
sys.exit(codes != EXPECTED and f"exit codes {codes}")
"""


def run(commands: dict[str, int], folder: Path) -> subprocess.CompletedProcess[str]:
    code = f"COMMANDS = {list(commands)!r}\nEXPECTED = {list(commands.values())!r}\n{WITHOUT_POSIX}"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_folders_are_indexed_without_posix_calls(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "photos").symlink_to(ROOT / "examples/photos")
    done = run(
        {
            "sync photos/": 0,
            "list --sort -size --limit 1": 0,
            "verify photos/": 0,
            "show photos/tower.jpg": 0,
            "read photos/tower.jpg": 0,
            "export -o out/records.csv": 0,
            "watch photos/": 2,
        },
        first,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == (
        "imgmeta: cannot watch folders on Windows: run `imgmeta sync` at intervals, for example "
        "with the Task Scheduler"
    )
    assert "lighthouse.jpg" in (second / "out/records.csv").read_text("utf-8")
