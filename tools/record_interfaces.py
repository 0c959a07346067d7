"""Write the files of tests/compatibility for the current version, before its release.

    python tools/record_interfaces.py

They show later versions what users of this one rely on: docs/compatibility.md. Never change the
files of a version that was released.
"""

import inspect
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from enum import EnumType
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from pydantic import BaseModel
from typer.main import get_command

from imgmeta import IMAGE_SUFFIXES, ImageRecord, record_schema
from imgmeta.adapters.dynamodb.items import item_from_record
from imgmeta.adapters.dynamodb.table import table_definition
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.cloudformation import template_body
from imgmeta.core.exports.columns import COLUMNS
from imgmeta.core.ordering import IfRevision
from imgmeta.entrypoints.cli import exit_codes
from imgmeta.entrypoints.cli.app import COMMANDS, create_app

FOLDER = Path(__file__).parents[1] / "tests" / "compatibility"
EXAMPLES = FOLDER / "examples.jsonl"
"""A record with every attribute, and one of each other status and of the original system."""

MODULES = (
    "imgmeta",
    "imgmeta.bootstrap",
    "imgmeta.config",
    "imgmeta.errors",
    "imgmeta.ports",
    "imgmeta.service",
    "imgmeta.testing.contracts",
)
"""The modules whose names are covered by the promise of compatibility."""

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def interfaces() -> dict[str, Any]:
    """Return the names and types that users of this version rely on."""
    return {
        "python": {name: _names(name) for name in MODULES},
        "commands": {name: _options(name) for name in sorted(COMMANDS)},
        "exit codes": {
            name: getattr(exit_codes, name)
            for name in exit_codes.__all__
            if isinstance(getattr(exit_codes, name), int)
        },
        "suffixes": sorted(IMAGE_SUFFIXES),
        "view": _view(),
        "columns of exports": [[column.name, column.type.value] for column in COLUMNS],
        "table": {
            name: table_definition("images")[name]
            for name in ("AttributeDefinitions", "GlobalSecondaryIndexes", "KeySchema")
        },
        "template": _template(),
    }


def _names(module: str) -> dict[str, list[str] | None]:
    """Return the names of a module, each with the names that belong to it."""
    loaded = import_module(module)
    return {name: _parts(getattr(loaded, name)) for name in sorted(loaded.__all__)}


def _parts(value: object) -> list[str] | None:
    """Return the members of an enumeration, the methods of a port, or the parameters."""
    if isinstance(value, EnumType):
        return list(value.__members__)
    if getattr(value, "_is_protocol", False):
        return sorted(name for name in vars(value) if not name.startswith("_"))
    if isinstance(value, type) and issubclass(value, BaseModel):
        value.model_rebuild()  # Pydantic adds the signature when it builds the model
    if inspect.isfunction(value) or inspect.isclass(value):
        return list(inspect.signature(value).parameters)
    return None


def _options(command: str) -> dict[str, Any]:
    group: Any = get_command(create_app(command))
    return {
        name: {"default": _plain(parameter.default), "arguments": parameter.nargs}
        for parameter in group.commands[command].params
        for name in (*parameter.opts, *parameter.secondary_opts)
        if parameter.name != "help"
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) else None


def _view() -> list[list[str]]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "index.sqlite3")
        SQLiteImageRepository(path).close()
        return view_columns(path)


def view_columns(path: Path) -> list[list[str]]:
    """Return the names and types of the columns of the view in a SQLite index."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, type FROM pragma_table_info('images')")
        return [list(row) for row in rows]


def _template() -> dict[str, Any]:
    template: dict[str, Any] = yaml.safe_load(template_body())
    kept = ("Bucket", "Table", "Queue")
    return {
        "parameters": {
            name: declared.get("Default") for name, declared in template["Parameters"].items()
        },
        "outputs": sorted(template["Outputs"]),
        "stateful resources": {
            name: resource["Type"]
            for name, resource in template["Resources"].items()
            if resource["Type"].rpartition("::")[2] in kept
        },
    }


def _records() -> list[ImageRecord]:
    """Return the records of `EXAMPLES`."""
    lines = EXAMPLES.read_text("utf-8").splitlines()
    return [ImageRecord.from_json(line) for line in lines]


def _write(folder: Path, name: str, value: object) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    (folder / name).write_text(f"{text}\n", "utf-8")


def main() -> None:
    """Write the files of the current version."""
    folder = FOLDER / version("imgmeta")
    folder.mkdir(parents=True, exist_ok=True)
    records = _records()
    index = folder / "index.sqlite3"
    index.unlink(missing_ok=True)
    with SQLiteImageRepository(index) as repository:
        for record in records:
            if record.revision is not None:  # one of the original system is in DynamoDB only
                repository.put(record, IfRevision(None))
    with closing(sqlite3.connect(index)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    lines = "".join(f"{record.to_json()}\n" for record in records)
    (folder / "records.jsonl").write_text(lines, "utf-8")
    _write(folder, "items.json", [item_from_record(record, NOW) for record in records])
    _write(folder, "record.schema.json", record_schema())
    _write(folder, "interfaces.json", interfaces())


if __name__ == "__main__":
    main()
