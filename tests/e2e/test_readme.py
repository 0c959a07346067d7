"""What the page says is shown elsewhere is shown there; this needs no emulator."""

import re
from pathlib import Path

import pytest

from support.documents.named_tests import named_tests

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("README.md").read_text("utf-8")
ROWS = [
    line.strip("| ").split(" | ")
    for line in PAGE.partition("## What it cannot show")[2].splitlines()
    if line.startswith("| ") and not line.startswith("| MiniStack |")
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])
def test_what_the_emulator_cannot_is_shown_by_tests_that_there_are(row: list[str]) -> None:
    assert len(row) == 2
    shown = re.findall(r"`(tests/[^`]+)`", row[1])
    assert shown
    for name in shown:
        path, _, test = name.partition("::")
        assert test in named_tests(ROOT / path), name


def test_every_file_of_tests_is_on_the_page() -> None:
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert set(re.findall(r"`(test_\w+\.py)`", PAGE)) == files
