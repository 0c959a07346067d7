"""Read a CloudFormation template from its YAML."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from imgmeta.cloudformation.parameters import TemplateParameter

if TYPE_CHECKING:
    from yaml import SafeLoader
else:  # in C, if PyYAML was built with libyaml; it takes a tenth of the time
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

__all__ = ["compact_template", "parse_parameters"]


class _Loader(SafeLoader):
    """A YAML loader that reads the short form of functions (`!Ref`) as their long form.

    AWS CloudFormation Template Reference, "Intrinsic functions".
    """


def _function(loader: SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        value = loader.construct_scalar(node)  # type: ignore[arg-type]  # the only other node
        if suffix == "GetAtt":
            value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _function)  # pyright: ignore[reportUnknownMemberType]  # untyped in PyYAML's stubs


def parse_parameters(template: str) -> Mapping[str, TemplateParameter]:
    """Return the parameters of a template, by name, in the template's order."""
    return {name: _parameter(name, each) for name, each in _load(template)["Parameters"].items()}


def compact_template(template: str) -> str:
    """Return a template as JSON, without comments and without the metadata of its resources.

    The metadata explains resources to readers and linters; no resource depends on it.
    """
    document = _load(template)
    for resource in document["Resources"].values():
        resource.pop("Metadata", None)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _load(template: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(template, Loader=_Loader)  # noqa: S506 - a SafeLoader
    return document


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
