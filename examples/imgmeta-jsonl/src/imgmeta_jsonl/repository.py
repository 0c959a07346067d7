"""An index in a JSON Lines file: each write appends a line, and an image's last line counts."""

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO

from imgmeta.adapters.memory import ScanningRepository
from imgmeta.core.ordering import WriteCondition, WriteResult, decide
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import InvalidRecordError, PermanentError
from imgmeta.ports import OnUnreadable


class JSONLinesRepository(ScanningRepository):
    def __init__(self, path: Path) -> None:
        self._path, self._end, self._lock = path, 0, Lock()
        self._records = dict[str, ImageRecord]()

    def get(self, image_id: str) -> ImageRecord | None:
        with self._latest("rb", fcntl.LOCK_SH):
            return self._records.get(image_id)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        with self._latest("r+b", fcntl.LOCK_EX) as file:
            stored = self._records.get(record.image_id)
            result = decide(stored.state if stored else None, record.state, condition)
            if result is WriteResult.STORED:
                file.truncate(self._end)
                file.seek(self._end)
                file.write(record.to_json().encode() + b"\n")
                file.flush()
                os.fsync(file)
            return result

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        with self._latest("rb", fcntl.LOCK_SH):
            records = list(self._records.values())
        yield from (each for each in records if include_deleted or each.status != Status.DELETED)

    @contextmanager
    def _latest(self, mode: str, lock: int) -> Generator[IO[bytes]]:
        try:
            with self._lock, self._path.open(mode) as file:
                fcntl.flock(file, lock)  # until the file is closed
                file.seek(self._end)
                for line in file:
                    if line.endswith(b"\n"):  # a crash may leave half a line, without its end
                        record = ImageRecord.from_json(line)
                        self._records[record.image_id] = record
                        self._end += len(line)
                yield file
        except (OSError, InvalidRecordError) as error:
            raise PermanentError(f"cannot use {self._path} ({error}): repair the file") from error
