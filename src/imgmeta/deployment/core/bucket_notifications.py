"""Event notification configurations of S3 buckets, as the XML documents that S3 stores.

A configuration is kept as S3's own text, so that a change preserves elements that imgmeta does not
know, such as a type of destination that was added after this version was released.

Source: Amazon S3 API Reference, "GetBucketNotificationConfiguration".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self
from xml.parsers import expat

from imgmeta.errors import PermanentError

__all__ = ["MissingBucketError", "NotificationConfiguration"]

_ROOT = "NotificationConfiguration"
_EVENTBRIDGE = "EventBridgeConfiguration"
_MAX_DEPTH = 50
"""S3's own documents have 5 levels."""

_Element = tuple[str, str, tuple["_Element", ...]]
"""The name, the text and the children of an element, in an order that does not depend on S3's."""


class MissingBucketError(PermanentError):
    """The bucket does not exist."""


@dataclass(frozen=True)
class NotificationConfiguration:
    """The event notification configuration of one bucket.

    Two configurations are equal if they have the same entries, in any order and layout.

    Attributes:
        document: the XML document.
    """

    document: bytes

    def __post_init__(self) -> None:
        """Check the document.

        Raises:
            ValueError: it is not a notification configuration.
        """
        _ = self._parts

    @classmethod
    def empty(cls) -> Self:
        """Return the configuration of a bucket that sends no events."""
        return cls(b'<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>')

    def __eq__(self, other: object) -> bool:
        """Return whether the entries are the same."""
        if not isinstance(other, NotificationConfiguration):
            return NotImplemented
        return self.entries == other.entries

    def __hash__(self) -> int:
        """Return the hash of the entries."""
        return hash(self.entries)

    @property
    def entries(self) -> tuple[_Element, ...]:
        """The entries, including that for Amazon EventBridge, in a fixed order."""
        return tuple(sorted(part.element for part in self._parts.entries))

    @property
    def foreign_entries(self) -> tuple[_Element, ...]:
        """The entries except that for Amazon EventBridge, in a fixed order."""
        return tuple(each for each in self.entries if each[0] != _EVENTBRIDGE)

    @property
    def sends_to_eventbridge(self) -> bool:
        """Whether the bucket sends its events to Amazon EventBridge."""
        return any(part.element[0] == _EVENTBRIDGE for part in self._parts.entries)

    def with_eventbridge(self, *, enabled: bool) -> Self:
        """Return this configuration with EventBridge on or off; every other byte is the same."""
        if enabled == self.sends_to_eventbridge:
            return self
        return type(self)(self._with_entry() if enabled else self._without_entry())

    def _with_entry(self) -> bytes:
        parts, document = self._parts, self.document
        prefix, colon, _ = parts.root_name.rpartition(":")
        entry = f"<{prefix}{colon}{_EVENTBRIDGE}/>".encode()
        if not parts.is_empty_tag:
            return document[: parts.end] + entry + document[parts.end :]
        # The root element is written as <NotificationConfiguration/>.
        opened = document[: parts.end].rstrip()[:-2] + b">"
        return opened + entry + f"</{parts.root_name}>".encode() + document[parts.end :]

    def _without_entry(self) -> bytes:
        kept, start = b"", 0
        for part in self._parts.entries:
            if part.element[0] == _EVENTBRIDGE:
                kept += self.document[start : part.start]
                start = part.end
        return kept + self.document[start:]

    @cached_property
    def _parts(self) -> "_Document":
        return _parse(self.document)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A child of the root element, and its position in the document, in bytes."""

    element: _Element
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Document:
    """The parts of a document.

    Attributes:
        root_name: the name of the root element, with its prefix.
        end: the position of the root's end tag; if it has none, the position after the root.
        is_empty_tag: whether the root has no end tag.
        entries: the root's children.
    """

    root_name: str
    end: int
    is_empty_tag: bool
    entries: tuple[_Entry, ...]


class _Node:
    """An element that is being read."""

    def __init__(self, name: str, start: int) -> None:
        self.name = name
        self.start = start
        self.end = start
        self.text = ""
        self.children: list[_Node] = []

    def element(self) -> _Element:
        children = tuple(sorted(child.element() for child in self.children))
        # White space between the elements is layout; that in a filter's value is not.
        return self.name.rpartition(":")[2], "" if children else self.text, children


def _parse(document: bytes) -> _Document:
    """Return the parts of a document.

    Raises:
        ValueError: it is not a notification configuration.
    """
    path, roots = list[_Node](), list[_Node]()
    # The encoding is fixed: S3 sends UTF-8, and an insertion must have the same encoding.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def open_element(name: str, _: dict[str, str]) -> None:
        node = _Node(name, parser.CurrentByteIndex)
        (path[-1].children if path else roots).append(node)
        path.append(node)
        if len(path) > _MAX_DEPTH:
            msg = "its elements are nested too deeply"
            raise ValueError(msg)

    def close_element(_: str) -> None:
        path.pop().end = parser.CurrentByteIndex

    def add_text(text: str) -> None:
        path[-1].text += text

    def refuse_doctype(*_: object) -> None:
        msg = "it has a document type"
        raise ValueError(msg)

    parser.StartElementHandler = open_element
    parser.EndElementHandler = close_element
    parser.CharacterDataHandler = add_text
    parser.StartDoctypeDeclHandler = refuse_doctype  # S3 sends none; one can declare huge entities
    try:
        parser.Parse(document, True)  # noqa: FBT003 - expat takes it by position
    except expat.ExpatError as error:
        msg = f"it is not XML: {error}"
        raise ValueError(msg) from error
    [root] = roots
    if root.name.rpartition(":")[2] != _ROOT:
        msg = f"it is not a {_ROOT}"
        raise ValueError(msg)
    # expat reports the end of <a/> after the tag, and the end of <a></a> before the end tag.
    is_empty_tag = document[root.end : root.end + 2] != b"</"
    return _Document(root.name, root.end, is_empty_tag, tuple(_entries(root)))


def _entries(root: _Node) -> Iterator[_Entry]:
    positions = [*(node.start for node in root.children), root.end]
    for node, end in zip(root.children, positions[1:], strict=True):
        yield _Entry(node.element(), node.start, end)
