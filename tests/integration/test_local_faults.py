"""A sync that is interrupted or fails loses nothing: the next one completes the index."""

from collections.abc import Iterator

import pytest

pytest.importorskip("aws_lambda_powertools")
pytest.importorskip("typer")
pytest.importorskip("resource", reason="needs POSIX")

from support.faults.folder import LOCAL_FAULTS, Folder, open_folder, run_local

RUNS = 20
ALWAYS_INTERRUPTED = {
    "index read-only",
    "index and its folder read-only",
    "locked by another process",
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    with open_folder(seed=1) as folder:
        yield folder


@pytest.mark.parametrize("kind", LOCAL_FAULTS)
def test_sync_after_a_fault_completes_the_index(folder: Folder, kind: str) -> None:
    result = run_local(folder, kind)
    assert (result.lost, result.wrong) == ([], [])
    if kind in ALWAYS_INTERRUPTED:
        assert result.interrupted


@pytest.mark.slow
@pytest.mark.parametrize("kind", LOCAL_FAULTS)
def test_index_is_complete_after_many_faults(folder: Folder, kind: str) -> None:
    results = [run_local(folder, kind) for _ in range(RUNS)]
    assert [each for each in results if each.lost or each.wrong] == []


def test_missing_changes_are_detected(folder: Folder) -> None:
    folder.change()
    lost, wrong = folder.differences()
    assert lost
    assert wrong == []
