"""Shell completion in real shells; those that are not installed are skipped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.entrypoints.cli.completion.scripts import Shell, completion_script
from imgmeta.entrypoints.cli.completion.specification import (
    CommandSpecification,
    Option,
    Values,
    specify,
)
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli

CAMERAS = [
    *("Canon EOS 5D", "Nikon D70", "$(touch pwned)", "`touch pwned`", "; touch pwned #", "* ?"),
    *("a\ntouch pwned\n", "\x1b]0;pwned\x07", 'it\'s "x"', "écran 写真"),
]
SUGGESTED = [each for each in CAMERAS if each.isprintable()]

COMMANDS = {
    **specify(),
    "find": CommandSpecification(
        "Find images.",
        [
            Option(("--camera",), "It's a camera.", Values(kind="camera")),
            Option(("--format",), "Format.", Values(("jpeg", "png"))),
            Option(("--flag", "-f"), "Flag.", None),
        ],
        Values(),
    ),
}
"""The commands, and one with every kind of option."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the command, scripts, and an index of hostile cameras."""
    command = tmp_path / "bin" / "imgmeta"
    command.parent.mkdir()
    command.write_text(
        f"#!{sys.executable}\nfrom imgmeta.entrypoints.cli import main\nmain()\n", "utf-8"
    )
    command.chmod(0o755)
    for shell in Shell:
        (tmp_path / shell.value).write_text(completion_script(shell, COMMANDS), "utf-8")
    with SQLiteImageRepository(tmp_path / "imgmeta.db") as repository:
        for number, camera in enumerate(CAMERAS):
            record = image_record(f"{number}.jpg", camera_model=camera)
            repository.put(record, IfRevision(None))
    return tmp_path


def _run(shell: str, script: str, *arguments: str, folder: Path) -> bytes:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"needs {shell}")
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "IMGMETA_STORE": "",
    }
    done = subprocess.run(
        [program, *(["--norc"] if shell == "bash" else []), "-c", script, shell, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout


BASH = """
source ./bash
COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=$(($# - 2))
shift
COMP_WORDS=("$@")
_imgmeta imgmeta "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
for reply in "${COMPREPLY[@]}"; do printf '%s\\0' "$reply"; done
"""


def _bash(folder: Path, *words: str) -> list[str]:
    """Return the replies of bash for words as they are typed; `=` is a word of its own."""
    line = " ".join(words).replace(" = ", "=").replace(" =", "=")
    return _run("bash", BASH, line, *words, folder=folder).decode().split("\0")[:-1]


def test_bash_completes_commands_options_and_fixed_values(folder: Path) -> None:
    assert _bash(folder, "imgmeta", "sy") == ["sync"]
    assert set(COMMANDS) < {*_bash(folder, "imgmeta", "")}
    assert _bash(folder, "imgmeta", "list", "--lim") == ["--limit"]
    assert _bash(folder, "imgmeta", "list", "--json", "--sta") == ["--status", "--stack-name"]
    assert _bash(folder, "imgmeta", "list", "--status", "") == ["processed", "failed", "deleted"]
    assert _bash(folder, "imgmeta", "list", "--status", "=", "f") == ["failed"]
    assert _bash(folder, "imgmeta", "list", "--status", "=") == ["processed", "failed", "deleted"]
    assert "last-month" in _bash(folder, "imgmeta", "list", "--since", "l")
    assert _bash(folder, "imgmeta", "find", "--format", "") == ["jpeg", "png"]
    assert _bash(folder, "imgmeta", "completion", "") == ["bash", "zsh", "fish"]
    assert _bash(folder, "imgmeta", "sync", "") == []
    assert _bash(folder, "imgmeta", "list", "--store", "") == []


def test_bash_completes_cameras_of_the_index(folder: Path) -> None:
    assert _bash(folder, "imgmeta", "find", "--camera", "Can") == [r"Canon\ EOS\ 5D"]
    assert _bash(folder, "imgmeta", "find", "--camera", "=", "Nik") == [r"Nikon\ D70"]
    assert _bash(folder, "imgmeta", "find", "--store", "none.db", "--camera", "") == []
    assert _bash(folder, "imgmeta", "find", "--store", "imgmeta.db", "--camera", "'Nik") == [
        "Nikon D70"
    ]


def test_hostile_camera_is_only_a_word_for_bash(folder: Path) -> None:
    replies = _bash(folder, "imgmeta", "find", "--camera", "")
    assert len(replies) == len(SUGGESTED)
    script = f"printf '%s\\0' {' '.join(replies)}"
    shown = _run("bash", script, folder=folder).decode().split("\0")[:-1]
    assert sorted(shown) == sorted(SUGGESTED)
    assert not (folder / "pwned").exists()


ZSH = """
compdef() { :; }
compset() { :; }
compadd() {
    local -a shown
    if [[ ${@[-2]} == -a ]]; then shown=("${(@P)@[-1]}"); else shown=("${@:2}"); fi
    for each in "${shown[@]}"; do printf '%s\\0' "$each"; done
}
_files() { printf 'files\\0'; }
source ./zsh
words=("$@")
CURRENT=$#
_imgmeta
"""


def _zsh(folder: Path, *words: str) -> list[str]:
    """Return what the script adds in zsh, whose completion system is replaced."""
    return _run("zsh", ZSH, *words, folder=folder).decode().split("\0")[:-1]


def test_zsh_completes_commands_options_and_cameras(folder: Path) -> None:
    assert {*COMMANDS} < {*_zsh(folder, "imgmeta", "")}
    assert "--limit" in _zsh(folder, "imgmeta", "list", "-")
    assert _zsh(folder, "imgmeta", "list", "--status", "") == ["processed", "failed", "deleted"]
    assert _zsh(folder, "imgmeta", "list", "--status=f") == ["processed", "failed", "deleted"]
    assert _zsh(folder, "imgmeta", "find", "--format", "") == ["jpeg", "png"]
    assert _zsh(folder, "imgmeta", "sync", "") == ["files"]
    assert _zsh(folder, "imgmeta", "find", "--camera", r"Canon\ ") == ["Canon EOS 5D"]
    assert sorted(_zsh(folder, "imgmeta", "find", "--camera", "")) == sorted(SUGGESTED)
    assert not (folder / "pwned").exists()


FISH = "source ./fish; complete --do-complete $argv[2]"


def _fish(folder: Path, line: str) -> list[str]:
    shown = _run("fish", FISH, line, folder=folder).decode().splitlines()
    return [each.partition("\t")[0] for each in shown]


def test_fish_completes_commands_options_and_cameras(folder: Path) -> None:
    assert _fish(folder, "imgmeta sy") == ["sync"]
    assert "--limit" in _fish(folder, "imgmeta list --li")
    assert sorted(_fish(folder, "imgmeta list --status ")) == ["deleted", "failed", "processed"]
    assert sorted(_fish(folder, "imgmeta find --format ")) == ["jpeg", "png"]
    assert _fish(folder, "imgmeta find --camera Can") == ["Canon EOS 5D"]
    assert len(_fish(folder, "imgmeta find --camera ")) == len(SUGGESTED)
    assert not (folder / "pwned").exists()


def test_command_prints_the_script_of_each_shell(cli: Cli) -> None:
    commands = specify()
    for shell in Shell:
        result = cli("completion", shell.value)
        assert result == (0, completion_script(shell, commands), "")


def test_unknown_shell_is_reported(cli: Cli) -> None:
    result = cli("completion", "tcsh")
    assert result.code == 2
    assert result.err == "imgmeta: no completion for the shell 'tcsh': pass bash, zsh, fish\n"


def test_values_are_completed_without_the_libraries_of_the_commands(folder: Path) -> None:
    program = (
        "import sys; sys.argv[1:] = ['__complete', 'bash', 'camera', 'imgmeta list --camera Ni'];"
        "from imgmeta.entrypoints.cli import main\n"
        "try: main()\n"
        "finally: sys.stderr.write(' '.join({'pydantic', 'typer', 'rich'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True)  # noqa: PLW1510 - the output is checked
    assert (done.stdout, done.stderr) == (b"Nikon\\ D70\n", b"")
