"""An image repository in memory."""

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from imgmeta.adapters.memory.scanning import ScanningRepository
from imgmeta.core.ordering import WriteCondition, WriteResult, decide
from imgmeta.core.records import ImageRecord
from imgmeta.core.status import Status
from imgmeta.ports import OnUnreadable

__all__ = ["InMemoryImageRepository"]


class InMemoryImageRepository(ScanningRepository):
    """Image records in a dictionary. Thread-safe."""

    def __init__(self, records: Iterable[ImageRecord] = ()) -> None:
        self._records = {record.image_id: record for record in records}
        self._lock = Lock()

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this ID: see `ImageRepository.get`."""
        return self._records.get(image_id)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write the record conditionally: see `ImageRepository.put`."""
        with self._lock:
            stored = self._records.get(record.image_id)
            result = decide(stored.state if stored else None, record.state, condition)
            if result is WriteResult.STORED:
                self._records[record.image_id] = record
            return result

    def put_all(self, writes: Sequence[tuple[ImageRecord, WriteCondition]]) -> list[WriteResult]:
        """Write records one after another: see `BatchWriter.put_all`."""
        for record, condition in writes:
            decide(None, record.state, condition)  # raises ValueError before the first write
        return [self.put(record, condition) for record, condition in writes]

    def scan(
        self,
        *,
        include_deleted: bool = False,
        on_unreadable: OnUnreadable | None = None,  # noqa: ARG002 - every record is readable
    ) -> Iterator[ImageRecord]:
        """Yield every record: see `ImageRepository.scan`."""
        with self._lock:
            records = list(self._records.values())
        for record in records:
            if include_deleted or record.status is not Status.DELETED:
                yield record
