"""docs/record.schema.json is current, and every record that commands print satisfies it."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

import generate_schema

from imgmeta import record_schema
from support.cli.command_line import Cli
from support.records.schema_validator import record_validator

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "record.schema.json").read_text("utf-8"))
PHOTOS = Path(os.environ.get("IMGMETA_TEST_PHOTOS") or ROOT.parent / "shared" / "photos")


def test_committed_schema_is_current() -> None:
    committed = generate_schema.SCHEMA.read_text("utf-8")

    assert committed == generate_schema.current_schema(), "run python tools/generate_schema.py"


def test_command_prints_the_schema_of_the_library(cli: Cli) -> None:
    printed = cli("schema")

    assert (printed.code, printed.err) == (0, "")
    assert json.loads(printed.out) == record_schema() == SCHEMA


def test_records_of_images_unreadable_files_and_deleted_files_satisfy_the_schema(
    cli: Cli, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "examples" / "evil\x1b\n\u202e\udcff\N{GRINNING FACE}.jpg").write_bytes(b"")
    synced = cli("sync", "examples", "--json").json
    (tmp_path / "examples" / "photos" / "logo.png").unlink()
    cli("sync", "examples")
    lines = [
        *(line for line in synced if "ImageId" in line),
        *cli("list", "--json").json,
        *cli("list", "--json", "--status", "deleted").json,
        *cli("show", "examples/photos/tower.jpg", "--json").json,
    ]

    validator = record_validator(SCHEMA)
    for line in lines:
        validator.validate(line)
    assert {line["Status"] for line in lines} == {"processed", "failed", "deleted"}


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="no photos: set IMGMETA_TEST_PHOTOS")
def test_records_of_real_photos_satisfy_the_schema(cli: Cli) -> None:
    cli("sync", PHOTOS)
    lines = cli("list", "--json").json

    validator = record_validator(SCHEMA)
    for line in lines:
        validator.validate(line)
    assert len(lines) > 50
