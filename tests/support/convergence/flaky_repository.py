"""A repository that is unavailable when a test wants it to be."""

from collections.abc import Iterator

from imgmeta import (
    AdapterError,
    ImageRecord,
    IndexEntry,
    TransientError,
    WriteCondition,
    WriteResult,
)
from imgmeta.adapters.memory import InMemoryImageRepository

__all__ = ["FlakyRepository"]


class FlakyRepository(InMemoryImageRepository):
    """An in-memory repository whose next `failures` calls raise `error`."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0
        self.error: AdapterError = TransientError("the index is locked")

    def get(self, image_id: str) -> ImageRecord | None:
        self._fail()
        return super().get(image_id)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        self._fail()
        return super().put(record, condition)

    def entries(
        self, bucket: str, prefix: str = "", *, after: str | None = None
    ) -> Iterator[IndexEntry]:
        self._fail()
        return super().entries(bucket, prefix, after=after)

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise self.error
