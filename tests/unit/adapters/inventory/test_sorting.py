"""Tests of the external merge sort of inventory rows."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from imgmeta import PermanentError
from imgmeta.adapters.inventory import ExternalSorter, sorting
from imgmeta.core.inventory_rows import InventoryRow


def rows_of(numbers: list[int]) -> list[InventoryRow]:
    return [InventoryRow(f"{number:06}", 1, number, "e1", "") for number in numbers]


def add_all(sorter: ExternalSorter, rows: Iterable[InventoryRow]) -> None:
    for row in rows:
        sorter.add(row)


@pytest.mark.parametrize("step", [1, 7, -1], ids=["in order", "mixed", "reversed"])
def test_any_number_of_rows_is_sorted_in_files(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "_FAN_IN", 3)
    rows = rows_of([number * step % 1_000 for number in range(1_000)])
    with ExternalSorter(folder=tmp_path, max_memory=5_000) as sorter:
        add_all(sorter, rows)
        assert list(sorter.rows()) == sorted(rows)
    assert list(tmp_path.iterdir()) == []


def test_rows_in_order_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    created = list[object]()
    create = tempfile.TemporaryFile

    def count(*arguments: Any, **options: Any) -> object:  # noqa: ANN401 - passed on
        created.append(None)
        return create(*arguments, **options)

    monkeypatch.setattr(tempfile, "TemporaryFile", count)
    with ExternalSorter(folder=tmp_path, max_memory=5_000) as sorter:
        add_all(sorter, rows_of(list(range(1_000))))
    assert len(created) == 1


def test_few_rows_need_no_file(tmp_path: Path) -> None:
    tmp_path.rmdir()
    with ExternalSorter(folder=tmp_path) as sorter:
        sorter.add(rows_of([1])[0])
        assert list(sorter.rows()) == rows_of([1])


def test_long_keys_take_more_memory(tmp_path: Path) -> None:
    with ExternalSorter(folder=tmp_path, max_memory=400_000) as sorter:
        add_all(sorter, rows_of(list(range(100))))
        assert not sorter._levels  # noqa: SLF001 - not visible otherwise
        add_all(sorter, (InventoryRow("k" * 1_024, 1, each, "e1", "") for each in range(100)))
        assert sorter._levels  # noqa: SLF001 - as above


def test_number_of_open_files_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "_FAN_IN", 3)
    with ExternalSorter(folder=tmp_path, max_memory=1) as sorter:
        add_all(sorter, rows_of(list(range(600, 0, -1))))
        assert sum(map(len, sorter._levels)) <= 6 * (3 + 1)  # noqa: SLF001 - not visible otherwise
        assert list(sorter.rows()) == rows_of(list(range(1, 601)))


def test_number_of_times_that_a_row_is_written_is_logarithmic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "_FAN_IN", 3)
    append, written = sorting._Run.append, list[InventoryRow]()  # noqa: SLF001 - not visible otherwise

    def note(run: sorting._Run, rows: Iterable[InventoryRow]) -> None:
        given = list(rows)
        written.extend(given)
        append(run, given)

    monkeypatch.setattr(sorting._Run, "append", note)  # noqa: SLF001 - as above
    with ExternalSorter(folder=tmp_path, max_memory=1) as sorter:
        add_all(sorter, rows_of(list(range(3**5, 0, -1))))
    assert len(written) <= (5 + 1) * 3**5


@pytest.mark.parametrize("error", [KeyboardInterrupt(), PermanentError("no")], ids=repr)
def test_no_file_is_left_after_an_error(error: BaseException, tmp_path: Path) -> None:
    sorter = ExternalSorter(folder=tmp_path, max_memory=1)

    def rows() -> Iterator[InventoryRow]:
        yield from rows_of([2, 1])
        raise error

    with pytest.raises(type(error)), sorter:
        add_all(sorter, rows())
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    with (
        pytest.raises(PermanentError) as caught,
        ExternalSorter(folder=folder, max_memory=1) as sorter,
    ):
        sorter.add(rows_of([1])[0])
    assert str(caught.value) == (
        f"cannot sort the inventory in {folder}: No such file or directory: free space there, or "
        "set TMPDIR to another folder"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    full = Path("/dev/full")
    monkeypatch.setattr(
        tempfile, "TemporaryFile", lambda *_, **__: full.open("w", encoding="ascii")
    )
    with (
        pytest.raises(PermanentError, match="No space left on device: free space there"),
        ExternalSorter(folder=tmp_path, max_memory=20_000) as sorter,
    ):
        add_all(sorter, rows_of(list(range(1_000))))
