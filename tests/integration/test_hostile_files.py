"""A folder of hostile files, indexed as users do it: little memory, little time, a word on each."""

from pathlib import Path

from support.images.hostile_files import HOSTILE, write
from support.images.samples import bmp, seeds
from support.measurement.process import measured

MEMORY = 64
"""MiB that the process may take above what it takes for one tiny image."""

CPU = 10
"""Seconds for one file: ten times what the worst takes on a slow machine."""


def test_a_folder_of_hostile_files_costs_little_and_each_is_told_of(tmp_path: Path) -> None:
    tiny, folder, index = tmp_path / "tiny", tmp_path / "files", tmp_path / "index.db"
    tiny.mkdir()
    folder.mkdir()
    (tiny / "tiny.bmp").write_bytes(bmp())
    for name, draw in HOSTILE.items():
        write(folder / name, draw())

    idle, run = measured(("sync", index, tiny), ("sync", index, folder))
    items = {item.name: item for item in run.found}
    unsaid = [
        item
        for item in run.found
        if item.outcome != "processed" and not (item.outcome == "failed" and item.reason)
    ]

    assert [item.outcome for item in idle.found] == ["processed"]
    assert items.keys() == HOSTILE.keys()
    assert unsaid == []
    assert run.peak - idle.peak < MEMORY
    assert [item for item in run.found if item.cpu > CPU] == []
    # Neither is everything refused, nor does Pillow read nothing.
    assert {items[f"vast-{name}.jpg"].outcome for name in seeds()} == {"processed"}
    formats = {item.format for item in run.found}
    assert formats >= {"JPEG2000", "PCX", "PPM", "PSD", "QOI", "SGI", "TGA"}
