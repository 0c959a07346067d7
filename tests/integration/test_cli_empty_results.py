"""Commands that find nothing say so on standard error, and print nothing."""

from pathlib import Path

import pytest
from PIL import Image

from support.cli.command_line import Cli

EMPTY = "No images in the index: run `imgmeta sync` on a folder or bucket.\n"


@pytest.fixture
def empty(cli: Cli, tmp_path: Path) -> None:
    """Create an index without images."""
    (tmp_path / "empty").mkdir()
    assert cli("sync", "empty").code == 0


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize("command", ["list", "stats"])
def test_empty_index_is_reported_with_the_next_step(
    cli: Cli, command: str, options: list[str]
) -> None:
    assert cli(command, *options) == (0, "", EMPTY)


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("filters", [["--camera", "x"], ["--since", "2026"]], ids=" ".join)
def test_filters_on_an_empty_index_are_answered_with_the_next_step(
    cli: Cli, filters: list[str]
) -> None:
    assert cli("list", *filters) == (0, "", EMPTY)
    assert cli("count", *filters) == (0, "0\n", EMPTY)


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize(
    "arguments",
    [["--status", "failed"], ["--camera", "x"], ["--prefix", "other"], ["--incomplete"]],
    ids=" ".join,
)
def test_filters_without_a_match_are_reported(
    cli: Cli, tmp_path: Path, arguments: list[str], options: list[str]
) -> None:
    Image.new("L", (2, 2)).save(tmp_path / "gray.png")
    cli("sync", "gray.png")
    result = cli("list", *arguments, *options)
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("No image matches.\n")
