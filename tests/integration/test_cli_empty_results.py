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


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize(
    "arguments",
    [["--status", "failed"], ["--since", "2999"], ["--prefix", "other"], ["--incomplete"]],
    ids=" ".join,
)
def test_filters_without_a_match_are_reported(
    cli: Cli, tmp_path: Path, arguments: list[str], options: list[str]
) -> None:
    Image.new("L", (2, 2)).save(tmp_path / "gray.png")
    cli("sync", "gray.png")
    code, out, err = cli("list", *arguments, *options)
    assert (code, out, err.splitlines()[0]) == (0, "", "No image matches.")
    assert err.count("\n") == 1 + ("--since" in arguments)
