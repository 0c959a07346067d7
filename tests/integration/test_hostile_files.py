"""A folder of hostile files, indexed as users do it: little memory, little time, a word on each."""

import pytest

from hostile_files import HOSTILE, write
from measured import Found, measured
from sample_images import bmp, seeds

MEMORY = 64
"""MiB that the process may take above what it takes for one tiny image."""

CPU = 10
"""Seconds for one file: ten times what the worst took when this was written."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Found], float]:
    """Return what became of each file, and the memory that they took above one tiny image."""
    top = tmp_path_factory.mktemp("hostile")
    tiny, folder, index = top / "tiny", top / "files", top / "index.db"
    tiny.mkdir()
    folder.mkdir()
    (tiny / "tiny.bmp").write_bytes(bmp())
    for name, draw in HOSTILE.items():
        write(folder / name, draw())
    idle, run = measured(("sync", index, tiny), ("sync", index, folder))
    assert [item.outcome for item in idle.found] == ["processed"]
    return {item.name: item for item in run.found}, run.peak - idle.peak


@pytest.mark.slow
class TestHostileFiles:
    def test_each_is_processed_or_failed_with_a_reason(
        self, found: tuple[dict[str, Found], float]
    ) -> None:
        items, _ = found

        assert items.keys() == HOSTILE.keys()
        assert {item.outcome for item in items.values()} == {"processed", "failed"}
        unsaid = [item for item in items.values() if item.outcome == "failed" and not item.reason]
        assert unsaid == []

    def test_they_take_little_memory(self, found: tuple[dict[str, Found], float]) -> None:
        _, growth = found

        assert growth < MEMORY

    def test_none_takes_long(self, found: tuple[dict[str, Found], float]) -> None:
        items, _ = found

        assert [item for item in items.values() if item.cpu > CPU] == []

    def test_vast_files_with_a_whole_header_are_read(
        self, found: tuple[dict[str, Found], float]
    ) -> None:
        items, _ = found

        assert {items[f"vast-{name}.jpg"].outcome for name in seeds()} == {"processed"}

    def test_files_that_only_pillow_reads_are_among_them(
        self, found: tuple[dict[str, Found], float]
    ) -> None:
        items, _ = found
        formats = {item.format for item in items.values()}

        assert formats >= {"JPEG2000", "PCX", "PPM", "PSD", "QOI", "SGI", "TGA"}
