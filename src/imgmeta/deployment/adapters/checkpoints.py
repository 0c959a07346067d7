"""Checkpoints of backfills as files."""

import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from imgmeta.core.text import printable
from imgmeta.deployment.adapters.file_lock import lock
from imgmeta.deployment.core.backfill import BackfillScope, Checkpoint
from imgmeta.errors import ConfigurationError, PermanentError, TransientError

__all__ = ["FileCheckpoints"]

_SYNC_SECONDS = 1.0
"""The shortest time between two flushes to the disk. A killed process loses nothing without a
flush; a power failure loses at most the checkpoints since the last one, so that their hints are
sent again."""


@dataclass(frozen=True, slots=True)
class _File:
    version: Literal[1]
    checkpoint: Checkpoint


_FORMAT = TypeAdapter(_File)
_SCOPE = TypeAdapter(BackfillScope)


class FileCheckpoints:
    """Checkpoints in a folder, one file for each scope, which only its owner can read.

    Args:
        folder: the folder; it is created when a checkpoint is saved.
        timer: returns the seconds since any fixed time.
    """

    def __init__(self, folder: Path, timer: Callable[[], float]) -> None:
        self._folder = folder
        self._timer = timer
        self._synced_at: float | None = None

    def path(self, scope: BackfillScope) -> Path:
        """Return the file of a scope."""
        return self._folder / f"{hashlib.sha256(_SCOPE.dump_json(scope)).hexdigest()[:32]}.json"

    @contextmanager
    def reserved(self, scope: BackfillScope) -> Generator[None]:
        """Keep other processes from running the backfill of a scope within the context.

        The system releases the lock when the process ends, however it ends. The empty file stays:
        if it were removed, two processes could lock two files of the same name.

        Raises:
            TransientError: another process runs it.
            PermanentError: the lock cannot be created.
        """
        path = self.path(scope).with_suffix(".lock")
        with _reported("lock", path):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            with _reported("lock", path):
                try:
                    lock(descriptor)
                except BlockingIOError as error:
                    msg = (
                        "another process runs this backfill: wait until it ends, or stop it and "
                        "run the same command again"
                    )
                    raise TransientError(msg) from error
            yield
        finally:
            os.close(descriptor)

    def load(self, scope: BackfillScope) -> Checkpoint | None:
        """Return the saved checkpoint: see `CheckpointStore.load`."""
        path = self.path(scope)
        with _reported("read", path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        try:
            checkpoint = _FORMAT.validate_json(content).checkpoint
        except ValidationError as error:
            raise _damaged(path) from error
        if checkpoint.scope != scope or not checkpoint.is_possible:
            raise _damaged(path)
        return checkpoint

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the file atomically: see `CheckpointStore.save`."""
        path = self.path(checkpoint.scope)
        new = path.with_suffix(".new")  # a killed process leaves at most this one
        content = _FORMAT.dump_json(_File(1, checkpoint))
        with _reported("write", path):
            if self._synced_at is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no Path.open
                file.write(content)
                self._sync(descriptor, file.flush)
            new.replace(path)

    def remove(self, scope: BackfillScope) -> None:
        """Remove the file: see `CheckpointStore.remove`."""
        path = self.path(scope)
        with _reported("remove", path), suppress(FileNotFoundError):
            path.unlink()

    def _sync(self, descriptor: int, flush: Callable[[], None]) -> None:
        now = self._timer()
        if self._synced_at is None or now - self._synced_at >= _SYNC_SECONDS:
            flush()
            os.fsync(descriptor)
            self._synced_at = now


@contextmanager
def _reported(action: str, path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        reason = printable(error.strerror or str(error)).lower()
        msg = f"cannot {action} the checkpoint {printable(str(path))}: {reason}"
        raise PermanentError(msg) from error


def _damaged(path: Path) -> ConfigurationError:
    msg = f"the checkpoint {printable(str(path))} is damaged: pass --restart to start over"
    return ConfigurationError(msg)
