"""The `imgmeta` commands in the documentation exist, with the options and arguments shown."""

import re
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

import typer.main

from imgmeta.entrypoints.cli.app import create_app
from support.documents.code_blocks import CodeBlock, code_blocks
from support.documents.shell_commands import console_commands, simple_commands

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

COMMANDS = typer.main.get_group(create_app(None)).commands


def command_lines(page: str) -> list[list[str]]:
    """Return the words of the commands in the code blocks of a page, without `imgmeta`."""
    return [
        words[1:]
        for block in code_blocks(page)
        if block.language in {"sh", "console", "text"}
        for words in simple_commands(_script(block))
        if words[0] == "imgmeta"
    ]


def _script(block: CodeBlock) -> str:
    if block.remark.startswith("help: "):
        # Paragraphs of examples, with their purposes in a second column.
        joined = re.sub(r"\\\n *", "", block.text)
        paragraphs = [each for each in joined.split("\n\n") if each.startswith("  imgmeta ")]
        examples = re.findall(r"^ +(imgmeta [a-z-]+ .*)$", "\n".join(paragraphs), re.MULTILINE)
        return "\n".join(re.split(r" {3,}", each)[0] for each in examples)
    if block.language == "console":
        return "\n".join(console_commands(block.text))
    is_script = block.language == "sh" or block.text.startswith("imgmeta ")
    return block.text if is_script else ""


def mentions(page: str) -> list[str]:
    """Return the commands that the text of a page mentions, without `imgmeta`."""
    return re.findall(r"`imgmeta ([a-z-]+[^`\n]*)`", page)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_documented_commands_are_accepted(page: Path) -> None:
    for name, *arguments in command_lines(page.read_text("utf-8")):
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
    assert [words for words in lines if "--stack-name" not in words and len(words) > 1] == []


def test_command_table_lists_all_commands() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    listed = re.findall(r"^\| \[`([a-z-]+)`\]\(#\1\) \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_every_command_has_a_section_with_its_help() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    shown = re.findall(r"^<!-- help: ([a-z-]+) -->$", page, re.MULTILINE)
    sections = re.findall(r"^## ([a-z][a-z-]*)$", page, re.MULTILINE)
    assert sorted(shown) == sorted(sections) == sorted(COMMANDS)
