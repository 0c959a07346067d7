"""The `imgmeta` commands in the documentation exist, with the options and arguments shown."""

import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

import typer.main

from imgmeta.entrypoints.cli.app import create_app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

COMMANDS = typer.main.get_group(create_app(None)).commands

_NEXT_COMMAND = re.compile(r" *(?:\||\)\"|\)$|&&|;|>).*")


def command_lines(page: str) -> list[str]:
    """Return the commands in the code blocks of a page, without `imgmeta`."""
    fenced = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^    .*", page, re.MULTILINE)
    # The help also has sentences, one of whose lines may start with `imgmeta`.
    paragraphs = [
        paragraph
        for language, block in fenced
        for paragraph in block.split("\n\n")
        if language != "text" or paragraph.lstrip().startswith("imgmeta ")
    ]
    text = re.sub(r"\\\n *", " ", "\n".join([*paragraphs, *indented]))
    lines = re.findall(r"^ *(?:\$ |\w+=\$\()?imgmeta ([a-z-]+.*)$", text, re.MULTILINE)
    # The overview of the commands has their purposes in a second column.
    return [_NEXT_COMMAND.sub("", re.split(r" {3,}", line)[0]) for line in lines]


def mentions(page: str) -> list[str]:
    """Return the commands that the text of a page mentions, without `imgmeta`."""
    return re.findall(r"`imgmeta ([a-z-]+[^`\n]*)`", page)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_documented_commands_are_accepted(page: Path) -> None:
    for line in command_lines(page.read_text("utf-8")):
        name, *arguments = shlex.split(line)
        COMMANDS[name].make_context(name, arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_mentioned_commands_have_the_mentioned_options(page: Path) -> None:
    for line in mentions(page.read_text("utf-8")):
        name, *words = line.split()
        options = {option for each in COMMANDS[name].params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


@pytest.mark.parametrize("page", ["deploy.md", "runbook.md", "scaling.md"])
def test_stack_commands_of_the_guide_name_the_stack(page: str) -> None:
    lines = command_lines((ROOT / "docs" / page).read_text("utf-8"))
    assert len(lines) >= 3
    assert [line for line in lines if "--stack-name" not in line and " " in line] == []


def test_command_table_lists_all_commands() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    listed = re.findall(r"^\| \[`([a-z-]+)`\]\(#\1\) \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_every_command_has_a_section_with_its_help() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    shown = re.findall(r"^<!-- help: ([a-z-]+) -->$", page, re.MULTILINE)
    sections = re.findall(r"^## ([a-z][a-z-]*)$", page, re.MULTILINE)
    assert sorted(shown) == sorted(sections) == sorted(COMMANDS)
