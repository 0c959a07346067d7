"""The site's pages, links and navigation; the nox session `docs` builds it."""

import re
import tomllib
from collections import Counter
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("yaml", reason="needs PyYAML")

import build_site
import check_site
import yaml

import imgmeta
from imgmeta import bootstrap, config, errors, ports, service
from imgmeta.testing import contracts, strategies

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CONFIG: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
URL = "https://example.org/site/"
REPOSITORY = "https://example.org/repository"


def problems(*, files: tuple[str, ...] = (), **pages: str) -> list[str]:
    """Return the problems of a site with pages `a/index.html`, …, and further files."""
    read = {f"{name}/index.html": check_site.read_page(html) for name, html in pages.items()}
    return check_site.Site(URL, [*read, *files], read).problems()


def test_working_links_are_no_problems() -> None:
    page = """
        <h1 id=top>A</h1> <a href="#top"></a> <a href="../b/#caf%C3%A9"></a> <a href="/site/b/"></a>
        <a href="../x.json"></a> <a href="https://example.com/"></a> <a href="mailto:a@b"></a> <a href="http://127.0.0.1:8000/"></a>
        <img src="../x.png" srcset="../x.png 2x"> <img src="data:image/png;base64,">
        <link rel=canonical href="https://example.com/"> <style>a { src: url("../x.png") }</style>
    """
    found = problems(a=page, b="<h1 id=café></h1>", files=("x.json", "x.png"))
    assert found == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="../c/">', "broken link to ../c/"),
        ('<a href="#x">', "link to #x: no such anchor"),
        ('<a href="../b/#x">', "link to ../b/#x: no such anchor"),
        ('<a href="http://example.com/">', "link to http://example.com/: not HTTPS"),
        ("<p id=x></p><p id=x></p>", "2 elements have the anchor #x"),
        ('<img src="x.png">', "missing file x.png"),
        (
            '<img srcset="https://example.com/x 2x">',
            "loads https://example.com/x from another host",
        ),
        ('<script src="//example.com/x">', "loads //example.com/x from another host"),
        ("<p style='background: url(//a/b)'>", "loads //a/b from another host"),
        ("<style>@import 'https://a/b'</style>", "loads https://a/b from another host"),
        ('<link rel=stylesheet href="https://a/b">', "loads https://a/b from another host"),
        ("<pre class='x mermaid'>", "loads https://unpkg.com/mermaid from another host"),
        (
            '<a data-md-component="source" href="https://a/">',
            "loads https://api.github.com/repos from another host",
        ),
        ('<link rel=preconnect href="https://a/">', "loads https://a/ from another host"),
    ],
)
def test_problem_of_a_page_is_reported(html: str, problem: str) -> None:
    assert problems(a=html, b="") == [f"a/index.html: {problem}"]


def test_files_of_a_site_are_checked(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<link rel=stylesheet href="a.css"><img src="b.svg">')
    (tmp_path / "a.css").write_text("a { src: url(x.woff) }")
    (tmp_path / "b.svg").write_text('<svg><image href="https://a/b"/></svg>')
    assert check_site.problems_of_site(tmp_path, URL) == [
        "a.css: missing file x.woff",
        "b.svg: loads https://a/b from another host",
    ]


def rewritten(page: str) -> str:
    def new_target(path: str, anchor: str) -> str | None:
        decision = PurePosixPath("docs/decisions/a.md")
        return build_site.link_to_repository(REPOSITORY, decision, path, anchor)

    return build_site.rewrite_links(page, new_target)


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("../../README.md", f"{REPOSITORY}/blob/main/README.md"),
        (
            "../../benchmarks/README.md#backfill",
            f"{REPOSITORY}/blob/main/benchmarks/README.md#backfill",
        ),
        ("../../tests/contract", f"{REPOSITORY}/tree/main/tests/contract"),
        ("../cli.md#sync", "../cli.md#sync"),
        ("0001-header-parsers.md", "0001-header-parsers.md"),
        ("https://example.com/a.md", "https://example.com/a.md"),
        ("#anchor", "#anchor"),
    ],
)
def test_links_to_files_outside_docs_lead_to_the_repository(link: str, target: str) -> None:
    text = "A [link `x`\nin two lines]({}) and [another]({})."
    assert rewritten(text.format(link, link)) == text.format(target, target)


def test_links_in_code_are_kept() -> None:
    link = "[a](../../README.md)"
    page = f"1. a\n\n    ```text\n    {link}\n    ```\n\n```text\n{link}\n```\n"
    assert rewritten(page) == page


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a](../../missing.md)", "broken link to ../../missing.md"),
        ("[a](../../../README.md)", "broken link to ../../../README.md"),
        ("![a](../../examples/photos/tower.jpg)", "the image examples/photos/tower.jpg is outside"),
    ],
)
def test_unusable_link_out_of_docs_is_reported(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        rewritten(text)


def navigation(entries: Any) -> list[str]:  # noqa: ANN401 - a tree of lists and dictionaries
    if isinstance(entries, str):
        return [entries]
    values = entries.values() if isinstance(entries, dict) else entries
    return [page for value in values for page in navigation(value)]


def test_navigation_lists_every_page_once() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert Counter(navigation(build_site.with_folders(CONFIG["nav"]))) == Counter(pages)


def test_decisions_are_listed_by_their_index() -> None:
    index = (DOCS / "decisions" / "README.md").read_text("utf-8")
    names = {path.name for path in (DOCS / "decisions").glob("[0-9]*.md")}
    assert set(re.findall(r"\]\((\d[\w-]+\.md)\)", index)) == names


def test_addresses_are_those_of_the_package() -> None:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    assert CONFIG["site_url"] == urls["Documentation"]
    assert CONFIG["repo_url"] == urls["Repository"]
    assert urls["Changelog"] == build_site.link_to_repository(
        urls["Repository"], PurePosixPath("docs/index.md"), "../CHANGELOG.md", ""
    )


MODULES = {
    "bootstrap": bootstrap,
    "config": config,
    "errors": errors,
    "ports": ports,
    "service": service,
    "testing.contracts": contracts,
    "testing.strategies": strategies,
}


def test_reference_has_every_public_name_once() -> None:
    pages = "".join(path.read_text("utf-8") for path in sorted((DOCS / "api").glob("*.md")))
    shown = Counter(re.findall(r"^::: imgmeta\.([\w.]+)$", pages, re.MULTILINE))
    modules = {name for name in shown if "." in name or name in MODULES}
    assert modules == set(MODULES)
    assert set(shown.values()) == {1}
    with_pages = {name for module in MODULES.values() for name in _public(module)}
    assert set(shown) - modules == set(imgmeta.__all__) - with_pages


def _public(module: ModuleType) -> list[str]:
    names: list[str] = module.__all__
    return names
