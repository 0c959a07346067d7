"""Contract tests of `imgmeta.deployment.ports.CheckpointStore`, for every adapter."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.drift import Difference
from imgmeta.core.targets import Target
from imgmeta.deployment.adapters.checkpoints import FileCheckpoints
from imgmeta.deployment.core.backfill import BackfillScope, Checkpoint
from imgmeta.deployment.ports import CheckpointStore
from imgmeta.errors import PermanentError
from support.deployment.backfills import InMemoryCheckpoints

SCOPE = BackfillScope("arn:stack/photos/1", (Target("holiday", "2026/"), Target("more")))
STARTED = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
CHECKPOINT = Checkpoint(SCOPE, STARTED, 3, 1, "2026/a\0\u00e9.jpg", 7, 4, 1, {Difference.NEW: 5})


@pytest.fixture(params=["memory", "file"])
def checkpoints(request: pytest.FixtureRequest, tmp_path: Path) -> CheckpointStore:
    if request.param == "memory":
        return InMemoryCheckpoints()
    return FileCheckpoints(tmp_path / "state" / "backfills", lambda: 0.0)


# The port: "Return the checkpoint of the scope that was saved last; None if there is none."
def test_missing_checkpoint_is_none(checkpoints: CheckpointStore) -> None:
    assert checkpoints.load(SCOPE) is None


# The port: "Replace the checkpoint of its scope." "When it returns, a later `load` returns the
# checkpoint".
def test_last_saved_checkpoint_is_loaded(checkpoints: CheckpointStore) -> None:
    checkpoints.save(Checkpoint(SCOPE, STARTED))
    checkpoints.save(CHECKPOINT)
    assert checkpoints.load(SCOPE) == CHECKPOINT


@pytest.mark.parametrize(
    "other",
    [
        BackfillScope("arn:stack/photos/2", SCOPE.targets),
        BackfillScope(SCOPE.stack_id, SCOPE.targets[:1]),
        BackfillScope(SCOPE.stack_id, SCOPE.targets, "inventory"),
    ],
)
def test_other_scope_has_another_checkpoint(
    checkpoints: CheckpointStore, other: BackfillScope
) -> None:
    checkpoints.save(CHECKPOINT)
    assert checkpoints.load(other) is None


# The port: "Remove the checkpoint of the scope, if there is one."
def test_removed_checkpoint_is_none(checkpoints: CheckpointStore) -> None:
    other = Checkpoint(BackfillScope("arn:stack/photos/2", SCOPE.targets), STARTED)
    checkpoints.save(CHECKPOINT)
    checkpoints.save(other)
    checkpoints.remove(SCOPE)
    checkpoints.remove(SCOPE)
    assert checkpoints.load(SCOPE) is None
    assert checkpoints.load(other.scope) == other


@given(after=st.text() | st.none(), compared=st.integers(0))
def test_every_position_survives_in_a_file(
    tmp_path_factory: pytest.TempPathFactory, after: str | None, compared: int
) -> None:
    checkpoints = FileCheckpoints(tmp_path_factory.getbasetemp() / "positions", lambda: 0.0)
    checkpoint = Checkpoint(SCOPE, STARTED, after=after, compared=compared)
    checkpoints.save(checkpoint)
    assert checkpoints.load(SCOPE) == checkpoint


# The port: "Methods raise PermanentError when checkpoints cannot be read or written."
def test_folder_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    checkpoints = FileCheckpoints(tmp_path / "file" / "state", lambda: 0.0)
    with pytest.raises(PermanentError, match=r"cannot write the checkpoint .*: not a directory"):
        checkpoints.save(CHECKPOINT)
    with pytest.raises(PermanentError, match="cannot read the checkpoint"):
        checkpoints.load(SCOPE)
    with pytest.raises(PermanentError, match="cannot remove the checkpoint"):
        checkpoints.remove(SCOPE)
