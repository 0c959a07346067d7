"""docs/record.md lists the attributes of a record, and its statements about records are true."""

import re
from pathlib import Path
from typing import Any

from imgmeta import ImageRecord
from imgmeta.bootstrap import open_indexer, open_repository, parse_target
from imgmeta.config import Settings
from imgmeta.core.records import Status
from imgmeta.formats.metadata.fields import CAPTURE_TIME_RANKS

PAGE = (Path(__file__).parents[2] / "docs" / "record.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| ([a-z-]+) \|", PAGE, flags=re.MULTILINE)


def _type_name(schema: dict[str, Any]) -> str:
    kinds = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    kind = kinds[0]
    return str(kind.get("format") or kind.get("type", "string"))  # a reference is to an enum


def test_page_lists_every_attribute_with_its_type() -> None:
    schema = ImageRecord.model_json_schema(by_alias=True, mode="serialization")

    attributes = [(name, _type_name(value)) for name, value in schema["properties"].items()]
    assert attributes == ROWS


def test_page_lists_the_sources_of_the_capture_time_by_precedence() -> None:
    listed = re.findall(r"^\| `(\w+:[\w: ]+)` \|", PAGE, flags=re.MULTILINE)

    assert listed == list(CAPTURE_TIME_RANKS)


def test_page_lists_the_attributes_of_a_tombstone(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.touch()
    target = parse_target(str(tmp_path))
    with open_repository(f"sqlite:///{tmp_path}/index.db") as repository:
        indexer = open_indexer(Settings(), repository)
        (failed,) = [item.record for item in indexer.sync(target)]
        photo.unlink()
        (deleted,) = [item.record for item in indexer.sync(target)]

    assert failed is not None
    assert deleted is not None
    assert (failed.status, deleted.status) == (Status.FAILED, Status.DELETED)
    listed = re.search(r"A `deleted` record only has (.*?)\.\n", PAGE, flags=re.DOTALL)
    assert listed is not None
    names = set(re.findall(r"`(\w+)`", listed[1]))
    assert names == deleted.to_item().keys() | {"Sequencer"}
    assert failed.to_item().keys().isdisjoint(_attributes_from("Format"))


def _attributes_from(first: str) -> list[str]:
    names = [name for name, _ in ROWS]
    return names[names.index(first) :]
