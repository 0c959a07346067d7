"""The CloudFormation template, as package data, and functions to find and read it."""

from pathlib import Path
from typing import TYPE_CHECKING

from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from imgmeta.cloudformation.parameters import TemplateParameter

__all__ = ["RETAINED", "template_body", "template_parameters", "template_path", "template_text"]

RETAINED = frozenset({"ImageStorageBucket", "ImageStorageBucketPolicy", "ImageMetadataTable"})
"""Logical IDs of the resources that stay in the account when the stack is deleted."""


def template_path() -> Path:
    """Return the path of the template."""
    return Path(__file__).with_name("template.yaml")


def template_text() -> str:
    """Return the template's text."""
    return template_path().read_text(encoding="utf-8")


def template_body() -> str:
    """Return the template as compact JSON, which fits in a request: see `compact_template`.

    Raises:
        ConfigurationError: PyYAML is not installed.
    """
    body: str = _parser().compact_template(template_text())
    return body


def template_parameters() -> "Mapping[str, TemplateParameter]":
    """Return the template's parameters, by name, in the template's order.

    Raises:
        ConfigurationError: PyYAML is not installed.
    """
    parameters: Mapping[str, TemplateParameter] = _parser().parse_parameters(template_text())
    return parameters


def _parser() -> "ModuleType":
    try:
        from imgmeta.cloudformation import parser  # noqa: PLC0415 - PyYAML is optional
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        msg = "reading the template needs PyYAML: pip install 'imgmeta[aws]'"
        raise ConfigurationError(msg) from error
    return parser
