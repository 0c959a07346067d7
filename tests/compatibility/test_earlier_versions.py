"""What each released version wrote is still read, and what its users rely on is still there.

docs/compatibility.md has the policy. tools/record_interfaces.py writes the files of a version.
"""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("boto3", reason="needs the extra aws")
pytest.importorskip("typer", reason="needs the extra cli")

from record_interfaces import interfaces, view_columns

from imgmeta import ImageRecord, InvalidRecordError, Query, Status, find, record_schema
from imgmeta.adapters.dynamodb.items import record_from_item
from imgmeta.bootstrap import open_repository
from imgmeta.core.properties import ImageProperties
from support.records.schema_validator import record_validator

HERE = Path(__file__).parent
VERSIONS = sorted(path for path in HERE.iterdir() if path.name[0].isdigit())


@cache
def current() -> dict[str, Any]:
    # As JSON has them: tuples are lists.
    recorded: dict[str, Any] = json.loads(json.dumps(interfaces()))
    return recorded


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def version(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


@pytest.fixture
def lines(version: Path) -> list[str]:
    return (version / "records.jsonl").read_text("utf-8").splitlines()


@pytest.fixture
def records(lines: list[str]) -> list[ImageRecord]:
    return [ImageRecord.from_json(line) for line in lines]


@pytest.fixture
def earlier(version: Path) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((version / "interfaces.json").read_text("utf-8"))
    return recorded


def load(version: Path, name: str) -> Any:  # noqa: ANN401 - parsed JSON
    return json.loads((version / name).read_text("utf-8"))


def test_newest_version_has_a_record_with_every_attribute() -> None:
    text = (VERSIONS[-1] / "records.jsonl").read_text("utf-8")
    named = {name for line in text.splitlines() for name in json.loads(line)}
    fields = {**ImageRecord.model_fields, **ImageProperties.model_fields}

    assert {field.alias or name for name, field in fields.items()} <= named


def test_json_lines_are_read_and_written_unchanged(
    lines: list[str], records: list[ImageRecord]
) -> None:
    assert {record.status for record in records} == set(Status)
    assert [record.to_json() for record in records] == lines


@pytest.mark.parametrize("keep_schema", [False, True])
def test_sqlite_file_is_read(
    version: Path, records: list[ImageRecord], tmp_path: Path, *, keep_schema: bool
) -> None:
    index = tmp_path / "index.db"
    shutil.copy(version / "index.sqlite3", index)
    written = {record.image_id: record for record in records if record.revision is not None}

    with open_repository(str(index), must_exist=True, keep_schema=keep_schema) as repository:
        found = {record.image_id for record in find(repository, Query())}
        read = {image_id: repository.get(image_id) for image_id in written}

    assert read == written
    assert found == {key for key, record in written.items() if record.status is not Status.DELETED}


def test_dynamodb_items_are_read(version: Path, records: list[ImageRecord]) -> None:
    assert [record_from_item(item) for item in load(version, "items.json")] == records


def test_record_with_an_attribute_of_a_later_version_is_refused_with_its_name(
    version: Path,
) -> None:
    item = load(version, "items.json")[0]

    with pytest.raises(InvalidRecordError, match="AddedLater: unknown attribute"):
        record_from_item(item | {"AddedLater": {"S": "x"}})


def test_current_schema_accepts_earlier_records(lines: list[str]) -> None:
    validator = record_validator(record_schema())
    for line in lines:
        validator.validate(json.loads(line))


def test_current_schema_has_the_earlier_properties_and_requires_no_more(version: Path) -> None:
    before, now = load(version, "record.schema.json"), record_schema()
    types = {name: declared.get("type") for name, declared in before["properties"].items()}

    assert now["$id"] == before["$id"]
    assert {name: now["properties"][name].get("type") for name in types} == types
    assert set(now["required"]) <= set(before["required"])


def test_columns_of_view_and_exports_keep_their_names_types_and_order(
    earlier: dict[str, Any],
) -> None:
    for name in ("view", "columns of exports"):
        before = earlier[name]

        assert current()[name][: len(before)] == before


def test_view_of_a_migrated_file_has_the_columns_of_a_new_one(
    version: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index.db"
    shutil.copy(version / "index.sqlite3", index)
    with open_repository(str(index)):
        pass

    assert [list(column) for column in view_columns(index)] == current()["view"]


def test_python_names_parameters_members_and_methods_remain(earlier: dict[str, Any]) -> None:
    for module, names in earlier["python"].items():
        now = current()["python"][module]

        assert names.keys() <= now.keys()
        for name, parts in names.items():
            assert (name, set(parts or ()) - set(now[name] or ())) == (name, set())


def test_commands_and_options_remain_with_their_defaults(earlier: dict[str, Any]) -> None:
    for command, options in earlier["commands"].items():
        now = current()["commands"][command]

        assert {name: now.get(name) for name in options} == options


def test_exit_codes_remain(earlier: dict[str, Any]) -> None:
    codes = earlier["exit codes"]

    assert {name: current()["exit codes"].get(name) for name in codes} == codes


def test_table_keeps_its_keys_and_indexes(earlier: dict[str, Any]) -> None:
    before, now = earlier["table"], current()["table"]
    indexes = {index["IndexName"]: index for index in now["GlobalSecondaryIndexes"]}

    assert now["KeySchema"] == before["KeySchema"]
    assert [indexes[each["IndexName"]] for each in before["GlobalSecondaryIndexes"]] == before[
        "GlobalSecondaryIndexes"
    ]
    assert all(each in now["AttributeDefinitions"] for each in before["AttributeDefinitions"])


def test_template_keeps_parameters_outputs_and_stateful_resources(
    earlier: dict[str, Any],
) -> None:
    before, now = earlier["template"], current()["template"]

    assert before["parameters"].items() <= now["parameters"].items()
    assert set(before["outputs"]) <= set(now["outputs"])
    assert before["stateful resources"].items() <= now["stateful resources"].items()
    added = now["parameters"].keys() - before["parameters"].keys()
    assert [name for name in added if now["parameters"][name] is None] == []


def test_suffixes_remain(earlier: dict[str, Any]) -> None:
    assert set(earlier["suffixes"]) <= set(current()["suffixes"])
