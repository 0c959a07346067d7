"""The CloudFormation template, as package data, and the functions that find and read it."""

from pathlib import Path

__all__ = ["template_path", "template_text"]


def template_path() -> Path:
    """Return where the template is: what puts the function, and all it needs, into an account."""
    return Path(__file__).with_name("template.yaml")


def template_text() -> str:
    """Return the template, as CloudFormation takes it for a `TemplateBody`."""
    return template_path().read_text(encoding="utf-8")
