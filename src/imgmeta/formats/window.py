"""Budgeted, cached reads of an object's bytes."""

from imgmeta.core.objects import FIRST_BLOCK, ByteSource

__all__ = ["MAX_FETCHED", "MAX_READ", "MAX_REQUESTS", "DamagedError", "Window"]

MAX_FETCHED = 16 * 1024 * 1024
"""Maximum number of bytes to fetch of one object, in all requests together."""

MAX_REQUESTS = 256
"""Maximum number of requests for one object, apart from small reads of a local source."""

MAX_READ = 4 * 1024 * 1024
"""Maximum length, in bytes, of one `Window.read`."""

_MIN_BLOCK = 32 * 1024
_MAX_BLOCK = 512 * 1024
_SEEK_MARGIN = 8 * 1024
_MAX_SEQUENTIAL_GAP = 64 * 1024
_MAX_CACHED_BLOCKS = 4
_CHEAP_REQUESTS = 2
_MAX_SMALL = 4096
_MAX_SMALL_READS = 16_384
"""Reads of at most `_MAX_SMALL` bytes of a local source; they do not count as requests."""


class DamagedError(Exception):
    """The header is damaged or exceeds a limit.

    The message continues the name of the format: "(a JPEG) without a frame header".
    """


class Window:
    """Random access to a `ByteSource` in few requests and little memory.

    Sequential reads fetch blocks of increasing size. A seek fetches one small block around its
    offset, because the values that a directory points to are mostly close together.

    Attributes:
        size: the object's length in bytes.
        is_local: whether many small reads are cheap, as on a disk.
        truncated: whether a read went beyond the end of the object.
        limited: whether existing bytes were not read, because a limit was reached.
        fetched: bytes fetched so far.
        requests: requests made so far.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._blocks: list[tuple[int, bytes]] = []
        self._block_size = _MIN_BLOCK
        self._small_reads = 0
        self.size = source.size
        self.is_local = source.is_local
        self.truncated = False
        self.limited = False
        self.fetched = 0
        self.requests = 0
        self._head = self._request(0, min(FIRST_BLOCK, self.size)) if self.size > 0 else b""

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, or fewer if the object ends earlier.

        Raises:
            DamagedError: the range is invalid or too long, or the budget is spent.
            TransientError: from the source.
        """
        end = offset + length
        if 0 <= offset <= end <= len(self._head):
            return self._head[offset:end]
        if offset < 0 or not 0 <= length <= MAX_READ:
            self.limited = self.limited or (0 <= offset < self.size and length > MAX_READ)
            msg = "with an invalid offset or length in its header"
            raise DamagedError(msg)
        if end > self.size:
            self.truncated = True
            end = self.size
        # Some stores return the whole object for an empty or inverted range.
        return self._read_within(offset, end) if offset < end else b""

    def read_exact(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`.

        Raises:
            DamagedError: as for `read`, or the object ends earlier.
            TransientError: from the source.
        """
        data = self.read(offset, length)
        if len(data) != length:
            msg = "with an incomplete header"
            raise DamagedError(msg)
        return data

    def read_if_cheap(self, offset: int, length: int) -> bytes | None:
        """Return `length` bytes from `offset`, fewer at the end; None if that is too expensive.

        Cheap are bytes in memory, a few thousand small reads of a local source, and otherwise the
        second request for an object. Nothing but the range itself is fetched.

        Raises:
            TransientError: from the source.
        """
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        if self.is_cached(offset, end - offset):
            return self._read_within(offset, end)
        if offset < len(self._head):
            rest = self.read_if_cheap(len(self._head), end - len(self._head))
            return None if rest is None else self._head[offset:] + rest
        if self.is_local and end - offset <= _MAX_SMALL and self._small_reads < _MAX_SMALL_READS:
            self._small_reads += 1
            return self._source.read(offset, end - offset)
        max_requests = MAX_REQUESTS if self.is_local else _CHEAP_REQUESTS
        if self.requests >= max_requests or self.fetched + end - offset > MAX_FETCHED:
            return None
        return self._request_block(offset, end)

    def is_cached(self, offset: int, length: int) -> bool:
        """Return whether this range can be read without another request."""
        end = offset + length
        return end <= len(self._head) or any(
            start <= offset and end <= start + len(block) for start, block in self._blocks
        )

    @property
    def head(self) -> bytes:
        """The first bytes of the object, which are in memory: for parsers of many small parts."""
        return self._head

    @property
    def last_block_start(self) -> int:
        """The offset from which all bytes up to the end can be read without another request."""
        ends = [(start, start + len(block)) for start, block in [(0, self._head), *self._blocks]]
        return min((start for start, end in ends if end >= self.size), default=self.size)

    def _read_within(self, offset: int, end: int) -> bytes:
        if end <= len(self._head):
            return self._head[offset:end]
        for start, block in reversed(self._blocks):
            if start <= offset and end <= start + len(block):
                return block[offset - start : end - start]
        if offset < len(self._head):
            return self._head[offset:] + self._read_within(len(self._head), end)
        return self._fetch(offset, end)

    def _fetch(self, offset: int, end: int) -> bytes:
        last_start, last_block = self._blocks[-1] if self._blocks else (0, self._head)
        gap = offset - last_start - len(last_block)
        if -len(last_block) <= gap <= _MAX_SEQUENTIAL_GAP:
            start, self._block_size = offset, min(self._block_size * 2, _MAX_BLOCK)
        else:
            self._block_size = _MIN_BLOCK
            start = max(len(self._head), min(offset - _SEEK_MARGIN, self.size - _MIN_BLOCK))
        stop = min(max(end, start + self._block_size), self.size)
        return self._request_block(start, stop)[offset - start : end - start]

    def _request_block(self, start: int, stop: int) -> bytes:
        block = self._request(start, stop - start)
        if len(block) < stop - start:
            self.size, self.truncated = start + len(block), True
        self._blocks = [*self._blocks[1 - _MAX_CACHED_BLOCKS :], (start, block)]
        return block

    def _request(self, offset: int, length: int) -> bytes:
        if self.requests >= MAX_REQUESTS or self.fetched + length > MAX_FETCHED:
            self.limited = True
            msg = f"whose header is still incomplete after {self.fetched:,} bytes"
            raise DamagedError(msg)
        self.requests += 1
        self.fetched += length
        return self._source.read(offset, length)
