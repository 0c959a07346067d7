"""Check the pages of a built site: links, anchors, and requests to other hosts.

    python tools/check_site.py FOLDER ADDRESS

Links of `<a>` to other hosts are allowed, and not followed. Everything else that a browser loads
must be a file of the site.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

__all__ = ["Page", "Site", "css_urls", "problems_of_site", "read_page"]

_LOADED = {
    "audio": {"src"},
    "embed": {"src"},
    "iframe": {"src"},
    "image": {"href", "xlink:href"},
    "img": {"src"},
    "input": {"src"},
    "link": {"href"},
    "object": {"data"},
    "script": {"src"},
    "source": {"src"},
    "use": {"href", "xlink:href"},
    "video": {"src", "poster"},
}
"""Attributes whose URL the browser loads without a click."""

_NOT_LOADED = {"canonical", "next", "prev"}
"""Values of `rel` of a `<link>` that the browser does not load."""

_SCRIPTED = {
    ("class", "mermaid"): "https://unpkg.com/mermaid",
    ("data-md-component", "source"): "https://api.github.com/repos",
}
"""Attributes of elements for which the theme's script loads something."""

_CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


class Page(NamedTuple):
    """What one page links to.

    Attributes:
        anchors: the values of `id` and `name`, each as often as it occurs.
        links: the URLs of `<a>`.
        loaded: the URLs that the browser loads.
    """

    anchors: Counter[str]
    links: list[str]
    loaded: list[str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page(Counter(), [], [])
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        # An <a id=x name=x> is one anchor, and the name of a form's control is none.
        names = {values.get("id", ""), values.get("name", "") if tag == "a" else ""} - {""}
        self.page.anchors.update(names)
        if tag == "a" and "href" in values:
            self.page.links.append(values["href"])
        self.page.loaded.extend(_loaded(tag, values))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.page.loaded.extend(css_urls(data))


def _loaded(tag: str, values: Mapping[str, str]) -> Iterator[str]:
    if tag == "link" and set(values.get("rel", "").split()) & _NOT_LOADED:
        return
    yield from (values[name] for name in _LOADED.get(tag, set()) if values.get(name))
    for candidate in values.get("srcset", "").split(","):
        yield from candidate.split()[:1]
    yield from css_urls(values.get("style", ""))
    for (name, word), url in _SCRIPTED.items():
        if word in values.get(name, "").split():
            yield url


def css_urls(css: str) -> list[str]:
    """Return the URLs that a style sheet loads."""
    return [first or second for first, second in _CSS_URL.findall(css)]


def read_page(html: str) -> Page:
    """Return what a page links to."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class Site:
    """The files of a site, and what its pages link to.

    Args:
        url: the address of the site, with a slash at the end.
        files: the paths of all files.
        pages: the pages among them by path, such as `cli/index.html`, and style sheets and
            drawings, of which only the loaded URLs are checked.
    """

    def __init__(self, url: str, files: Iterable[str], pages: Mapping[str, Page]) -> None:
        self._url = url
        self._files = set(files)
        self._pages = pages

    def problems(self) -> list[str]:
        """Return one sentence for each broken link, missing anchor, and request to another host."""
        return [
            f"{path}: {problem}"
            for path, page in self._pages.items()
            for problem in self._problems_of_page(path, page)
        ]

    def _problems_of_page(self, path: str, page: Page) -> Iterator[str]:
        for anchor, number in page.anchors.items():
            if number > 1:
                yield f"{number} elements have the anchor #{anchor}"
        for url in page.links:
            if problem := self._problem_of_link(path, url):
                yield problem
        for url in page.loaded:
            if problem := self._problem_of_file(path, url):
                yield problem

    def _problem_of_link(self, path: str, url: str) -> str | None:
        target = urlsplit(urljoin(self._url + path, url))
        if not target.geturl().startswith(self._url):
            allowed = target.scheme in {"https", "mailto"} or target.hostname == "127.0.0.1"
            return None if allowed else f"link to {url}: not HTTPS"
        name = self._file_at(target.geturl())
        if name is None:
            return f"broken link to {url}"
        anchor = unquote(target.fragment)
        if anchor and name in self._pages and not self._pages[name].anchors[anchor]:
            return f"link to {url}: no such anchor"
        return None

    def _problem_of_file(self, path: str, url: str) -> str | None:
        if url.startswith(("data:", "#")):
            return None
        address = urljoin(self._url + path, url)
        if not address.startswith(self._url):
            return f"loads {url} from another host"
        return None if self._file_at(address) else f"missing file {url}"

    def _file_at(self, address: str) -> str | None:
        name = unquote(urlsplit(address).path.removeprefix(urlsplit(self._url).path))
        for candidate in (name, str(PurePosixPath(name, "index.html"))):
            if candidate in self._files:
                return candidate
        return None


def problems_of_site(folder: Path, url: str) -> list[str]:
    """Return one sentence for each problem of the site in a folder, published at a URL."""
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    pages: dict[str, Page] = {}
    for name in sorted(files):
        if name.endswith((".html", ".svg")):
            pages[name] = read_page((folder / name).read_text("utf-8"))
        elif name.endswith(".css"):
            loaded = css_urls((folder / name).read_text("utf-8"))
            pages[name] = Page(Counter(), [], loaded)
    return Site(url, files, pages).problems()


if __name__ == "__main__":
    _problems = problems_of_site(Path(sys.argv[1]), sys.argv[2])
    print("\n".join(_problems) or "no broken links, no requests to other hosts")
    sys.exit(bool(_problems))
