"""TIFF: the ends of directories, values, strips and tiles, compared with the end of the file.

TIFF 6.0, sections 8 and 15; TIFF Technical Note 2 (JPEG); Adobe PageMaker 6.0 notes (SubIFDs).
"""

from collections.abc import Iterator

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.metadata.ifd import Entry, TiffReader, open_tiff
from imgmeta.formats.window import Window

__all__ = ["tiff_is_complete"]

_DIRECTORIES = (330, 34665, 34853)
"""Tags of offsets of directories: more images, EXIF, GPS."""

_RANGES = ((273, 279), (324, 325), (513, 514))
"""Tags of offsets and of lengths: strips, tiles, JPEG stream."""

_ALL_TAGS = range(2**16)
_UNKNOWN_OFFSET = 2**32 - 1
"""The strip offset in raw files whose pixels another tag points to."""

_MAX_DIRECTORIES = 4096
_MAX_ENTRIES = 2048
_MAX_TABLE = 32 * 1024
"""Maximum length of a table that is fetched from a bucket only for this check."""

_MAX_VALUES = 400_000
"""Maximum number of directory entries, offsets and lengths to examine."""


def tiff_is_complete(window: Window, _header: ImageHeader) -> bool | None:
    """Return whether all directories, their values and their images lie within the file.

    None if a directory or a table of offsets cannot be read cheaply, or if there are too many.
    """
    return _DirectoryWalk(window).is_complete()


class _UnknownError(Exception):
    """The end of the pixels cannot be determined."""


class _DirectoryWalk:
    """Compares the ends of directories, values and pixels with the end of the file."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._pending: list[int] = []
        self._remaining = _MAX_VALUES

    def is_complete(self) -> bool | None:
        tiff = open_tiff(self._read)
        if tiff is None:
            return None
        self._pending.append(tiff.first_offset)
        visited = {0}
        try:
            while self._pending and len(visited) < _MAX_DIRECTORIES:
                offset = self._pending.pop()
                if offset not in visited:
                    visited.add(offset)
                    if any(end > self._window.size for end in self._ends(tiff, offset)):
                        return False
        except _UnknownError:
            return None
        return True

    def _read(self, offset: int, length: int) -> bytes:
        window = self._window
        is_long = length > _MAX_TABLE and not window.is_local
        if is_long and not window.is_cached(offset, min(length, window.size - offset)):
            raise _UnknownError
        data = window.read_if_cheap(offset, length)
        if data is None:
            raise _UnknownError
        return data

    def _spend(self, values: int) -> None:
        self._remaining -= values
        if self._remaining < 0:
            raise _UnknownError

    def _ends(self, tiff: TiffReader, offset: int) -> Iterator[int]:
        """Yield the ends of the directory at `offset`, of its values, and of its pixels."""
        count = tiff.entry_count(offset)
        if count is None:
            yield self._window.size + 1
            return
        # Some raw files have other data where a directory should be.
        directory = tiff.directory(offset, _ALL_TAGS) if count <= _MAX_ENTRIES else None
        if directory is None:
            return
        yield tiff.directory_end(offset, count)
        entries = directory.entries
        self._spend(len(entries))
        if 2 * len(entries) < count:
            return
        yield max(map(tiff.end_of_value, entries.values()), default=0)
        self._pending.append(directory.next_offset)
        for tag in _DIRECTORIES:
            self._pending += tiff.offsets(entries.get(tag))
        for starts, lengths in _RANGES:
            if starts in entries and lengths in entries:
                yield self._end_of_pixels(tiff, entries[starts], entries[lengths])

    def _end_of_pixels(self, tiff: TiffReader, starts: Entry, lengths: Entry) -> int:
        self._spend(tiff.value_count(starts) + tiff.value_count(lengths))
        offsets, sizes = tiff.unsigned_integers(starts), tiff.unsigned_integers(lengths)
        if offsets is None or sizes is None:
            raise _UnknownError
        # Some files have more offsets than lengths.
        ranges = zip(offsets, sizes, strict=False)
        ends = [start + length for start, length in ranges if start != _UNKNOWN_OFFSET]
        return max(ends, default=0)
