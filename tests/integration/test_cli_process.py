"""Commands in processes of their own: signals, pipes, terminals and locales."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from PIL import Image

from support.cli.command_line import Cli

pytestmark = pytest.mark.usefixtures("default_signals")

PROGRAM = "from imgmeta.entrypoints.cli import main; main()"
MANY = 300
"""Images whose JSON records exceed a pipe's buffer, so that the writer has to wait."""

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return a function that starts a command in an empty working directory."""

    def begin(
        *arguments: str,
        program: str = PROGRAM,
        environment: Mapping[str, str] | None = None,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
    ) -> subprocess.Popen[bytes]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {"NO_COLOR", "PYTHONUNBUFFERED"}
        }
        return subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            env={**inherited, "IMGMETA_STORE": "", **(environment or {})},
            stdout=stdout,
            stderr=stderr,
            bufsize=0,  # so that communicate() continues where readline() ended
        )

    return begin


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("L", (1, 1)).save(folder / "0.png")
    Image.new("L", (1, 1)).save(folder / "é写.png")
    return folder


def _multiply(photos: Path) -> None:
    for number in range(1, MANY - 1):
        os.link(photos / "0.png", photos / f"{number}.png")


def _on_a_terminal(
    start: Start, *arguments: str, environment: Mapping[str, str], columns: int = 80
) -> tuple[int, str]:
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = start(*arguments, environment=environment, stdout=secondary, stderr=secondary)
    os.close(secondary)
    output = b""
    while True:
        try:
            block = os.read(primary, 65536)
        except OSError:  # raised on Linux once the other end is closed
            break
        if not block:
            break
        output += block
    os.close(primary)
    return process.wait(), output.decode().replace("\r\n", "\n")


def test_second_signal_stops_immediately_and_leaves_the_index_valid(
    start: Start, cli: Cli, photos: Path
) -> None:
    _multiply(photos)
    process = start("sync", "photos", "--json")
    assert process.stdout is not None
    process.stdout.readline()
    # Stopped, the process cannot end between the signals.
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert b"Interrupted." not in err
    assert cli("sync", "photos").code == 0
    assert cli("verify", "photos").out == ""


@pytest.mark.slow
def test_second_signal_during_concurrent_processing_leaves_the_index_valid(
    start: Start, cli: Cli, photos: Path
) -> None:
    """As with a bucket, other threads use the index while the interrupted command closes it."""
    _multiply(photos)
    program = (
        "from imgmeta.entrypoints.cli.commands import sync;"
        "sync.concurrency_of = lambda *_: 8;" + PROGRAM
    )
    for _ in range(2):
        process = start("sync", "photos", "--json", program=program)
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate()
        assert process.returncode in {0, 130}
        assert b"Traceback" not in err
    assert cli("sync", "photos").code == 0
    assert cli("verify", "photos").out == ""


def test_closed_pipe_ends_a_command_silently(start: Start, cli: Cli, photos: Path) -> None:
    _multiply(photos)
    cli("sync", "photos")
    reading, writing = os.pipe()
    os.close(reading)
    process = start("list", stdout=writing)
    os.close(writing)
    _, err = process.communicate()
    assert (process.returncode, err) == (141, b"")


def test_full_disk_is_reported(start: Start, cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    with Path("/dev/full").open("wb") as full:
        process = start("list", stdout=full.fileno())
    _, err = process.communicate()
    assert process.returncode == 1
    assert err == b"imgmeta: stopped: No space left on device\n"


def test_terminal_shows_a_progress_bar_and_colors(start: Start, photos: Path) -> None:
    assert photos.is_dir()
    code, shown = _on_a_terminal(start, "sync", "photos", environment={"TERM": "xterm-256color"})
    assert code == 0
    assert "Images" in shown
    assert "2/2" in shown
    assert "\x1b[32mnew      " in shown


def test_no_color_disables_colors_on_a_terminal(start: Start, photos: Path) -> None:
    assert photos.is_dir()
    environment = {"TERM": "xterm-256color", "NO_COLOR": "1"}
    _, shown = _on_a_terminal(start, "sync", "photos", environment=environment)
    assert "2/2" in shown
    assert re.search(r"\x1b\[[0-9;]*3[0-9]", shown) is None


def test_dumb_terminal_gets_plain_lines(start: Start, photos: Path) -> None:
    assert photos.is_dir()
    _, shown = _on_a_terminal(start, "sync", "photos", environment={"TERM": "dumb"})
    assert "\x1b" not in shown
    assert shown.startswith("new      photos/0.png")


def test_list_fits_a_narrow_terminal(start: Start, cli: Cli, photos: Path) -> None:
    os.link(photos / "0.png", photos / f"{'long' * 40}.png")
    cli("sync", "photos")
    environment = {"TERM": "xterm", "NO_COLOR": "1"}
    for columns in (20, 70):
        _, shown = _on_a_terminal(start, "list", environment=environment, columns=columns)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
        assert len(plain) == 4
        assert columns > 60 or all(len(line) < 75 for line in plain)
        assert columns < 60 or all(len(line) <= columns for line in plain)


def test_full_list_shortens_nothing_on_a_terminal(start: Start, cli: Cli, photos: Path) -> None:
    os.link(photos / "0.png", photos / f"{'long' * 40}.png")
    cli("sync", "photos")
    _, shown = _on_a_terminal(start, "list", "--full", environment={"TERM": "xterm"}, columns=20)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert f"photos/{'long' * 40}.png" in plain
    assert "PIXELS" in plain


def test_failed_images_are_listed_with_the_reason(cli: Cli, photos: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"no image")
    cli("sync", "photos")
    (record,) = cli("list", "--status", "failed", "--json").json
    (line,) = cli("list", "--status", "failed").lines
    assert line == f"failed     {'photos/broken.jpg':40}  {record['Error']}"


@pytest.mark.parametrize("command", [["sync", "photos"], ["list"], ["stats"]])
def test_commands_work_in_a_locale_without_unicode(
    start: Start, cli: Cli, photos: Path, command: list[str]
) -> None:
    environment = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    cli("sync", "photos")
    Image.new("L", (2, 2)).save(photos / "é写.png")
    process = start(*command, environment=environment)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert out.isascii()


def test_json_is_utf8_in_every_locale(start: Start, photos: Path) -> None:
    environment = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    assert photos.is_dir()
    out, _ = start("sync", "photos", "--json", environment=environment).communicate()
    keys = [json.loads(line)["ObjectKey"] for line in out.decode("utf-8").splitlines()]
    assert [key.rpartition("/")[2] for key in keys] == ["0.png", "é写.png"]


@pytest.mark.parametrize("library", ["typer", "rich"])
def test_missing_library_is_reported_with_its_pip_command(
    start: Start, photos: Path, library: str
) -> None:
    assert photos.is_dir()
    # Typer detects Rich at import, in a way that fails if sys.modules hides it.
    first = "typer" if library == "rich" else "sys"
    program = f"import sys, {first}; sys.modules[{library!r}] = None; {PROGRAM}"
    primary, secondary = pty.openpty()
    process = start(
        *("sync", "photos"), program=program, environment={"TERM": "xterm"}, stdout=secondary
    )
    _, err = process.communicate()
    os.close(secondary)
    os.close(primary)
    assert process.returncode == 2
    expected = f"imgmeta: the command line needs {library}: pip install 'imgmeta[cli]'\n"
    assert err.decode() == expected


def test_sync_without_a_terminal_imports_only_what_it_needs(start: Start, photos: Path) -> None:
    assert photos.is_dir()
    program = (
        "import sys; from imgmeta.entrypoints.cli.runner import run; run(sys.argv[1:]);"
        "unwanted = {'rich', 'PIL', 'boto3', 'botocore', 'yaml'};"
        "unwanted |= {'imgmeta.deployment', 'imgmeta.cloudformation'};"
        "print(unwanted & {*sys.modules})"
    )
    out, _ = start("sync", "photos", program=program).communicate()
    assert out.splitlines()[-1] == b"set()"


def test_sync_of_unchanged_images_builds_no_models(start: Start, cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    program = (
        "import sys; before = {*sys.modules};"  # coverage imports multiprocessing
        "from imgmeta.entrypoints.cli.runner import run; run(sys.argv[1:]);"
        "unwanted = {'pydantic', 'imgmeta.core.records', 'multiprocessing'};"
        "print(unwanted & {*sys.modules} - before)"
    )
    out, _ = start("sync", "photos", program=program).communicate()
    assert out.splitlines()[-1] == b"set()"
