"""Pages in headless Chromium, with everything that they request and report."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog, Page, Request

__all__ = ["View", "Visit", "chromium", "visit"]

_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

_TIMEOUT = 300_000.0
"""Milliseconds until an action fails: large pages take long on a busy machine."""

_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_VIOLATIONS = """async rules => {
  const found = await axe.run(document, {runOnly: rules});
  return found.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${rule.help}: ${node.html.slice(0, 200)}`));
}"""

_FOCUSED = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    number: [...document.querySelectorAll('*')].indexOf(element),
    name: element.tagName + ' ' + element.textContent.trim().slice(0, 60),
    tag: element.tagName,
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    visible: box.width > 0 && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth,
  };
}"""

_OVERFLOWING = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll('body *')]
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
    .map(each => each.outerHTML.slice(0, 200));
}"""


@dataclass(frozen=True)
class View:
    """The width of a window in CSS pixels, and the color scheme."""

    width: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


@dataclass
class Visit:
    """A page in a browser.

    Attributes:
        page: the page.
        path: its file.
        requests: the URLs that were requested, without the pictures in the page itself.
        messages: messages in the console, uncaught errors and dialogs.
    """

    page: Page
    path: Path
    requests: list[str] = field(default_factory=list[str])
    messages: list[str] = field(default_factory=list[str])

    def reopen(self) -> None:
        """Open the file with the focus at its beginning, and forget the page before."""
        self.requests.clear()
        self.messages.clear()
        self.page.goto("about:blank")
        self.page.goto(self.path.as_uri())

    def note_request(self, request: Request) -> None:
        """Remember a request, unless it is for a part of the page itself."""
        if not request.url.startswith("data:"):
            self.requests.append(request.url)

    def close_dialog(self, dialog: Dialog) -> None:
        """Remember a dialog, and close it."""
        self.messages.append(dialog.message)
        dialog.dismiss()

    def accessibility_violations(self) -> list[str]:
        """Return the violations of the rules of axe-core: WCAG 2.2, level AA, and good practice."""
        axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
        self.page.evaluate(axe)
        violations: list[str] = self.page.evaluate(_VIOLATIONS, list(_RULES))
        return violations

    def overflowing(self) -> list[str]:
        """Return the elements that make the page wider than the window."""
        elements: list[str] = self.page.evaluate(_OVERFLOWING)
        return elements

    def press(self, key: str) -> dict[str, Any]:
        """Press a key, and return what has the focus."""
        self.page.keyboard.press(key)
        focused: dict[str, Any] = self.page.evaluate(_FOCUSED)
        return focused


@contextmanager
def chromium() -> Generator[Browser]:
    """Start the Chromium that the session `browser` found, with a new profile."""
    program = os.environ.get("IMGMETA_TEST_CHROMIUM")
    if not program:
        pytest.fail("set IMGMETA_TEST_CHROMIUM to the path of Chromium, or run nox -s browser")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this session has it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=list(_ARGUMENTS), timeout=_TIMEOUT
        )
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, path: Path, view: View) -> Generator[Visit]:
    """Open a file in a window, with the network as it is."""
    scheme: Any = view.scheme
    context = browser.new_context(
        viewport={"width": view.width, "height": 800}, color_scheme=scheme
    )
    context.set_default_timeout(_TIMEOUT)
    opened = Visit(context.new_page(), path)
    opened.page.on("request", opened.note_request)
    opened.page.on("console", lambda message: opened.messages.append(message.text))
    opened.page.on("pageerror", lambda error: opened.messages.append(str(error)))
    opened.page.on("dialog", opened.close_dialog)
    opened.page.goto(path.as_uri())
    yield opened
    context.close()
