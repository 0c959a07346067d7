"""docs/settings.md lists all environment variables, with the attributes that they set."""

import re
from dataclasses import fields
from enum import StrEnum
from pathlib import Path

import pytest

from imgmeta.config import Settings
from imgmeta.core.stores import SQLiteFile
from imgmeta.core.targets import IMAGE_SUFFIXES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
ROWS = re.findall(
    r"^\| `(\w+)` \| `(\w+)` \| [a-z`, ]+ \| (.+?) \| `(.+?)` \|$",
    PAGE,
    re.MULTILINE,
)


def shown(value: object) -> str:
    """Return a default as the page shows it."""
    if not value:
        return "unset"
    if value == IMAGE_SUFFIXES:
        return "all supported suffixes"
    text = value.path if isinstance(value, SQLiteFile) else value
    return f"`{text.value if isinstance(text, StrEnum) else text}`"


def test_page_lists_the_variables_that_settings_read() -> None:
    source = (ROOT / "src" / "imgmeta" / "config.py").read_text("utf-8")
    names = re.findall(r'environment(?:\.get\(|,)\s*"(\w+)"', source)
    assert sorted(name for name, *_ in ROWS) == sorted(set(names))


@pytest.mark.parametrize(("variable", "attribute", "default", "example"), ROWS)
def test_variable_sets_the_attribute_of_the_page(
    variable: str, attribute: str, default: str, example: str
) -> None:
    unset, changed = Settings(), Settings.from_environment({variable: example})
    different = [
        each.name
        for each in fields(Settings)
        if getattr(unset, each.name) != getattr(changed, each.name)
    ]
    assert different == [attribute]
    assert Settings.from_environment({variable: ""}) == unset
    # The table is a second variable for the store, and has no default of its own.
    assert default == (
        "unset" if variable == "METADATA_TABLE" else shown(getattr(unset, attribute))
    )


def test_attributes_that_are_only_options_are_named() -> None:
    options = {each.name for each in fields(Settings)} - {attribute for _, attribute, *_ in ROWS}
    assert options == {"profile", "endpoint_url"}
    assert "`profile` and `endpoint_url` of `Settings` are options only" in PAGE


def test_store_overrides_the_table() -> None:
    settings = Settings.from_environment({"IMGMETA_STORE": "a.db", "METADATA_TABLE": "images"})
    assert settings.store == SQLiteFile("a.db")
