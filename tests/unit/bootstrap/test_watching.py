"""`open_watcher` opens a watcher of a local folder, with the suffixes of the settings."""

import dataclasses
from pathlib import Path

import pytest

from imgmeta.bootstrap import open_watcher, parse_target
from imgmeta.config import Settings


def test_watcher_reports_files_with_the_suffixes_of_the_settings(tmp_path: Path) -> None:
    pytest.importorskip("watchdog", reason="needs the extra watch")
    settings = dataclasses.replace(Settings(), suffixes=frozenset({"tif"}))
    with open_watcher(settings, parse_target(str(tmp_path))) as watcher:
        (tmp_path / "a.jpg").write_bytes(b"")
        (tmp_path / "b.tif").write_bytes(b"")
        while not (changes := watcher.wait(0.5)):
            pass
    assert {key.rpartition("/")[2] for key in changes.keys} == {"b.tif"}
