"""Checks of code blocks that are not run: of the arguments of commands, and of data."""

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import typer.main
import yaml

from imgmeta import ImageRecord, parse_event
from imgmeta.cloudformation import template_parameters
from imgmeta.entrypoints.cli.app import create_app
from support.documents.aws_commands import check_aws_command
from support.documents.shell_commands import simple_commands

__all__ = ["PROGRAMS", "check_commands", "check_json", "check_text", "check_toml", "check_yaml"]

_ROOT = Path(__file__).parents[3]

PROGRAMS = {
    *("aws", "bash", "cat", "cd", "cp", "curl", "datasette", "duckdb", "echo", "export", "grep"),
    *("gzip", "imgmeta", "jq", "kill", "ministack", "mkdir", "mv", "nox", "pip", "pytest"),
    *("python", "python3", "python3.13", "rm", "sleep", "sqlite-utils", "sqlite3", "unset"),
    *("uvicorn", "xargs", "."),
}
"""The programs that pages may use; those in a folder, such as `.venv/bin/pip`, by their names."""


@cache
def _commands() -> dict[str, Any]:
    return dict(typer.main.get_group(create_app(None)).commands)


def check_commands(script: str) -> None:
    """Check the programs of a script, and the arguments of `imgmeta` and `aws`."""
    commands = simple_commands(script)
    assert commands or "=" in script, "no command"
    for name, *arguments in commands:
        program = name if name == "." else Path(name).name
        assert program in PROGRAMS or f"{name}() {{" in script, f"unknown program: {name}"
        scripts = [each for each in arguments if each.startswith(("benchmarks/", "tools/"))]
        assert all((_ROOT / each).exists() for each in scripts), scripts
        if program == "aws":
            check_aws_command(arguments)
        elif program == "imgmeta":
            _check_imgmeta_command(arguments)
        elif program == "xargs" and "imgmeta" in arguments:
            _check_imgmeta_command([*arguments[arguments.index("imgmeta") + 1 :], "file"])


def _check_imgmeta_command(arguments: list[str]) -> None:
    name, *rest = arguments
    if name == "--version":
        return
    context = _commands()[name].make_context(name, rest)
    for parameter in context.params.get("parameter") or ():
        key, _, value = parameter.partition("=")
        assert template_parameters()[key].invalid_reason(value) is None, parameter


def check_json(text: str) -> None:
    """Check JSON or JSON Lines: each value is a record, a statement of IAM, or an event."""
    try:
        values = [json.loads(text)]
    except json.JSONDecodeError:
        values = [json.loads(line) for line in text.splitlines()]
    for value in values:
        if "ImageId" in value:
            ImageRecord.from_json(json.dumps(value))
        elif "Effect" in value:
            _check_statement(value)
        else:
            parsed = parse_event(value)
            assert parsed.malformed == ()
            assert parsed.hints or parsed.audits or parsed.digests, "an event without a request"


def _check_statement(statement: dict[str, Any]) -> None:
    assert statement.keys() <= {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
    assert statement["Effect"] in {"Allow", "Deny"}
    actions = statement["Action"]
    for action in [actions] if isinstance(actions, str) else actions:
        assert re.fullmatch(r"[a-z0-9-]+:[A-Z]\w+\*?", action), action
    assert str(statement["Resource"]).startswith(("arn:aws:", "*"))


def check_text(text: str) -> None:
    """Check a drawing or an output, which has no command; or commands, one on each line."""
    lines = text.splitlines()
    if all(line.startswith("imgmeta ") for line in lines):
        for line in lines:
            check_commands(line.replace("\\", "/"))
        return
    command = re.compile(r"\$ |(?:imgmeta|aws|pip|nox) [a-z-]+ ")
    assert [line for line in lines if command.match(line)] == []


def check_toml(text: str) -> None:
    """Check TOML: it is a part of a `pyproject.toml`."""
    assert tomllib.loads(text).keys() <= {"build-system", "dependency-groups", "project", "tool"}


def check_yaml(text: str) -> None:
    """Check YAML."""
    assert isinstance(yaml.safe_load(text), (dict, list))
