"""Commands that validate only the values that need it: Typer imports pydantic to validate any."""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any, cast

from typer.core import TyperCommand, TyperGroup

__all__ = ["PlainCommand", "PlainGroup"]

_Process = Callable[[Any, Any], Any]


_PROCESS = "process_value"
"""The method of a parameter of Typer that validates a value."""

_TYPE_IN_HELP = "display_type_rich"
"""The method of a parameter of Typer that returns the type that the help shows."""

_MISSING = object()

_NUMBER = re.compile("[1-9][0-9]{0,8}", re.ASCII)
"""Numbers that Typer reads as Python does."""


class PlainCommand(TyperCommand):
    """A command that converts missing values, texts, choices and simple numbers itself.

    Typer's validation returns the same values. It still validates all other values, and reports
    those that are invalid. The help of an argument has no Python type.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of Typer
        super().__init__(*arguments, **options)
        for each in self.params:
            _take_plain_values(each)
            if each.param_type_name == "argument":
                # Typer writes it after the name: FOLDER <list[str]>.
                setattr(each, _TYPE_IN_HELP, _no_type)

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401 - those of Typer
        """Return the option `--help`."""
        return _take_plain_values(super().get_help_option(ctx))


class PlainGroup(TyperGroup):
    """A group of commands whose own options are those of `PlainCommand`."""

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401 - those of Typer
        """Return the option `--help`."""
        return _take_plain_values(super().get_help_option(ctx))


def _no_type(*_: object, **__: object) -> None:
    """Return no type."""


def _take_plain_values(parameter: Any) -> Any:  # noqa: ANN401 - an option or an argument of Typer
    """Make an option or an argument validate only the values that need it; return it."""
    # Typer's type of the value; without it, Typer validates all values.
    descriptor = getattr(parameter, "type_descriptor", None)
    annotation = getattr(descriptor, "annotation", None)
    if annotation is None or parameter.required:
        return parameter
    empty = () if getattr(parameter, "multiple", False) or parameter.nargs == -1 else None
    information = getattr(descriptor, "parameter_info", None)
    limits = (getattr(information, "min", _MISSING), getattr(information, "max", _MISSING))
    # That of the class, since the same parameter may be passed again.
    of_class: Any = getattr(type(parameter), _PROCESS)  # pyright: ignore[reportUnknownArgumentType]  # any class
    validate: _Process = partial(of_class, parameter)

    def process(context: Any, value: Any) -> Any:  # noqa: ANN401 - see `_Process`
        plain = empty if value is None else _plain(value, annotation, limits)
        if plain is _MISSING:
            return validate(context, value)
        if parameter.callback is not None:
            return parameter.callback(context, parameter, plain)
        return plain

    setattr(parameter, _PROCESS, process)
    return parameter


def _plain(value: Any, annotation: Any, limits: tuple[Any, Any]) -> Any:  # noqa: ANN401 - of any type
    """Return the value that Typer's validation would return; `_MISSING` if it may be invalid."""
    if annotation == list[str] and isinstance(value, list | tuple):
        each_is_text = all(map(_is_text, cast("list[object]", value)))
        return cast("object", value) if each_is_text else _MISSING
    if not _is_text(value):
        return _MISSING
    if annotation is str:
        return value
    if annotation is int and limits == (1, None) and _NUMBER.fullmatch(value):
        return int(value)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum) and value in [*annotation]:
        return annotation(value)
    return _MISSING


def _is_text(value: object) -> bool:
    """Return whether a value is a text of Unicode characters."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
