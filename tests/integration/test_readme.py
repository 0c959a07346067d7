"""README.md: its commands come first, its Python runs, its links lead somewhere."""

import re
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
    variables = set(re.findall(r'"(IMGMETA_\w+|ENVIRONMENT)"', source))

    assert variables
    assert {name for name in variables if f"`{name}`" not in README} == set()
