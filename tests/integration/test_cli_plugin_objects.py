"""Commands with objects in the store of a plug-in (`gs://bucket/key`)."""

from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.bootstrap import open_objects
from imgmeta.config import Settings
from imgmeta.core.identity import image_id
from imgmeta.core.objects import ObjectLocation
from support.cli.command_line import Cli
from support.plugins.distributions import Install

PHOTO = Path(__file__).parents[2] / "examples" / "photos" / "tower.jpg"
OBJECTS = f"""
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from imgmeta import ObjectLocation
from imgmeta.adapters.memory import InMemoryObjectStore

opened = []

@contextmanager
def open_url(bucket):
    store = InMemoryObjectStore()
    for key in ("2026/a b.jpg", "2027/c.jpg"):
        content = Path({str(PHOTO)!r}).read_bytes()
        moment = datetime(2026, 11, 23, tzinfo=UTC)
        store.put(ObjectLocation(bucket, key), content, last_modified=moment)
    opened.append(bucket)
    yield store
    opened.remove(bucket)
"""


@pytest.fixture
def module(install: Install) -> str:
    return install(OBJECTS, group="imgmeta.object_stores", scheme="gs")


def test_commands_use_the_objects_of_a_plugin(cli: Cli, module: str) -> None:
    assert cli("sync", "gs://holiday/2026").code == 0
    (record,) = cli("list", "--json").json
    assert record["Uri"] == "gs://holiday/2026/a%20b.jpg"
    assert record["BucketName"] == "gs://holiday"
    assert record["ImageId"] == image_id("gs://holiday", "2026/a b.jpg")
    assert "gs://holiday/2026/a b.jpg" in cli("list").out
    assert cli("count", "--prefix", "gs://holiday/2026").lines == ["1"]
    assert cli("count", "--prefix", "s3://holiday").lines == ["0"]
    for name in (record["Uri"], "gs://holiday/2026/a b.jpg", record["ImageId"]):
        assert cli("show", name).code == 0
    assert cli("read", record["Uri"], "--json").json[0]["Format"] == "JPEG"
    assert cli("verify", "gs://holiday/2026").code == 0
    assert "gs://holiday/2027/c.jpg" in cli("verify", "gs://holiday").out
    assert cli("reprocess", record["Uri"]).code == 0
    assert __import__(module).opened == []  # every store was closed


def test_percent_sign_of_a_key_is_explained(cli: Cli, module: str) -> None:
    del module
    cli("sync", "gs://holiday")
    done = cli("show", "gs://holiday/2026%2Fd.jpg")
    assert (done.code, done.out) == (1, "")
    assert "is not in the index" in done.err


@pytest.mark.parametrize(
    "command", [["sync"], ["verify"], ["read"], ["show"], ["count", "--prefix"]]
)
def test_unknown_scheme_is_one_sentence(cli: Cli, module: str, command: list[str]) -> None:
    del module
    done = cli(*command, "az://holiday/a.jpg")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("imgmeta: unsupported scheme az://: use a ")


@pytest.mark.parametrize("command", ["backfill", "batch-job"])
def test_command_that_needs_s3_says_so(cli: Cli, module: str, command: str) -> None:
    del module
    done = cli(command, "gs://holiday", "--stack-name", "photos", "--region", "eu-west-1")
    assert (done.code, done.out) == (2, "")
    assert "pass s3://bucket/prefix" in done.err


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import no_such_module", 2),
        ("def open_url(url): raise OSError", 2),
        ("from contextlib import nullcontext as open_url", 2),
        (OBJECTS.replace("yield store", "store.list = None; yield store"), 2),
        (OBJECTS.replace("yield store", "store.list = lambda *_, **__: 1 / 0; yield store"), 1),
        (OBJECTS.replace("yield store", "store.observe = lambda _: 1 / 0; yield store"), 1),
    ],
)
def test_broken_plugin_is_reported(cli: Cli, install: Install, source: str, code: int) -> None:
    install(source, group="imgmeta.object_stores", scheme="gs")
    done = cli("sync", "gs://holiday/2026")
    assert done.code == code
    assert "the plug-in gs: of the package mine-imgmeta 1.0" in done.err + done.out
    assert "Traceback" not in done.err


def test_watching_a_plugin_is_refused(cli: Cli, module: str) -> None:
    del module
    assert "pass a local folder" in cli("watch", "gs://holiday").err


LINKS = OBJECTS.replace(
    "    store = InMemoryObjectStore()",
    """    class Linked(InMemoryObjectStore):
        def file_id(self, location):
            return 7

        def status(self, location):
            return next(self.list(location.bucket, location.key))

    store = Linked()""",
)


def test_links_in_the_store_of_a_plugin_are_no_duplicates(cli: Cli, install: Install) -> None:
    install(LINKS, group="imgmeta.object_stores", scheme="gs")
    assert cli("sync", "gs://holiday").code == 0
    done = cli("duplicates", "--prefix", "gs://holiday", "--json")
    assert (done.code, done.json) == (0, [])


def test_duplicates_in_the_store_of_a_plugin_are_found(cli: Cli, module: str) -> None:
    del module
    assert cli("sync", "gs://holiday").code == 0
    found = cli("duplicates", "--prefix", "gs://holiday", "--json").json
    assert [each["ObjectKey"] for each in found] == ["2026/a b.jpg", "2027/c.jpg"]
    assert cli("verify", "gs://holiday", "--content").code == 0


def test_object_store_of_a_plugin_implements_its_optional_ports(install: Install) -> None:
    install(LINKS, group="imgmeta.object_stores", scheme="gs")
    install(OBJECTS, group="imgmeta.object_stores", scheme="az", package="az-imgmeta")
    plain, linked, unknown, s3 = (
        ObjectLocation(bucket, "2027/c.jpg")
        for bucket in ("az://holiday", "gs://holiday", "gs://work", "holiday")
    )
    with open_objects(Settings()) as objects:
        assert objects.status(linked) == next(objects.list(linked.bucket, linked.key))
        assert objects.file_id(linked) == objects.file_id(linked) != objects.file_id(unknown)
        assert [objects.status(each) for each in (plain, s3)] == [None, None]
        assert [objects.file_id(each) for each in (plain, s3)] == [None, None]
