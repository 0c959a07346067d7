"""README.md: its commands and its Python code run, and the links of all documents work."""

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
    ROOT / "examples" / "service" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


def test_readme_is_short() -> None:
    assert README.count("\n") <= 130


def test_first_two_blocks_contain_one_command_each() -> None:
    tags = [tag for tag, _ in BLOCKS]

    assert tags[:2] == ["sh", "sh"]
    assert tags.count("sh") == 2
    assert [text.count("\n") for _, text in BLOCKS[:2]] == [1, 1]


def test_every_block_has_a_known_tag() -> None:
    assert {tag for tag, _ in BLOCKS} <= {"sh", "console", "python", "text"}


@pytest.mark.parametrize("code", [text for tag, text in BLOCKS if tag == "python"])
def test_python_block_runs(code: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_linked_files_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!\w+:|#)([^)#]+)", text)

    assert [target for target in targets if not (document.parent / target).exists()] == []


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_linked_headings_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!\w+:)([^)#]*)#([^)]+)\)", text)
    targets = [(document.parent / path if path else document, anchor) for path, anchor in links]

    assert [anchor for path, anchor in targets if anchor not in _anchors(path)] == []


def _variables(document: str) -> list[str]:
    return re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / document).read_text("utf-8"), re.MULTILINE)


def test_every_environment_variable_is_documented() -> None:
    source = (ROOT / "src/imgmeta/config.py").read_text(encoding="utf-8")
    variables = set(re.findall(r'environment\.get\(\s*"(\w+)"', source))

    assert len(variables) > 5
    assert variables - set(_variables("docs/cli.md")) == set()


def test_environment_variables_are_not_repeated_in_the_readme() -> None:
    variables = _variables("docs/cli.md")

    assert _variables("README.md") == []
    assert len(set(variables)) == len(variables)


def _run(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IMGMETA_")}
    result = subprocess.run(
        ["bash", "-c", command],  # noqa: S607 - bash from the PATH, as in a terminal
        cwd=folder,
        env=kept | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return re.sub(r" in \d+\.\d s$", " in 0.0 s", result.stdout, flags=re.MULTILINE)


def test_console_blocks_show_actual_output(tmp_path: Path) -> None:
    pytest.importorskip("typer", reason="needs the extra cli")
    no_bytecode = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=no_bytecode)
    _, _, first_commands = BLOCKS[0][1].partition(" && ")
    shown = "".join(text for tag, text in BLOCKS if tag == "console")
    commands = re.findall(r"^\$ (.*)$", shown, flags=re.MULTILINE)

    assert " 0 failed" in _run(first_commands, tmp_path)
    printed = [f"$ {command}\n{_run(command, tmp_path)}" for command in commands]

    assert "\n".join(printed) == shown
