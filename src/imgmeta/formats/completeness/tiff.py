"""TIFF: the ends of directories, values, strips and tiles, compared with the end of the file.

TIFF 6.0, sections 8 and 15; TIFF Technical Note 2 (JPEG); Adobe PageMaker 6.0 notes (SubIFDs).
"""

from collections.abc import Iterator
from operator import add

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.metadata.ifd import Entry, TiffReader, open_tiff
from imgmeta.formats.window import Window

__all__ = ["tiff_is_complete"]

_DIRECTORIES = (330, 34665, 34853)
"""Tags of offsets of directories: more images, EXIF, GPS."""

_RANGES = ((273, 279), (324, 325), (513, 514))
"""Tags of offsets and of lengths: strips, tiles, JPEG stream."""

_ALL_TAGS = range(2**16)
_MAX_DIRECTORIES = 1024
_MAX_VALUES = 128 * 1024


def tiff_is_complete(window: Window, _header: ImageHeader) -> bool | None:
    """Return whether all directories, their values and their images lie within the file.

    None if a directory or a table of offsets cannot be read cheaply.
    """
    return _DirectoryWalk(window).is_complete()


class _UnknownError(Exception):
    """The end of the pixels cannot be determined."""


class _DirectoryWalk:
    """Compares the ends of directories, values and pixels with the end of the file."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._pending: list[int] = []

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
        data = self._window.read_if_cheap(offset, length)
        if data is None:
            raise _UnknownError
        return data

    def _ends(self, tiff: TiffReader, offset: int) -> Iterator[int]:
        """Yield the ends of the directory at `offset`, of its values, and of its pixels."""
        yield tiff.directory_end(offset) or self._window.size + 1
        directory = tiff.directory(offset, _ALL_TAGS)
        if directory is None:
            return
        entries = directory.entries
        yield from map(tiff.end_of_value, entries.values())
        self._pending.append(directory.next_offset)
        for tag in _DIRECTORIES:
            self._pending += tiff.offsets(entries.get(tag))
        for starts, lengths in _RANGES:
            if starts in entries and lengths in entries:
                yield _last_end(tiff, entries[starts], entries[lengths])


def _last_end(tiff: TiffReader, starts: Entry, lengths: Entry) -> int:
    offsets, sizes = tiff.values(starts, _MAX_VALUES), tiff.values(lengths, _MAX_VALUES)
    if offsets is None or sizes is None:
        raise _UnknownError
    return max(map(add, offsets, sizes), default=0)
