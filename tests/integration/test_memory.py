"""Memory does not grow with the number of keys."""

from collections.abc import Callable
from pathlib import Path

import pytest

from support.images.samples import bmp
from support.measurement.process import measured

FEW, MANY = 1_000, 50_000
MAX_GROWTH = 6.0
"""MiB: twice the memory for sorting the names of a folder in chunks; under 130 bytes per key."""


def _flat(number: int) -> str:
    return f"IMG_{number:08}.bmp"


def _nested(number: int) -> str:
    return f"{number % 7}/{number // 7 % 40:03}/a folder/{number // 280:05}.bmp"


def _deep(number: int) -> str:
    return "/".join(f"{number:016b}") + ".bmp"


def _fill(folder: Path, count: int, name: Callable[[int], str]) -> None:
    for number in range(count):
        path = folder / name(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bmp())


@pytest.mark.slow
@pytest.mark.parametrize("name", [_flat, _nested, _deep])
def test_memory_of_sync_and_verify_does_not_grow_with_the_number_of_keys(
    tmp_path: Path, name: Callable[[int], str]
) -> None:
    peaks: dict[int, list[float]] = {}
    for count in (FEW, MANY):
        folder, index = tmp_path / str(count), tmp_path / f"{count}.db"
        _fill(folder, count, name)
        for use in ("verify", "sync", "sync", "verify"):
            (run,) = measured((use, index, folder))
            assert run.keys == count
            peaks.setdefault(count, []).append(run.peak)

    growth = [many - few for few, many in zip(peaks[FEW], peaks[MANY], strict=True)]
    assert max(growth) < MAX_GROWTH, growth
