"""A small, budgeted window on the bytes of an object, which a parser reads lazily."""

from imgmeta.core.objects import FIRST_BLOCK, ByteSource

__all__ = ["MAX_FETCHED", "MAX_READ", "MAX_REQUESTS", "DamagedError", "Window"]

MAX_FETCHED = 16 * 1024 * 1024
"""Bytes that may be fetched of one object, all requests together."""

MAX_REQUESTS = 256
"""Requests that may be made for one object."""

MAX_READ = 4 * 1024 * 1024
"""Longest single range that a parser may ask for."""

_BLOCK = 32 * 1024
_MAX_BLOCK = 512 * 1024
_LEAD = 8 * 1024
_NEAR = 64 * 1024
_KEPT_BLOCKS = 4


class DamagedError(Exception):
    """The bytes do not say what a header must say; the text goes on after "a JPEG"."""


class Window:
    """Ranges of a `ByteSource`, fetched in blocks: few requests, and little in memory.

    A jump fetches one small block around the place jumped to, because what a directory points at
    mostly lies near it. Going on near where the last block ended fetches larger and larger blocks.

    Attributes:
        size: the object's length in bytes.
        cut_short: whether something was asked for that lies beyond the end.
        fetched: bytes fetched so far.
        requests: requests made so far.
    """

    __slots__ = ("_blocks", "_head", "_source", "_step", "cut_short", "fetched", "requests", "size")

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._blocks: list[tuple[int, bytes]] = []
        self._step = _BLOCK
        self.size = source.size
        self.cut_short = False
        self.fetched = 0
        self.requests = 0
        self._head = self._request(0, min(FIRST_BLOCK, self.size)) if self.size > 0 else b""

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only where the object ends.

        Raises:
            DamagedError: the range is absurd, or the budget is spent.
            TransientError: from the source, passed on.
        """
        end = offset + length
        if 0 <= offset <= end <= len(self._head):
            return self._head[offset:end]
        if offset < 0 or not 0 <= length <= MAX_READ:
            msg = "whose header asks for more than an image needs"
            raise DamagedError(msg)
        if end > self.size:
            self.cut_short = True
            end = self.size
        # A range that is empty or turned round is a request for the whole object in some stores.
        return self._within(offset, end) if offset < end else b""

    def exactly(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`.

        Raises:
            DamagedError: as `read`, or the object ends before.
            TransientError: from the source, passed on.
        """
        data = self.read(offset, length)
        if len(data) != length:
            msg = "whose header is not whole"
            raise DamagedError(msg)
        return data

    def holds(self, offset: int, length: int) -> bool:
        """Return whether this range can be read without another request."""
        return offset + length <= len(self._head) or any(
            start <= offset and offset + length <= start + len(block)
            for start, block in self._blocks
        )

    def _within(self, offset: int, end: int) -> bytes:
        if end <= len(self._head):
            return self._head[offset:end]
        for start, block in reversed(self._blocks):
            if start <= offset and end <= start + len(block):
                return block[offset - start : end - start]
        if offset < len(self._head):
            return self._head[offset:] + self._within(len(self._head), end)
        return self._fetched_around(offset, end)

    def _fetched_around(self, offset: int, end: int) -> bytes:
        behind = self._blocks[-1] if self._blocks else (0, self._head)
        gap = offset - behind[0] - len(behind[1])
        if -len(behind[1]) <= gap <= _NEAR:
            start, self._step = offset, min(self._step * 2, _MAX_BLOCK)
        else:
            self._step = _BLOCK
            start = max(len(self._head), min(offset - _LEAD, self.size - _BLOCK))
        stop = min(max(end, start + self._step), self.size)
        block = self._request(start, stop - start)
        if len(block) < stop - start:
            self.size, self.cut_short = start + len(block), True
        self._blocks = [*self._blocks[1 - _KEPT_BLOCKS :], (start, block)]
        return block[offset - start : end - start]

    def _request(self, offset: int, length: int) -> bytes:
        if self.requests >= MAX_REQUESTS or self.fetched + length > MAX_FETCHED:
            msg = f"whose header goes on after {self.fetched:,} bytes"
            raise DamagedError(msg)
        self.requests += 1
        self.fetched += length
        return self._source.read(offset, length)
