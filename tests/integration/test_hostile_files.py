"""Memory and time of `imgmeta sync` on a folder of hostile files."""

from pathlib import Path

import pytest

from support.images.hostile_files import HOSTILE, write
from support.images.samples import bmp, sample_files
from support.measurement.process import measured

MEMORY = 64
"""Maximum memory in MiB, in addition to that for one tiny image."""

CPU = 10
"""Maximum CPU seconds for one file: ten times the slowest on a slow machine."""


@pytest.mark.slow
def test_hostile_files_are_reported_within_memory_and_time_limits(tmp_path: Path) -> None:
    tiny, folder, index = tmp_path / "tiny", tmp_path / "files", tmp_path / "index.db"
    tiny.mkdir()
    folder.mkdir()
    (tiny / "tiny.bmp").write_bytes(bmp())
    for name, make_content in HOSTILE.items():
        write(folder / name, make_content())

    idle, run = measured(("sync", index, tiny), ("sync", index, folder))
    items = {item.name: item for item in run.found}
    without_reason = [
        item
        for item in run.found
        if item.outcome != "processed" and not (item.outcome == "failed" and item.reason)
    ]

    assert [item.outcome for item in idle.found] == ["processed"]
    assert items.keys() == HOSTILE.keys()
    assert without_reason == []
    assert run.peak - idle.peak < MEMORY
    assert [item for item in run.found if item.cpu > CPU] == []
    # Large valid files are still read, and so are formats that only Pillow reads.
    assert {items[f"huge-{name}.jpg"].outcome for name in sample_files()} == {"processed"}
    formats = {item.format for item in run.found}
    assert formats >= {"JPEG2000", "PCX", "PPM", "PSD", "QOI", "SGI", "TGA"}
