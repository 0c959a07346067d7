"""The CloudFormation template, as package data, and functions to find and read it."""

from pathlib import Path
from typing import TYPE_CHECKING

from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imgmeta.cloudformation.parameters import TemplateParameter

__all__ = ["RETAINED", "template_parameters", "template_path", "template_text"]

RETAINED = frozenset({"ImageStorageBucket", "ImageStorageBucketPolicy", "ImageMetadataTable"})
"""Logical IDs of the resources that stay in the account when the stack is deleted."""


def template_path() -> Path:
    """Return the path of the template."""
    return Path(__file__).with_name("template.yaml")


def template_text() -> str:
    """Return the template's text."""
    return template_path().read_text(encoding="utf-8")


def template_parameters() -> "Mapping[str, TemplateParameter]":
    """Return the template's parameters, by name, in the template's order.

    Raises:
        ConfigurationError: PyYAML is not installed.
    """
    try:
        from imgmeta.cloudformation.parser import parse_parameters  # noqa: PLC0415 - PyYAML is optional
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        msg = "reading the template's parameters needs PyYAML: pip install 'imgmeta[aws]'"
        raise ConfigurationError(msg) from error
    return parse_parameters(template_text())
