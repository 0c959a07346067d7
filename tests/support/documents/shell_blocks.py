"""Runs the `sh` blocks of a page in this process, with a small part of bash and of the AWS CLI."""

import json
import re
import shlex
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.session import Session

__all__ = ["ShellBlocks", "run_aws", "shell_blocks"]

_VALUES: dict[str, Callable[[str], object]] = {"integer": int, "list": str.split}

Run = Callable[[list[str]], str]
"""Runs a command, and returns what it prints."""


def shell_blocks(page: str) -> list[str]:
    """Return the contents of the `sh` blocks of a Markdown page."""
    return re.findall(r"^```sh\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


class ShellBlocks:
    """The state of a shell: variables and functions.

    It supports assignments, `NAME=$(COMMAND)`, functions of one command, `$NAME`, and `| jq -r .X`.

    Args:
        programs: programs by name.
    """

    def __init__(self, programs: dict[str, Run]) -> None:
        self._programs = programs
        self._variables: dict[str, str] = {}
        self._functions: dict[str, str] = {}

    def run(self, block: str) -> None:
        """Run the commands of a block."""
        lines = block.replace("\\\n", " ")
        for command in re.split(r"\n(?! )", lines.strip()):
            self._run_line(command)

    def _run_line(self, line: str) -> None:
        if function := re.fullmatch(r"(\w+)\(\) \{ (.*?); \}", line, flags=re.DOTALL):
            self._functions[function[1]] = function[2]
        elif assigned := re.fullmatch(r"(\w+)=\$\((.*)\)", line, flags=re.DOTALL):
            self._variables[assigned[1]] = self._output(assigned[2]).strip()
        elif assigned := re.fullmatch(r"(\w+)=(\S+)", line):
            self._variables[assigned[1]] = assigned[2]
        else:
            self._output(line)

    def _output(self, command: str) -> str:
        command, _, query = command.partition(" | jq -r .")
        text = re.sub(r"\$(\w+)", lambda match: self._variables[match[1]], command)
        name, *arguments = shlex.split(text)
        if name in self._functions:
            body = self._functions[name].replace("$1", arguments[0])
            return self._output(body)
        printed = self._programs[name](arguments)
        return str(json.loads(printed)[query]) if query else printed


def run_aws(arguments: list[str]) -> str:
    """Run a command of the AWS CLI; return its output, only for a `--query` of names and dots.

    Operations and options that botocore does not know raise an error.
    """
    service, operation, *rest = arguments
    client = Session().create_client(service)
    if operation == "wait":
        waiter, option, name = rest
        assert option == "--function-name"
        client.get_waiter(waiter.replace("-", "_")).wait(FunctionName=name)
        return ""
    method = operation.replace("-", "_")
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
    query = rest[rest.index("--query") + 1] if "--query" in rest else None
    response: Any = getattr(client, method)(**_parameters(model, rest))
    return str(reduce(dict.__getitem__, query.split("."), response)) if query else ""


def _parameters(model: Any, rest: list[str]) -> dict[str, Any]:  # noqa: ANN401 - botocore's model
    members = model.input_shape.members
    names = {f"--{xform_name(name, '-')}": name for name in members}
    parameters: dict[str, Any] = {}
    words = iter(rest)
    for word in words:
        if word in {"--query", "--output"}:
            next(words)
            continue
        name = names[word]
        kind = members[name].type_name
        if kind == "boolean":
            parameters[name] = True
            continue
        value = next(words)
        if value.startswith("fileb://"):
            parameters[name] = Path(value.removeprefix("fileb://")).read_bytes()
        else:
            parameters[name] = _VALUES.get(kind, str)(value)
    return parameters
