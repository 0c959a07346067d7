"""Items of a HEIF meta box: their types, content and properties.

ISO/IEC 14496-12, section 8.11; ISO/IEC 23008-12, section 9.3.
"""

import struct
from collections.abc import Iterator
from itertools import islice

from imgmeta.formats.boxes import box_bodies, child_boxes
from imgmeta.formats.item_locations import (
    IN_FILE,
    IN_META,
    MAX_EXTENTS,
    ItemLocations,
)
from imgmeta.formats.window import Window

__all__ = ["HeifItems"]

_ALPHA_TYPES = (
    b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
    b"urn:mpeg:hevc:2015:auxid:1\0",
)
_PARTS = frozenset({b"idat", b"iinf", b"iloc", b"iprp", b"iref", b"pitm"})
_MAX_ITEMS = 16_384
_MAX_PROPERTIES = 8192
_MAX_REFERENCES = 4096
_MAX_TARGETS = 65_536
_MAX_SOURCES = 4096
_MAX_SOURCE_PROPERTIES = 16_384
_MAX_ASSOCIATION_BOXES = 4


_ID_SIZES = {b"\2": 2, b"\3": 4}
"""The versions of an item's entry that have a type, and the length of the item's ID."""

_Associations = tuple[bytes, int]
"""The numbers of an item's properties: bytes, and the length of one number."""

_Property = tuple[bytes, bytes]
"""The type and the body of a property."""


class HeifItems:
    """The items of one meta box; an item that it does not describe has no properties."""

    def __init__(self, meta: bytes) -> None:
        """Parse the body of a meta box, including its version."""
        parts = dict.fromkeys(_PARTS, b"")
        found: set[bytes] = set()
        for kind, body in box_bodies(meta, 4):
            if kind in _PARTS and kind not in found:
                found.add(kind)
                parts[kind] = body
        self._idat = parts[b"idat"]
        self._locations = ItemLocations(parts[b"iloc"])
        self._kinds, self._mime_types = _item_kinds(parts[b"iinf"])
        self._references = _references(parts[b"iref"])
        self._derivations: dict[int, tuple[int, ...]] = {}
        for kind, source, targets in self._references:
            if kind == b"dimg":
                self._derivations.setdefault(source, targets)
        shared = next(child_boxes(parts[b"iprp"], b"ipco"), None)
        self._shared = list(islice(box_bodies(shared.data), _MAX_PROPERTIES)) if shared else []
        self._sources: dict[int, list[int]] = {}
        self._associations: dict[int, _Associations] = {}
        for box in islice(child_boxes(parts[b"iprp"], b"ipma"), _MAX_ASSOCIATION_BOXES):
            _add_associations(box.data, self._associations)
        primary = parts[b"pitm"]
        self.primary = int.from_bytes(primary[4 : 6 if primary[:1] == b"\0" else 8], "big")

    def kind(self, item: int) -> bytes:
        """Return the type of an item; empty if there is no such item."""
        return self._kinds.get(item, b"")

    def properties(self, item: int) -> list[_Property]:
        """Return the type and body of an item's properties, in the order they apply."""
        return self._described_by(self._associations.get(item))

    def _described_by(self, associations: _Associations | None) -> list[_Property]:
        if associations is None:
            return []
        data, size = associations
        # The highest bit marks a property as essential.
        mask = 0x7FFF if size > 1 else 0x7F
        indices = (
            int.from_bytes(data[start : start + size], "big") & mask
            for start in range(0, len(data), size)
        )
        return [self._shared[index - 1] for index in indices if 0 < index <= len(self._shared)]

    def sources(self, item: int) -> list[int]:
        """Return the items that an item is derived from, such as the tiles of a grid, in order.

        If these are derived images too, each is followed by its own sources. A tone-mapped image
        has two sources, of which the second is a gain map: it does not count.
        """
        if item not in self._sources:
            self._sources[item] = self._find_sources(item)
        return self._sources[item]

    def _find_sources(self, item: int) -> list[int]:
        found: dict[int, None] = {}
        pending = [item]
        while pending and len(found) <= _MAX_SOURCES:
            current = pending.pop()
            if current not in found:
                found[current] = None
                if current in self._derivations:
                    targets = self._derivations[current]
                    is_tone_map = self.kind(current) == b"tmap"
                    pending.extend(reversed(targets[:1] if is_tone_map else targets))
        return list(found)[1:]

    def source_properties(self, item: int) -> Iterator[_Property]:
        """Return the properties of the items that an item is derived from.

        Those of a source with the same properties as an earlier one, as most tiles, are left out.
        """
        distinct = dict.fromkeys(self._associations.get(source) for source in self.sources(item))
        found = (part for associations in distinct for part in self._described_by(associations))
        return islice(found, _MAX_SOURCE_PROPERTIES)

    def has_alpha(self, item: int) -> bool:
        """Return whether another item is the alpha channel of this one or of one of its sources."""
        parts = {item, *self.sources(item)}
        return any(
            kind == b"auxC" and data[4:].startswith(_ALPHA_TYPES)
            for reference, source, to in self._references
            if reference == b"auxl" and not parts.isdisjoint(to)
            for kind, data in self.properties(source)
        )

    def find_metadata(self, kind: bytes) -> int | None:
        """Return the item of this type that describes the primary item, or else the first one."""
        candidates = [
            item
            for item, name in self._kinds.items()
            if name == kind and (kind != b"mime" or b"rdf+xml" in self._mime_types.get(item, b""))
        ]
        described = {
            source
            for reference, source, to in self._references
            if reference == b"cdsc" and self.primary in to
        }
        return next(
            (item for item in candidates if item in described), next(iter(candidates), None)
        )

    def exceeds(self, item: int, limit: int) -> bool:
        """Return whether `content` leaves out a part of an item, or cannot locate it."""
        location = self._locations.find(item)
        return location is not None and (
            location.method not in {IN_FILE, IN_META}
            or len(location.extents) == MAX_EXTENTS
            or sum(length for _, length in location.extents) > limit
        )

    def content(self, window: Window, item: int, limit: int) -> bytes:
        """Return the first bytes of an item's content, at most `limit` of them.

        Raises:
            DamagedError: the window's budget is spent.
            TransientError: from the source.
        """
        location = self._locations.find(item)
        if location is None:
            return b""
        content = b""
        for offset, length in location.extents:
            size = min(length, limit - len(content))
            if location.method == IN_META:
                content += self._idat[offset : offset + size]
            elif location.method == IN_FILE:
                content += window.read(offset, size)
        return content


def _item_kinds(iinf: bytes) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Return each item's type, and the bytes that contain its media type."""
    kinds: dict[int, bytes] = {}
    mime_types: dict[int, bytes] = {}
    boxes = box_bodies(iinf, 6 if iinf[:1] == b"\0" else 8)
    entries = (body for box, body in boxes if box == b"infe")
    for entry in islice(entries, _MAX_ITEMS):
        size = _ID_SIZES.get(entry[:1])
        if size is None:
            continue
        item = int.from_bytes(entry[4 : 4 + size], "big")
        kind = entry[6 + size : 10 + size]
        kinds.setdefault(item, kind)
        if kind == b"mime":
            mime_types.setdefault(item, entry[10 + size : 266 + size])
    return kinds, mime_types


def _references(iref: bytes) -> list[tuple[bytes, int, tuple[int, ...]]]:
    """Return the type, the source item and the target items of each reference."""
    size, code = (2, "H") if iref[:1] == b"\0" else (4, "I")
    result: list[tuple[bytes, int, tuple[int, ...]]] = []
    remaining = _MAX_TARGETS
    for kind, body in islice(box_bodies(iref, 4), _MAX_REFERENCES):
        source = int.from_bytes(body[:size], "big")
        start = size + 2
        available = max(0, (len(body) - start) // size)
        count = min(int.from_bytes(body[size:start], "big"), available, remaining)
        remaining -= count
        targets = struct.unpack_from(f">{count}{code}", body, start) if count else ()
        result.append((kind, source, targets))
    return result


def _add_associations(ipma: bytes, associations: dict[int, _Associations]) -> None:
    id_size = 2 if ipma[:1] in {b"", b"\0"} else 4
    # Bit 0 of the flags.
    size = 2 if int.from_bytes(ipma[1:4], "big") & 1 else 1
    end = 8
    for _ in range(min(int.from_bytes(ipma[4:8], "big"), _MAX_ITEMS)):
        if end >= len(ipma):
            return
        start = end + id_size
        item = int.from_bytes(ipma[end:start], "big")
        end = start + 1
        length = int.from_bytes(ipma[start:end], "big") * size
        start, end = end, end + length
        associations.setdefault(item, (ipma[start:end], size))
