"""The CloudFormation template, as package data, and the functions that find and read it."""

from collections.abc import Mapping
from pathlib import Path

from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.errors import ConfigurationError

__all__ = ["RETAINED", "template_parameters", "template_path", "template_text"]

RETAINED = frozenset({"ImageStorageBucket", "ImageStorageBucketPolicy", "ImageMetadataTable"})
"""What the template leaves in the account when its stack is deleted, by logical id."""


def template_path() -> Path:
    """Return where the template is: what puts the function, and all it needs, into an account."""
    return Path(__file__).with_name("template.yaml")


def template_text() -> str:
    """Return the template, as CloudFormation takes it for a `TemplateBody`."""
    return template_path().read_text(encoding="utf-8")


def template_parameters() -> Mapping[str, TemplateParameter]:
    """Return what the template takes, by name, in its own order.

    Raises:
        ConfigurationError: what reads YAML is not installed.
    """
    try:
        # Here, so that the template can be had without it.
        from imgmeta.cloudformation.parser import parse_parameters  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        msg = "the template's parameters need PyYAML: pip install 'imgmeta[aws]'"
        raise ConfigurationError(msg) from error
    return parse_parameters(template_text())
