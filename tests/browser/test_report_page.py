"""The page of `imgmeta report` in Chromium."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.reports.browser import View, Visit, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PAGES = ("empty", "photos", "hostile", "large")
VIEWS = [View(*each) for each in product((360, 768, 1280), ("light", "dark"))]
MAX_BYTES = 5_000_000

FAULTY = """<!doctype html><title></title>
<style>a:focus { outline: none } p { width: 3000px }</style>
<a href="#">Skip</a><p>wide</p><img src="http://127.0.0.1:9/outside.png">
<script>console.log("script"); missing()</script>"""
"""A page with every fault that the tests look for."""

FOCUSABLE = "a[href], summary, [tabindex='0'], button, input, select, textarea"

UNSAFE = """() => [...document.querySelectorAll(
    'script, iframe, object, embed, link, base, form, img:not([src^="data:image/jpeg;base64,"]),' +
    '[href^="javascript:" i], [style], a:not([href^="#"])')]
  .concat([...document.querySelectorAll('*')].filter(
    each => [...each.attributes].some(attribute => attribute.name.startsWith('on'))))
  .map(each => each.outerHTML.slice(0, 200))"""

LUMINANCE = """() => {
  const channels = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g);
  return channels.slice(0, 3).reduce((sum, each) => sum + Number(each), 0) / 765;
}"""


@pytest.fixture(
    scope="module", params=product(PAGES, VIEWS), ids=lambda each: "-".join(map(str, each))
)
def opened(
    request: pytest.FixtureRequest,
    browser: "Browser",
    report_pages: dict[str, Path],
    screenshots: Path,
) -> Iterator[Visit]:
    name, view = request.param
    with visit(browser, report_pages[name], view) as visited:
        visited.page.screenshot(path=screenshots / f"{name}-{view}.png", full_page=True)
        yield visited


def test_page_requests_nothing(opened: Visit) -> None:
    assert set(opened.requests) == {opened.path.as_uri()}


def test_console_is_empty(opened: Visit) -> None:
    assert opened.messages == []


def test_page_is_not_wider_than_the_window(opened: Visit) -> None:
    assert opened.overflowing() == []


def test_page_is_accessible(opened: Visit) -> None:
    assert opened.accessibility_violations() == []


def test_first_tab_stop_skips_to_the_content(opened: Visit) -> None:
    opened.reopen()
    first = opened.press("Tab")

    assert first["name"] == "A Skip to the content"
    assert first["visible"]
    assert opened.press("Enter")["tag"] == "MAIN"


def test_every_control_is_reached_in_order_with_a_visible_focus(opened: Visit) -> None:
    opened.reopen()
    controls = opened.page.locator(FOCUSABLE).count()
    stops = [opened.press("Tab") for _ in range(controls)]

    numbers = [stop["number"] for stop in stops]
    assert numbers == sorted(set(numbers))
    assert [stop["name"] for stop in stops if not stop["outlined"]] == []
    assert [stop["name"] for stop in stops if not stop["visible"]] == []


def test_page_has_nothing_that_acts(opened: Visit) -> None:
    assert opened.page.evaluate(UNSAFE) == []
    assert opened.page.title().startswith("Image report: ")


def test_colors_follow_the_color_scheme(opened: Visit) -> None:
    dark = opened.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    luminance = opened.page.evaluate(LUMINANCE)

    assert luminance < 0.2 if dark else luminance > 0.8


def test_hostile_text_is_shown_as_text(browser: "Browser", report_pages: dict[str, Path]) -> None:
    with visit(browser, report_pages["hostile"], VIEWS[0]) as hostile:
        text = hostile.page.locator("body").text_content() or ""

    assert "<script>document.title='hacked'</script>" in text
    assert "{{ 7 * 7 }}" in text
    assert "\\u202e" in text
    invisible = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
    assert not invisible.search(text)


def test_page_of_100_000_images_is_small(report_pages: dict[str, Path]) -> None:
    assert report_pages["large"].stat().st_size <= MAX_BYTES


def test_contact_sheet_shows_its_pictures(
    browser: "Browser", report_pages: dict[str, Path]
) -> None:
    with visit(browser, report_pages["photos"], VIEWS[0]) as photos:
        pictures = photos.page.locator("#contact-sheet img")
        widths = pictures.evaluate_all("all => all.map(each => each.naturalWidth)")

    assert len(widths) >= 24
    assert all(0 < width <= 160 for width in widths)


def test_faults_are_found(browser: "Browser", tmp_path: Path) -> None:
    page = tmp_path / "faulty.html"
    page.write_text(FAULTY, encoding="utf-8")
    with visit(browser, page, VIEWS[0]) as faulty:
        first = faulty.press("Tab")

        assert "http://127.0.0.1:9/outside.png" in faulty.requests
        assert any("missing is not defined" in each for each in faulty.messages)
        assert any("wide" in each for each in faulty.overflowing())
        assert any(each.startswith("image-alt") for each in faulty.accessibility_violations())
        assert not first["outlined"]
        assert len(faulty.page.evaluate(UNSAFE)) >= 2
