"""The parts of an HTML page, as a browser would read it."""

from html.parser import HTMLParser
from typing import NamedTuple

__all__ = ["Element", "Page", "read_page"]

VOID = frozenset({"meta", "link", "img", "br", "input", "hr", "base", "embed", "source", "track"})
"""Elements without an end tag: HTML Living Standard, section 13.1.2."""


INLINE = frozenset({"a", "bdi", "code", "time"})
"""Elements whose text continues that of the element around them."""


class Element(NamedTuple):
    name: str
    attributes: dict[str, str]


class Page(HTMLParser):
    """A page that was read: its elements, and its text outside of the style sheet."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements = list[Element]()
        self.open = list[str]()
        self.errors = list[str]()
        self.style = ""
        self._texts = list[str]()

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in INLINE:
            self._texts.append(" ")
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.style += data
        else:
            self._texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.errors.append(f"comment: {data}")

    def named(self, name: str) -> list[dict[str, str]]:
        """Return the attributes of all elements with a name."""
        return [element.attributes for element in self.elements if element.name == name]


def read_page(content: bytes) -> Page:
    """Return a page whose elements are nested correctly."""
    page = Page()
    page.feed(content.decode())
    page.close()
    assert (page.errors, page.open) == ([], [])
    return page
