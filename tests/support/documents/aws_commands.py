"""Checks the commands of the AWS CLI in the documentation against botocore's service models."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.session import Session

__all__ = ["check_aws_command"]

_GLOBAL = {
    "--endpoint-url": True,
    "--max-items": True,
    "--no-cli-pager": False,
    "--output": True,
    "--profile": True,
    "--query": True,
    "--region": True,
}
"""The options of every command, and whether they have a value."""

_CUSTOM = {
    ("cloudformation", "deploy"): {
        "--capabilities",
        "--parameter-overrides",
        "--s3-bucket",
        "--stack-name",
        "--template-file",
    },
    ("logs", "tail"): {"--follow", "--since"},
    ("s3", "cp"): {"--recursive", "--content-type"},
    ("s3", "ls"): {"--recursive"},
    ("s3", "mb"): set[str](),
    ("s3", "rb"): {"--force"},
    ("s3", "rm"): {"--recursive"},
    ("s3", "sync"): {"--delete", "--exclude", "--include"},
}
"""The used commands that the AWS CLI adds to the operations of the services, with some options.

Source: AWS CLI Command Reference.
"""

_SERVICES = {"s3api": "s3"}
"""The botocore names of services that have another name in the AWS CLI."""


@cache
def _session() -> Session:
    return Session()


@cache
def _service(name: str) -> Any:  # noqa: ANN401 - botocore's model
    return _session().get_service_model(name)


def check_aws_command(words: list[str]) -> None:
    """Raise an AssertionError if the AWS CLI would reject a command, given without `aws`."""
    service, operation, *rest = words
    if (service, operation) in _CUSTOM:
        options = {each for each in rest if each.startswith("--")}
        assert options <= _CUSTOM[service, operation] | set(_GLOBAL), words
        return
    name = _SERVICES.get(service, service)
    assert name in _session().get_available_services(), f"no such AWS service: {service}"
    if operation == "wait":
        waiters = _session().get_waiter_model(name)
        names = {xform_name(each, "-"): each for each in waiters.waiter_names}
        assert rest[0] in names, f"no such waiter: {rest[0]}"
        _check_options(name, waiters.get_waiter(names[rest[0]]).operation, rest[1:])
        return
    operations = {xform_name(each, "-"): each for each in _service(name).operation_names}
    assert operation in operations, f"no such operation: {service} {operation}"
    _check_options(name, operations[operation], rest)


def _check_options(service: str, operation: str, words: list[str]) -> None:
    shape = _service(service).operation_model(operation).input_shape
    members: dict[str, Any] = dict(shape.members) if shape else {}
    names = {f"--{xform_name(each, '-')}": each for each in members}
    given: set[str] = set()
    for option, values in _options(words):
        if option in _GLOBAL:
            assert len(values) == _GLOBAL[option], f"{option} {values}"
            continue
        name = names.get(option) or names.get(option.replace("--no-", "--", 1))
        assert name, f"no such option of {service} {operation}: {option}"
        given.add(name)
        _check_values(option, members[name], values)
    missing = {*(shape.required_members if shape else [])} - given
    assert not missing, f"{service} {operation} requires {sorted(missing)}"


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    option, values = "", list[str]()
    for word in [*words, "--"]:
        if word.startswith("--"):
            if option or values:
                assert option, f"unexpected argument: {values}"
                yield option, values
            option, values = word, []
        else:
            values.append(word)


def _check_values(option: str, shape: Any, values: list[str]) -> None:  # noqa: ANN401 - as above
    if shape.type_name == "boolean":
        assert not values, f"{option} has no value"
        return
    assert values, f"{option} requires a value"
    assert shape.type_name == "list" or len(values) == 1, f"{option} has one value, not {values}"
    for value in values:
        if value.startswith(("{", "[")):
            json.loads(value)
        elif shape.type_name == "structure" and not value.startswith(("$", "file://")):
            keys = {part.partition("=")[0] for part in value.split(",")}
            assert keys <= set(shape.members), f"{option} {value}"
        enum = getattr(shape.member if shape.type_name == "list" else shape, "enum", [])
        assert not enum or "$" in value or value in enum, f"{option} {value}"
