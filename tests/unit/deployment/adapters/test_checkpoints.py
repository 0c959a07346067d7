"""Checkpoint files are replaced atomically, and damaged ones are reported."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imgmeta.core.drift import Difference
from imgmeta.core.targets import Target
from imgmeta.deployment.adapters.checkpoints import FileCheckpoints
from imgmeta.deployment.core.backfill import BackfillScope, Checkpoint
from imgmeta.errors import ConfigurationError, PermanentError, TransientError

SCOPE = BackfillScope("arn:stack/photos/1", (Target("holiday", "2026/"), Target("more")))
STARTED = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
CHECKPOINT = Checkpoint(SCOPE, STARTED, 3, 1, "2026/a\0\u00e9.jpg", 7, 4, 1, {Difference.NEW: 5})


@pytest.fixture
def checkpoints(tmp_path: Path) -> FileCheckpoints:
    return FileCheckpoints(tmp_path / "state" / "backfills", lambda: 0.0)


# The port: "When the process is killed before, `load` returns the previous checkpoint or this one."
def test_file_that_was_not_completed_is_ignored(checkpoints: FileCheckpoints) -> None:
    checkpoints.save(CHECKPOINT)
    checkpoints.path(SCOPE).with_suffix(".new").write_bytes(b'{"version"')
    assert checkpoints.load(SCOPE) == CHECKPOINT
    checkpoints.save(Checkpoint(SCOPE, STARTED))
    assert [path.name for path in checkpoints.path(SCOPE).parent.iterdir()] == [
        checkpoints.path(SCOPE).name
    ]


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 200, b"{}", b"[1]", b'{"version": 2, "checkpoint": {}}', b"\xff"]
)
def test_damaged_checkpoint_is_an_error_with_the_remedy(
    checkpoints: FileCheckpoints, content: bytes
) -> None:
    checkpoints.save(CHECKPOINT)
    checkpoints.path(SCOPE).write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"is damaged: pass --restart"):
        checkpoints.load(SCOPE)


@pytest.mark.parametrize(
    "changes",
    [
        {"target": -1},
        {"target": len(SCOPE.targets) + 1},
        {"compared": -1},
        {"sent": -1},
        {"rejected": -1},
        {"dead_letters": -1},
        {"differences": {"new": -1}},
        {"started_at": "2026-11-30T08:00:00"},
    ],
)
def test_checkpoint_with_an_impossible_value_is_damaged(
    checkpoints: FileCheckpoints, changes: dict[str, object]
) -> None:
    checkpoints.save(CHECKPOINT)
    path = checkpoints.path(SCOPE)
    document = json.loads(path.read_bytes())
    document["checkpoint"].update(changes)
    path.write_text(json.dumps(document))
    with pytest.raises(ConfigurationError, match=r"is damaged: pass --restart"):
        checkpoints.load(SCOPE)


def test_checkpoint_of_another_scope_is_an_error(checkpoints: FileCheckpoints) -> None:
    other = BackfillScope("arn:stack/other/1", SCOPE.targets)
    checkpoints.save(Checkpoint(other, STARTED))
    checkpoints.path(other).rename(checkpoints.path(SCOPE))
    with pytest.raises(ConfigurationError, match="damaged"):
        checkpoints.load(SCOPE)


def test_only_the_owner_can_read_the_file(checkpoints: FileCheckpoints) -> None:
    checkpoints.save(CHECKPOINT)
    path = checkpoints.path(SCOPE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_file_is_flushed_at_most_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr("os.fsync", flushed.append)
    times = iter([0.0, 0.5, 0.9, 1.0, 1.1])
    checkpoints = FileCheckpoints(tmp_path, lambda: next(times))
    for _ in range(5):
        checkpoints.save(CHECKPOINT)
    assert len(flushed) == 2


def test_reserved_scope_cannot_be_reserved_again_until_it_is_released(
    checkpoints: FileCheckpoints,
) -> None:
    with checkpoints.reserved(SCOPE):
        with (
            pytest.raises(TransientError, match="another process runs this backfill"),
            checkpoints.reserved(SCOPE),
        ):
            pass
        with checkpoints.reserved(BackfillScope("arn:stack/photos/2", SCOPE.targets)):
            pass
    with checkpoints.reserved(SCOPE):
        pass


def test_lock_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    checkpoints = FileCheckpoints(tmp_path / "file" / "state", lambda: 0.0)
    with (
        pytest.raises(PermanentError, match=r"cannot lock the checkpoint .*: not a directory"),
        checkpoints.reserved(SCOPE),
    ):
        pass
