"""README.md: its commands come first, its Python runs, its links lead somewhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "benchmarks" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


def test_two_commands_come_first_each_on_one_line() -> None:
    tags = [tag for tag, _ in BLOCKS]

    assert tags[:2] == ["sh", "sh"]
    assert tags.count("sh") == 2
    assert [text.count("\n") for _, text in BLOCKS[:2]] == [1, 1]


def test_every_block_says_what_it_is() -> None:
    assert {tag for tag, _ in BLOCKS} <= {"sh", "console", "python", "text"}


@pytest.mark.parametrize("code", [text for tag, text in BLOCKS if tag == "python"])
def test_the_python_runs_from_the_top_folder(code: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_that_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!\w+:|#)([^)#]+)", text)

    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_setting_is_described() -> None:
    source = (ROOT / "src/imgmeta/config.py").read_text(encoding="utf-8")
    variables = set(re.findall(r'environment\.get\(\s*"(\w+)"', source))

    assert len(variables) > 5
    assert {name for name in variables if f"`{name}`" not in README} == set()


def _variables(document: str) -> list[str]:
    return re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / document).read_text("utf-8"), re.MULTILINE)


def test_both_tables_of_settings_have_the_same_ones() -> None:
    assert _variables("README.md") == _variables("docs/cli.md") != []


def _run(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IMGMETA_")}
    done = subprocess.run(
        ["bash", "-c", command],  # noqa: S607 - as a reader's terminal finds it
        cwd=folder,
        env=kept | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return re.sub(r" in \d+\.\d s$", " in 0.0 s", done.stdout, flags=re.MULTILINE)


def test_the_console_shows_what_its_commands_print_after_the_first_ones(tmp_path: Path) -> None:
    pytest.importorskip("typer", reason="needs the extra cli")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    _, _, first = BLOCKS[0][1].partition(" && ")
    shown = "".join(text for tag, text in BLOCKS if tag == "console")
    commands = re.findall(r"^\$ (.*)$", shown, flags=re.MULTILINE)

    assert " 0 failed" in _run(first, tmp_path)
    printed = [f"$ {command}\n{_run(command, tmp_path)}" for command in commands]

    assert "\n".join(printed) == shown
