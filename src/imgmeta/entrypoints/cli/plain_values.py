"""Commands that validate only the values that need it: Typer imports pydantic to validate any."""

from collections.abc import Callable
from typing import Any, cast

from typer.core import TyperCommand, TyperGroup

__all__ = ["PlainCommand", "PlainGroup"]

_Process = Callable[[Any, Any], Any]


class PlainCommand(TyperCommand):
    """A command that takes missing values and texts as they are.

    Typer's validation returns the same values. It still validates numbers, choices, and texts that
    are not Unicode.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of Typer
        super().__init__(*arguments, **options)
        for each in self.params:
            _take_plain_values(each)

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401 - those of Typer
        """Return the option `--help`."""
        return _take_plain_values(super().get_help_option(ctx))


class PlainGroup(TyperGroup):
    """A group of commands whose own options are those of `PlainCommand`."""

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401 - those of Typer
        """Return the option `--help`."""
        return _take_plain_values(super().get_help_option(ctx))


def _take_plain_values(parameter: Any) -> Any:  # noqa: ANN401 - an option or an argument of Typer
    """Make an option or an argument validate only the values that need it; return it."""
    # Typer's type of the value; without it, Typer validates all values.
    annotation = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    if annotation is None or parameter.required:
        return parameter
    is_list = getattr(parameter, "multiple", False) or parameter.nargs == -1
    validate: _Process = type(parameter).process_value.__get__(parameter)

    def process(context: Any, value: Any) -> Any:  # noqa: ANN401 - see `_Process`
        if value is None:
            plain = () if is_list else None
        elif _is_plain(value, annotation):
            plain = value
        else:
            return validate(context, value)
        if parameter.callback is not None:
            return parameter.callback(context, parameter, plain)
        return plain

    parameter.process_value = process
    return parameter


def _is_plain(value: object, annotation: object) -> bool:
    if annotation is str:
        return isinstance(value, str) and _is_unicode(value)
    if annotation != list[str] or not isinstance(value, list | tuple):
        return False
    return all(isinstance(each, str) and _is_unicode(each) for each in cast("list[object]", value))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
