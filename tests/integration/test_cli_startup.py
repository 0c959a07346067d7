"""The start and the end of the command line: its imports, and SIGINT (Ctrl-C) meanwhile."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("default_signals")

PROGRAM = """
import os, signal, sys
from imgmeta.entrypoints.cli import main

class Interruption:
    imports = 0

    def find_spec(self, *_):
        Interruption.imports += 1
        if Interruption.imports == int(sys.argv[1]):
            {interrupt}

sys.meta_path.insert(0, Interruption())
sys.argv[1:] = {arguments}
main()
"""


def run(program: str, *arguments: str, folder: Path) -> tuple[int, bytes, bytes]:
    process = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=folder, capture_output=True, check=False
    )
    return process.returncode, process.stdout, process.stderr


@pytest.mark.parametrize("number", [1, 2, 4, 8, 16, 32, 64, 128])
@pytest.mark.parametrize(
    "interrupt", ["os.kill(os.getpid(), signal.SIGINT)", "raise KeyboardInterrupt"]
)
def test_interrupt_during_any_import_exits_silently(
    tmp_path: Path, interrupt: str, number: int
) -> None:
    program = PROGRAM.format(interrupt=interrupt, arguments=["list"]).replace("sys.argv[1]", "N")
    assert run(f"N = {number}\n{program}", folder=tmp_path) == (130, b"", b"")


def test_interrupt_after_the_command_exits_silently(tmp_path: Path) -> None:
    program = """
import atexit, os, signal
from imgmeta.entrypoints.cli import main
atexit.register(os.kill, os.getpid(), signal.SIGINT)
main()
"""
    assert run(program, "sync", ".", folder=tmp_path)[::2] == (130, b"")


def test_start_imports_little_before_interrupts_are_handled(tmp_path: Path) -> None:
    program = """
import sys
before = {*sys.modules}
import imgmeta.entrypoints.cli
print(*sorted({*sys.modules} - before))
"""
    _, out, _ = run(program, folder=tmp_path)
    assert out.decode().split() == [
        "imgmeta",
        "imgmeta.entrypoints",
        "imgmeta.entrypoints.cli",
        "imgmeta.lazy_exports",
    ]


SLOW_LIBRARIES = ["pydantic", "rich", "PIL", "botocore", "importlib.metadata"]
"""Libraries that take longer to import than most queries, and the modules of other commands."""

OTHER_COMMANDS = ["imgmeta.core.records", "imgmeta.formats", "imgmeta.service.indexer"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--camera", "canon", "--sort", "-size"],
        ["count", "--without", "location"],
        ["stats", "--prefix", "."],
        ["duplicates", "--prefix", "."],
    ],
)
def test_query_does_not_import_slow_libraries(tmp_path: Path, arguments: list[str]) -> None:
    create = "from imgmeta.bootstrap import open_repository; open_repository('imgmeta.db').close()"
    assert run(create, folder=tmp_path)[0] == 0
    assert imports_of_query(arguments, tmp_path) == b""


@pytest.mark.parametrize("filters", [["--status", "failed"], ["--taken-since", "2150"]])
def test_explanation_of_no_results_does_not_import_slow_libraries(
    tmp_path: Path, filters: list[str]
) -> None:
    (tmp_path / "photos").mkdir()
    shutil.copy(PHOTO, tmp_path / "photos")
    assert run(SYNC, *PYDANTIC, folder=tmp_path)[0] == 0
    assert imports_of_query(["list", *filters], tmp_path) == b""


def imports_of_query(arguments: list[str], folder: Path) -> bytes:
    """Run a query; return the names of the imported modules that it does not need."""
    program = f"""
import sys
from imgmeta.entrypoints.cli.runner import run
assert run({arguments}) == 0
print(*set({SLOW_LIBRARIES + OTHER_COMMANDS}) & sys.modules.keys(), file=sys.stderr)
"""
    code, _, err = run(program, folder=folder)
    assert code == 0
    return err.splitlines()[-1]


PHOTO = Path(__file__).parents[2] / "examples" / "photos" / "lighthouse.jpg"
PYDANTIC = ["pydantic", "importlib.metadata", "tempfile"]
"""What is imported to validate a record."""

QUERIES = ["imgmeta.core.filters", "imgmeta.core.queries", "imgmeta.adapters.sqlite.answers"]

SYNC = f"""
import atexit, sys
import imgmeta.entrypoints.cli
unneeded = set({SLOW_LIBRARIES + QUERIES + ["concurrent.futures", "tempfile"]}) - set(sys.argv[1:])
atexit.register(lambda: print(*unneeded & sys.modules.keys(), file=sys.stderr))
sys.argv[1:] = ["sync", "photos"]
imgmeta.entrypoints.cli.main()
"""


def test_sync_imports_slow_libraries_only_for_new_images(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    shutil.copy(PHOTO, tmp_path / "photos")
    assert run(SYNC, *PYDANTIC, folder=tmp_path)[::2] == (0, b"\n")
    assert run(SYNC, folder=tmp_path)[::2] == (0, b"\n")
