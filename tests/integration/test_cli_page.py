import importlib.util
import re
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.entrypoints.cli.app import create_app

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "tools" / "generate_cli.py"
PAGE = ROOT / "docs" / "cli.md"


def test_docs_cli_md_has_the_help_of_every_command() -> None:
    page = PAGE.read_text("utf-8")
    commands = {each.name for each in create_app(None).registered_commands}

    assert {*re.findall(r"^Usage: imgmeta ([a-z-]+)", page, re.MULTILINE)} == commands


def test_help_blocks_in_docs_cli_md_are_current() -> None:
    specification = importlib.util.spec_from_file_location("generate_cli", GENERATOR)
    assert specification is not None
    assert specification.loader is not None
    generator = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(generator)
    page = generator.PAGE.read_text("utf-8")
    current = generator.update_help(page)
    assert _words(current) == _words(page), "run python tools/generate_cli.py"


def _words(page: str) -> list[str]:
    # Typer versions print types differently, which also moves line breaks.
    return re.sub(r" <[a-z\[\]]+>", "", page).split()
