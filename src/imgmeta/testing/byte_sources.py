"""Byte sources for tests that record requested ranges and may be larger than memory."""

from dataclasses import dataclass, field

from imgmeta.errors import TransientError


@dataclass
class BytesSource:
    """An object in memory that records every range that is read."""

    data: bytes
    ranges: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    is_local: bool = False

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        assert offset >= 0, "range starts outside the object"
        assert length > 0, "empty range"
        self.ranges.append((offset, length))
        return self.data[offset : offset + length]

    @property
    def fetched(self) -> int:
        return sum(length for _, length in self.ranges)


@dataclass
class SparseSource:
    """A huge object that is zero except for some parts."""

    size: int
    parts: dict[int, bytes]
    ranges: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    is_local: bool = False

    def read(self, offset: int, length: int) -> bytes:
        assert 0 <= offset < self.size, "range starts outside the object"
        assert length > 0, "empty range"
        self.ranges.append((offset, length))
        data = bytearray(max(0, min(length, self.size - offset)))
        for start, part in self.parts.items():
            low, high = max(start, offset), min(start + len(part), offset + len(data))
            if low < high:
                data[low - offset : high - offset] = part[low - start : high - start]
        return bytes(data)

    @property
    def fetched(self) -> int:
        return sum(length for _, length in self.ranges)


@dataclass
class FailingSource:
    """An object of which only the first bytes can be read."""

    data: bytes
    size: int
    fetched: int = 0
    is_local: bool = False

    def read(self, offset: int, length: int) -> bytes:
        if offset + length <= len(self.data):
            return self.data[offset : offset + length]
        message = "the store did not answer"
        raise TransientError(message)
