"""docs/plugins.md: packages with its code and its entry points work with its commands."""

import tomllib
from pathlib import Path
from shutil import copytree

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from support.cli.command_line import Cli
from support.documents.code_blocks import code_blocks
from support.documents.shell_commands import simple_commands
from support.plugins.distributions import Install

ROOT = Path(__file__).parents[2]
BLOCKS = code_blocks((ROOT / "docs" / "plugins.md").read_text("utf-8"))
TABLES = [tomllib.loads(each.text) for each in BLOCKS if each.language == "toml"]
CODE = [each.text for each in BLOCKS if each.language == "python"]
COMMANDS = [
    words[1:] for each in BLOCKS if each.language == "sh" for words in simple_commands(each.text)
]
PHOTO = ROOT / "examples" / "photos" / "tower.jpg"

ASSUMED = f"""
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from imgmeta import Notification, Notifier, ObjectLocation, ObjectStore
from imgmeta.adapters.memory import InMemoryImageRepository, InMemoryObjectStore

INDEX, SENT = InMemoryImageRepository(), []


def connect(url):
    return nullcontext(INDEX)


def MyRepository(connection):
    return connection


storage = SimpleNamespace(Client=nullcontext)


def MyObjectStore(client, bucket):
    store = InMemoryObjectStore()
    location = ObjectLocation(bucket, "2026/beach.jpg")
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    store.put(location, Path({str(PHOTO)!r}).read_bytes(), last_modified=moment)
    return store


chat = SimpleNamespace(connect=nullcontext)
"""
"""What the code of the page takes for granted."""

ROOM = """
def send(room, subject, text):
    SENT.append(subject)


Room.__init__ = lambda room, session: None
Room.send = send
"""


def test_commands_use_the_plugins_of_the_page(
    cli: Cli, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules: list[str] = []
    for table, code in zip(TABLES, CODE, strict=True):
        ((group, entries),) = table["project"]["entry-points"].items()
        ((scheme, value),) = entries.items()
        source = f"{ASSUMED}\n{code}\n{ROOM if 'class Room' in code else ''}"
        function = value.partition(":")[2]
        modules.append(
            install(
                source,
                group=group,
                scheme=scheme,
                package=value.partition(":")[0],
                value=f"{{module}}:{function}",
            )
        )
    copytree(ROOT / "examples" / "photos", tmp_path / "photos")
    monkeypatch.setenv("NOTIFY_ON", "all")
    assert {arguments[0] for arguments in COMMANDS} == {"list", "read", "sync"}

    for arguments in COMMANDS:
        done = cli(*arguments)
        assert done.code == 0, (arguments, done.err)

    store, objects, notifier = (__import__(each) for each in modules)
    assert sum(1 for _ in store.INDEX.scan()) == 14
    assert cli("show", "gs://holiday/2026/beach.jpg").code == 0
    assert objects.INDEX is not store.INDEX
    assert notifier.SENT == ["imgmeta: 14 processed, no failures"]
