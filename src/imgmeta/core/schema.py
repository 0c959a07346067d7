"""The JSON Schema of a record, from the models and their docstrings."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from imgmeta.core.original import ORIGINAL_SCHEMA_VERSION
from imgmeta.core.properties import ImageProperties
from imgmeta.core.records import SCHEMA_VERSION, ImageRecord

__all__ = ["record_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_IDENTIFIER = f"urn:imgmeta:record:{SCHEMA_VERSION}"
"""A name, not an address: there is nothing to download."""

_LOCAL_TIME = (
    "^[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,6})?$"
)
"""The format `date-time` requires a UTC offset: RFC 3339, section 5.6."""

_UTC = "Z$"

_LOCAL_TIMES = frozenset({"TakenAt"})
"""Attributes whose time has no UTC offset."""

_IS_ORIGINAL = {
    "properties": {"SchemaVersion": {"const": ORIGINAL_SCHEMA_VERSION}},
    "required": ["SchemaVersion"],
}

_URI = {
    "description": "The URI of the image, percent-encoded: RFC 3986. It is not stored.",
    "type": "string",
    "format": "uri",
    "pattern": "^[a-z][a-z0-9+.-]*://[!-~]*$",
}
"""An attribute of the lines that commands print, but not of `ImageRecord.to_json`."""

_ATTRIBUTE = re.compile(r"^    (\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)
"""An entry of the section `Attributes` of a docstring."""

_NAME = re.compile(r"`(\w+)`")

_PYTHON_WORD = re.compile(r"\b(?:None|True|False)\b")
_JSON_WORDS = {"None": "absent", "True": "true", "False": "false"}

_KEYWORDS = (
    *("type", "enum", "format", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
)


def record_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a record in its JSON form.

    It describes `ImageRecord.to_json`, and the lines of `imgmeta list --json`. A schema cannot
    express that `ImageId` is the hash of `BucketName` and `ObjectKey`.
    """
    model = ImageRecord.model_json_schema(by_alias=True, mode="serialization")
    names = {str(field.alias): name for name, field in ImageRecord.model_fields.items()}
    descriptions = _descriptions(ImageProperties, names) | _descriptions(ImageRecord, names)
    return {
        "$schema": _DIALECT,
        "$id": _IDENTIFIER,
        "title": "imgmeta record",
        "description": "The record of one image in the index. An unknown attribute is absent.",
        "type": "object",
        "properties": {
            alias: descriptions.get(alias, {})
            | _value_schema(schema, model["$defs"], is_local=alias in _LOCAL_TIMES)
            for alias, schema in model["properties"].items()
        }
        | {"Uri": _URI},
        "required": model["required"],
        "additionalProperties": model["additionalProperties"],
        "if": _IS_ORIGINAL,
        "then": {"properties": {"Revision": False}},
        "else": {"required": ["Revision"]},
    }


def _descriptions(model: type[BaseModel], names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the description of each attribute in the docstring of a model.

    Args:
        model: the model. Its docstring is missing if Python runs with `-OO`.
        names: the Python name of each attribute.
    """
    entries = dict(_ATTRIBUTE.findall(inspect.cleandoc(model.__doc__ or "")))
    aliases = {name: alias for alias, name in names.items()}

    def in_json(text: str) -> str:
        text = _NAME.sub(lambda name: f"`{aliases.get(name[1], name[1])}`", " ".join(text.split()))
        text = _PYTHON_WORD.sub(lambda word: _JSON_WORDS[word[0]], text)
        return text[0].upper() + text[1:]

    return {aliases[name]: {"description": in_json(text)} for name, text in entries.items()}


def _value_schema(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], *, is_local: bool
) -> dict[str, Any]:
    """Return the schema of a value that is not null, without Python's names and defaults."""
    options = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    option = options[0]
    if reference := option.get("$ref"):
        option = definitions[reference.rpartition("/")[2]]
    value = {name: each for name, each in option.items() if name in _KEYWORDS}
    if value.get("format") != "date-time":
        return value
    return {"type": "string", "pattern": _LOCAL_TIME} if is_local else value | {"pattern": _UTC}
