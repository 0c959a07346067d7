"""Read the parameters of a CloudFormation template from its YAML."""

from collections.abc import Mapping
from typing import Any

import yaml

from imgmeta.cloudformation.parameters import TemplateParameter

__all__ = ["parse_parameters"]


class _Loader(yaml.SafeLoader):
    """A YAML loader that accepts CloudFormation's tags, such as `!Ref`, without evaluating them."""


def _skip_tag(_loader: yaml.SafeLoader, suffix: str, _node: yaml.Node) -> str:
    return suffix


_Loader.add_multi_constructor("!", _skip_tag)  # pyright: ignore[reportUnknownMemberType]  # untyped in PyYAML's stubs


def parse_parameters(template: str) -> Mapping[str, TemplateParameter]:
    """Return the parameters of a template, by name, in the template's order."""
    document: dict[str, Any] = yaml.load(template, Loader=_Loader)  # noqa: S506 - a SafeLoader
    return {name: _parameter(name, each) for name, each in document["Parameters"].items()}


def _parameter(name: str, declared: Mapping[str, Any]) -> TemplateParameter:
    default = declared.get("Default")
    return TemplateParameter(
        name=name,
        description=declared.get("Description", ""),
        default=None if default is None else str(default),
        allowed_values=tuple(map(str, declared.get("AllowedValues", ()))),
        allowed_pattern=declared.get("AllowedPattern", ""),
        max_length=declared.get("MaxLength"),
        is_number=declared["Type"] == "Number",
        minimum=declared.get("MinValue"),
        maximum=declared.get("MaxValue"),
        constraint=declared.get("ConstraintDescription", ""),
        is_list=declared["Type"] == "CommaDelimitedList",
    )
