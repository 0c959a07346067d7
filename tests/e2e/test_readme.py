"""The README names existing tests and all test files; needs no emulator."""

import re
from pathlib import Path

import pytest

from support.documents.named_tests import named_tests

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("README.md").read_text("utf-8")
ROWS = [
    line.strip("| ").split(" | ")
    for line in PAGE.partition("## Emulator limitations")[2].splitlines()
    if line.startswith("| ") and not line.startswith("| Limitation |")
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])
def test_tests_named_for_emulator_limitations_exist(row: list[str]) -> None:
    assert len(row) == 2
    names = re.findall(r"`(tests/[^`]+)`", row[1])
    assert names
    for name in names:
        path, _, test = name.partition("::")
        assert test in named_tests(ROOT / path), name


def test_readme_lists_all_test_files() -> None:
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert set(re.findall(r"`(test_\w+\.py)`", PAGE)) == files
