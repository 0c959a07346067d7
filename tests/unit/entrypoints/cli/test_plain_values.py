"""Commands that validate only some values, compared with Typer's own."""

import re
from enum import StrEnum
from typing import Annotated

import pytest
import typer
from typer.core import TyperCommand
from typer.main import get_command

from imgmeta.entrypoints.cli.plain_values import PlainCommand, PlainGroup


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


def upper(value: str) -> str:
    return value.upper()


def parsed(cls: type[TyperCommand], arguments: list[str]) -> object:
    """Return the values that a command gets, or the message of the error."""
    app = typer.Typer(cls=PlainGroup) if cls is PlainCommand else typer.Typer()
    app.callback()(lambda: None)
    values: dict[str, object] = {}

    @app.command("paint", cls=cls)
    def paint(  # noqa: PLR0913 - one for each kind of option
        files: Annotated[list[str] | None, typer.Argument()] = None,
        *,
        name: Annotated[str | None, typer.Option()] = None,
        title: Annotated[str, typer.Option(callback=upper)] = "none",
        tag: Annotated[list[str] | None, typer.Option()] = None,
        size: Annotated[int | None, typer.Option(min=1)] = None,
        color: Annotated[Color | None, typer.Option()] = None,
        dry: Annotated[bool, typer.Option("--dry")] = False,
    ) -> None:
        values.update(locals())

    try:
        get_command(app).main(["paint", *arguments], prog_name="p", standalone_mode=False)
    except typer.TyperException as error:
        return error.format_message()
    return {name: value for name, value in values.items() if name != "values"}


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "a b",
        "--name x --tag a --tag b",
        "--name= --tag=",
        "--size 3 --color red --dry",
        "--size 0",
        "--size x",
        "--size 0x1 --size 1_0",
        "--size -3",
        "--size 007",
        "--color RED",
        "--color green",
        "--name",
        "--title t -- --name",
        "--name \udcff",
        "\udcff --tag \ud800",
    ],
)
def test_command_gets_the_values_that_typer_validates(arguments: str) -> None:
    words = arguments.split()

    assert parsed(PlainCommand, words) == parsed(TyperCommand, words)


def test_help_is_that_of_typer_without_the_types_of_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown: list[list[str]] = []
    for command in (PlainCommand, TyperCommand):
        parsed(command, ["--help"])
        # Rich draws boxes, whose columns depend on the types.
        shown.append(re.sub("[│─╭╮╯╰]", " ", capsys.readouterr().out).split())
    plain, of_typer = shown

    assert "--color" in plain
    assert "<list[str]>" not in plain[plain.index("Arguments") : plain.index("Options")]
    if "<list[str]>" in of_typer[: of_typer.index("Options")]:  # since Typer 0.29
        of_typer.remove("<list[str]>")
    assert of_typer == plain
