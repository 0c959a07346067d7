"""The parameters of a CloudFormation template, and the validation of their values."""

import re
from dataclasses import dataclass

__all__ = ["TemplateParameter"]


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A parameter of a template: AWS CloudFormation User Guide, "Parameters".

    Attributes:
        name: the parameter's name.
        description: the purpose.
        default: the value of a new stack that sets none; None: required.
        allowed_values: the valid values; empty: any.
        allowed_pattern: a regular expression that the whole value must match, or each element of a
            list; empty: any value.
        max_length: characters; None: no limit.
        is_number: whether the value must be a number.
        is_list: whether the value is a comma-separated list (`CommaDelimitedList`).
        minimum: the lowest number; None: no limit.
        maximum: the highest number; None: no limit.
        constraint: the template's description of valid values, such as `must be 1 or more`; empty
            if it has none.
    """

    name: str
    description: str = ""
    default: str | None = None
    allowed_values: tuple[str, ...] = ()
    allowed_pattern: str = ""
    max_length: int | None = None
    is_number: bool = False
    minimum: float | None = None
    maximum: float | None = None
    constraint: str = ""
    is_list: bool = False

    def invalid_reason(self, value: str) -> str | None:
        """Return the reason that `value` is invalid, as `must be …`, or None."""
        if self.allowed_values and value not in self.allowed_values:
            return f"must be one of {', '.join(each or 'nothing' for each in self.allowed_values)}"
        elements = self.elements(value)
        if self.allowed_pattern and not all(map(self._matches, elements)):
            return self.constraint or f"must match {self.allowed_pattern}"
        if len(elements) > 1 and "" in elements:  # the template takes such a list for an empty one
            return self.constraint or "must have no empty elements"
        if self.max_length is not None and len(value) > self.max_length:
            return self.constraint or f"must be at most {self.max_length} characters"
        if self.is_number and not self._is_in_range(value):
            least = "" if self.minimum is None else f" from {self.minimum:g}"
            most = "" if self.maximum is None else f" to {self.maximum:g}"
            return self.constraint or f"must be a number{least}{most}"
        # CloudFormation responds in XML 1.0, which cannot represent most of these.
        return None if value.isprintable() else "must be printable text"

    def elements(self, value: str) -> list[str]:
        """Return the elements of a list, without surrounding spaces; any other value is its own."""
        return [each.strip() for each in value.split(",")] if self.is_list else [value]

    def _matches(self, element: str) -> bool:
        return re.fullmatch(self.allowed_pattern, element) is not None

    def _is_in_range(self, value: str) -> bool:
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", value):
            return False
        number = float(value)
        return (self.minimum is None or number >= self.minimum) and (
            self.maximum is None or number <= self.maximum
        )
