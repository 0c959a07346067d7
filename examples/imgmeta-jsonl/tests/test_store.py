"""Several repositories use one file, and a crash or a damaged line does no silent harm."""

import fcntl
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from imgmeta import ConfigurationError, IfRevision, PermanentError, WriteResult
from imgmeta.core.ordering import decide
from imgmeta.testing.strategies import image_record
from imgmeta_jsonl import JSONLinesRepository, open_store

PROCESSES = 4


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "index.jsonl"
    path.touch()
    return path


def write_all(path: Path, process: int) -> list[WriteResult]:
    """Write 20 records on the condition that no other process has written them."""
    repository = JSONLinesRepository(path)
    return [
        repository.put(image_record(f"{each}.jpg", revision=f"r{process}"), IfRevision(None))
        for each in range(20)
    ]


def test_one_of_several_processes_writes_each_record(path: Path) -> None:
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        results = list(processes.map(write_all, [path] * PROCESSES, range(PROCESSES)))
    assert [each.count(WriteResult.STORED) for each in zip(*results, strict=True)] == [1] * 20
    assert len(path.read_bytes().splitlines()) == 20


def test_decision_and_write_are_one_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decide_while_others_wait(*arguments: Any) -> WriteResult:  # noqa: ANN401 - passed on
        with path.open("rb") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return decide(*arguments)

    monkeypatch.setattr("imgmeta_jsonl.repository.decide", decide_while_others_wait)
    result = JSONLinesRepository(path).put(image_record(), IfRevision(None))
    assert result is WriteResult.STORED


def test_write_is_on_the_disk_before_it_returns(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr("os.fsync", lambda _: synced.append(path.read_bytes()))
    JSONLinesRepository(path).put(image_record(), IfRevision(None))
    assert synced == [f"{image_record().to_json()}\n".encode()]


def test_write_is_visible_in_a_repository_that_is_already_open(path: Path) -> None:
    one, other = JSONLinesRepository(path), JSONLinesRepository(path)
    record = image_record()
    assert other.get(record.image_id) is None
    one.put(record, IfRevision(None))
    assert other.get(record.image_id) == record
    assert other.put(image_record(revision="r2"), IfRevision("r1")) is WriteResult.STORED
    assert list(one.scan()) == [image_record(revision="r2")]


@pytest.mark.parametrize("length", [1, 40, -1])
def test_half_a_line_of_a_crashed_process_is_ignored_and_removed(path: Path, length: int) -> None:
    JSONLinesRepository(path).put(image_record("a.jpg"), IfRevision(None))
    line = image_record(f"{'long' * 99}.jpg").to_json().encode()
    path.write_bytes(path.read_bytes() + line[:length])
    repository = JSONLinesRepository(path)
    assert list(repository.scan()) == [image_record("a.jpg")]
    repository.put(image_record("b.jpg"), IfRevision(None))
    assert list(JSONLinesRepository(path).scan()) == [image_record("a.jpg"), image_record("b.jpg")]
    assert path.read_bytes().endswith(b"}\n")


def test_damaged_line_is_an_error(path: Path) -> None:
    path.write_bytes(b"{}\n")
    repository = JSONLinesRepository(path)
    for _ in range(2):
        with pytest.raises(PermanentError, match=r"index\.jsonl \(not an image record.*\): repair"):
            list(repository.scan())


def test_folder_that_does_not_exist_is_a_configuration_error(tmp_path: Path) -> None:
    url = f"jsonl://{tmp_path}/missing/index.jsonl"
    with pytest.raises(ConfigurationError, match=r"use jsonl://FILE"), open_store(url):
        pass
