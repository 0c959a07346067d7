"""Read the parameters of a CloudFormation template from its YAML."""

from collections.abc import Mapping
from typing import Any

import yaml

from imgmeta.cloudformation.parameters import TemplateParameter

__all__ = ["parse_parameters"]


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's YAML; what its short functions mean is not asked here."""


def _passed_over(_loader: yaml.SafeLoader, suffix: str, _node: yaml.Node) -> str:
    return suffix


_Loader.add_multi_constructor("!", _passed_over)  # pyright: ignore[reportUnknownMemberType]  # in PyYAML's stubs


def parse_parameters(template: str) -> Mapping[str, TemplateParameter]:
    """Return the parameters of a template, by name, in its own order."""
    document: dict[str, Any] = yaml.load(template, Loader=_Loader)  # noqa: S506 - a SafeLoader
    return {name: _parameter(name, each) for name, each in document["Parameters"].items()}


def _parameter(name: str, declared: Mapping[str, Any]) -> TemplateParameter:
    default = declared.get("Default")
    return TemplateParameter(
        name=name,
        description=declared.get("Description", ""),
        default=None if default is None else str(default),
        allowed=tuple(map(str, declared.get("AllowedValues", ()))),
        pattern=declared.get("AllowedPattern", ""),
        longest=declared.get("MaxLength"),
        is_number=declared["Type"] == "Number",
        minimum=declared.get("MinValue"),
        maximum=declared.get("MaxValue"),
        constraint=declared.get("ConstraintDescription", ""),
    )
