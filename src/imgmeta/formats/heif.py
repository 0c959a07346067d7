"""The items of a HEIF file: what they are, where, and what properties they have.

ISO/IEC 14496-12, section 8.11; ISO/IEC 23008-12, section 9.3.
"""

from itertools import islice
from typing import NamedTuple

from imgmeta.formats.boxes import Box, boxes, children
from imgmeta.formats.window import Window

__all__ = ["Items"]

_ALPHA_TYPES = (
    b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
    b"urn:mpeg:hevc:2015:auxid:1\0",
)
_CODINGS = frozenset({b"av1C", b"hvcC"})
_MAX_EXTENTS = 16
_MAX_REFERENCES = 4096


class _Fields:
    """Unsigned numbers read one after the other; beyond the end they are zero."""

    __slots__ = ("data", "offset")

    def __init__(self, data: bytes, offset: int = 0) -> None:
        self.data = data
        self.offset = offset

    def take(self, size: int) -> int:
        end = self.offset + size
        value = int.from_bytes(self.data[self.offset : end], "big")
        self.offset = end
        return value

    @property
    def ended(self) -> bool:
        return self.offset >= len(self.data)


class _Place(NamedTuple):
    method: int
    extents: tuple[tuple[int, int], ...]


class Items:
    """The items described in one meta box. What is not described there has no properties."""

    def __init__(self, meta: bytes) -> None:
        """Take the body of a meta box, its version included."""
        parts: dict[bytes, Box] = {}
        for box in boxes(meta, 4):
            parts.setdefault(box.kind, box)
        self._idat = _body(parts, b"idat")
        self._iloc = _body(parts, b"iloc")
        self._kinds, self._types = _item_kinds(_body(parts, b"iinf"))
        self._references = _references(_body(parts, b"iref"))
        container = parts.get(b"iprp", Box(b"iprp", b""))
        shared = container.child(b"ipco")
        self._shared = list(boxes(shared.data)) if shared else []
        self._associations: dict[int, list[int]] = {}
        for box in children(container.data, b"ipma"):
            _add_associations(box.data, self._associations)
        primary = _body(parts, b"pitm")
        self.primary = int.from_bytes(primary[4 : 6 if primary[:1] == b"\0" else 8], "big")

    def kind(self, item: int) -> bytes:
        """Return the type of an item, empty if there is no such item."""
        return self._kinds.get(item, b"")

    def properties(self, item: int) -> list[tuple[bytes, bytes]]:
        """Return the properties of an item, type and body, in the order they apply."""
        return [
            (self._shared[index - 1].kind, self._shared[index - 1].data)
            for index in self._associations.get(item, [])
            if 0 < index <= len(self._shared)
        ]

    def coding(self, item: int) -> tuple[bytes, bytes] | None:
        """Return the decoder configuration of an item, or of the first one it is derived from."""
        parts = next(
            (to for kind, source, to in self._references if kind == b"dimg" and source == item), ()
        )
        for candidate in (item, *parts[:1]):
            for kind, data in self.properties(candidate):
                if kind in _CODINGS:
                    return kind, data
        return None

    def has_alpha(self, item: int) -> bool:
        """Return whether another item is the transparency of this one."""
        return any(
            kind == b"auxC" and data[4:].startswith(_ALPHA_TYPES)
            for reference, source, to in self._references
            if reference == b"auxl" and item in to
            for kind, data in self.properties(source)
        )

    def metadata(self, kind: bytes) -> int | None:
        """Return the item of this type that describes the primary one, or else the first."""
        candidates = [
            item
            for item, name in self._kinds.items()
            if name == kind and (kind != b"mime" or b"rdf+xml" in self._types.get(item, b""))
        ]
        described = {
            source
            for reference, source, to in self._references
            if reference == b"cdsc" and self.primary in to
        }
        return next(
            (item for item in candidates if item in described), next(iter(candidates), None)
        )

    def content(self, window: Window, item: int, limit: int) -> bytes:
        """Return the beginning of an item's content, at most `limit` bytes.

        Raises:
            DamagedError: the window's budget is spent.
            TransientError: from the source.
        """
        place = _place(self._iloc, item)
        if place is None:
            return b""
        content = b""
        for offset, length in place.extents:
            size = min(length, limit - len(content))
            if place.method == 1:
                content += self._idat[offset : offset + size]
            elif place.method == 0:
                content += window.read(offset, size)
        return content


def _body(parts: dict[bytes, Box], kind: bytes) -> bytes:
    return parts[kind].data if kind in parts else b""


def _item_kinds(iinf: bytes) -> tuple[dict[int, bytes], dict[int, bytes]]:
    kinds: dict[int, bytes] = {}
    types: dict[int, bytes] = {}
    for entry in children(iinf, b"infe", 6 if iinf[:1] == b"\0" else 8):
        version = entry.data[:1]
        if version not in {b"\2", b"\3"}:
            continue
        size = 2 if version == b"\2" else 4
        item = int.from_bytes(entry.data[4 : 4 + size], "big")
        kinds.setdefault(item, entry.data[6 + size : 10 + size])
        types.setdefault(item, entry.data[10 + size : 266 + size])
    return kinds, types


def _references(iref: bytes) -> list[tuple[bytes, int, tuple[int, ...]]]:
    size = 2 if iref[:1] == b"\0" else 4
    result: list[tuple[bytes, int, tuple[int, ...]]] = []
    for box in islice(boxes(iref, 4), _MAX_REFERENCES):
        source = int.from_bytes(box.data[:size], "big")
        start = size + 2
        count = min(int.from_bytes(box.data[size:start], "big"), (len(box.data) - start) // size)
        targets = tuple(
            int.from_bytes(box.data[start + i * size : start + (i + 1) * size], "big")
            for i in range(count)
        )
        result.append((box.kind, source, targets))
    return result


def _add_associations(ipma: bytes, associations: dict[int, list[int]]) -> None:
    fields = _Fields(ipma)
    version, flags = fields.take(1), fields.take(3)
    entries = fields.take(4)
    size = 2 if flags & 1 else 1
    for _ in range(entries):
        if fields.ended:
            return
        item = fields.take(4 if version else 2)
        count = fields.take(1)
        # The highest bit says whether a property is essential.
        indices = [fields.take(size) & (0x7FFF if size > 1 else 0x7F) for _ in range(count)]
        associations.setdefault(item, indices)


def _place(iloc: bytes, wanted: int) -> _Place | None:
    fields = _Fields(iloc)
    version = fields.take(4) >> 24
    sizes = fields.take(2)
    offset_size, length_size = sizes >> 12, sizes >> 8 & 15
    base_size, index_size = sizes >> 4 & 15, sizes & 15 if version else 0
    wide = 4 if version > 1 else 2
    for _ in range(fields.take(wide)):
        if fields.ended:
            return None
        item = fields.take(wide)
        method = fields.take(2) & 15 if version else 0
        fields.take(2)
        base = fields.take(base_size)
        count = fields.take(2)
        if item != wanted:
            fields.offset += count * (index_size + offset_size + length_size)
            continue
        extents: list[tuple[int, int]] = []
        for _ in range(min(count, _MAX_EXTENTS)):
            fields.take(index_size)
            offset = base + fields.take(offset_size)
            extents.append((offset, fields.take(length_size)))
        return _Place(method, tuple(extents))
    return None
