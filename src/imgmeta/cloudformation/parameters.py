"""Parameters of a CloudFormation template, and the check of a value against one."""

import re
from dataclasses import dataclass

__all__ = ["TemplateParameter"]


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A parameter that a template takes: AWS CloudFormation User Guide, "Parameters".

    Attributes:
        name: the parameter's.
        description: what it is for.
        default: the value of a new stack where none is given; None: one must be given.
        allowed: the values that it takes; none: any that the rest allows.
        pattern: what a value must match as a whole; empty: anything.
        longest: the characters that a value may have at most; None: any number.
        is_number: whether a value is a number.
        minimum: the least number; None: any.
        maximum: the greatest number; None: any.
        constraint: what a value must be, in words; empty: nothing is said of that.
    """

    name: str
    description: str = ""
    default: str | None = None
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    longest: int | None = None
    is_number: bool = False
    minimum: float | None = None
    maximum: float | None = None
    constraint: str = ""

    def refusal(self, value: str) -> str | None:
        """Return what a value must be, as words that follow these, where this one is not that."""
        if self.allowed and value not in self.allowed:
            return f"one of {', '.join(each or 'nothing' for each in self.allowed)}"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return self._constraint or f"what matches {self.pattern}"
        if self.longest is not None and len(value) > self.longest:
            return self._constraint or f"at most {self.longest} characters"
        if self.is_number and not self._is_within(value):
            least = "" if self.minimum is None else f" from {self.minimum:g}"
            most = "" if self.maximum is None else f" to {self.maximum:g}"
            return self._constraint or f"a number{least}{most}"
        # Its answers are XML 1.0, which has no way to tell of most of these.
        return None if value.isprintable() else "text without control characters"

    @property
    def _constraint(self) -> str:
        return self.constraint.removeprefix("must be ")

    def _is_within(self, value: str) -> bool:
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", value):
            return False
        number = float(value)
        return (self.minimum is None or number >= self.minimum) and (
            self.maximum is None or number <= self.maximum
        )
