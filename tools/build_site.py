"""Build the documentation site in build/site/html, and check it.

    python tools/build_site.py

The pages are built from a copy of `docs`, in which links to other files of the repository lead to
the repository's web pages. Requires the dependency group `docs`.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

import yaml
from check_site import problems_of_site

__all__ = ["link_to_repository", "rewrite_links", "with_folders"]

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "build" / "site"

_FOLDERS = {"decisions/README.md": "decisions", "performance.md": "performance"}
"""Folders whose pages follow their index in the navigation, by the path of the index."""

_FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2[ ]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)(\[(?:[^\[\]]|\[[^\]]*\])*\])\((?!\w+:|#|/)([^)\s#]+)(#[^)\s]*)?\)")


def rewrite_links(page: str, new_target: Callable[[str, str], str | None]) -> str:
    """Return the Markdown page with other targets of its relative links; code is not changed.

    Args:
        page: the page.
        new_target: returns the new target of a path and an anchor, or None to keep them. The path
            of an image is preceded by an exclamation mark.
    """

    def changed(match: re.Match[str]) -> str:
        target = new_target(match[1] + match[3], match[4] or "")
        return match[0] if target is None else f"{match[1]}{match[2]}({target})"

    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(page):
        parts += [_LINK.sub(changed, page[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(changed, page[end:])])


def link_to_repository(url: str, page: PurePosixPath, path: str, anchor: str) -> str | None:
    """Return the web address of a file outside `docs` that a page links to; None if it is inside.

    Args:
        url: the address of the repository.
        page: the path of the page in the repository.
        path: the path in the link.
        anchor: the anchor in the link, such as `#backfill`.

    Raises:
        ValueError: the file does not exist, or is an image, which the site would load from there.
    """
    target = PurePosixPath(normpath(page.parent / path.removeprefix("!")))
    if target.parts[0] == "docs":
        return None
    if path.startswith("!"):
        msg = f"{page}: the image {target} is outside docs"
        raise ValueError(msg)
    if target.parts[0] == ".." or not (ROOT / target).exists():
        msg = f"{page}: broken link to {path}"
        raise ValueError(msg)
    kind = "tree" if (ROOT / target).is_dir() else "blob"
    return f"{url}/{kind}/main/{target}{anchor}"


def with_folders(navigation: Any) -> Any:  # noqa: ANN401 - a tree of lists and dictionaries
    """Return the navigation with the pages of folders after their index."""
    if isinstance(navigation, dict):
        return {title: with_folders(entries) for title, entries in navigation.items()}
    if not isinstance(navigation, list):
        return navigation
    folder = _FOLDERS.get(str(navigation[0])) if len(navigation) == 1 else None
    if folder is None:
        return [with_folders(each) for each in navigation]
    pages = sorted((ROOT / "docs" / folder).glob("*.md"))
    return [*navigation, *(f"{folder}/{path.name}" for path in pages if path.name != "README.md")]


def _write_sources(config: dict[str, Any]) -> None:
    url: str = config["repo_url"]
    shutil.rmtree(OUTPUT, ignore_errors=True)
    shutil.copytree(ROOT / "docs", OUTPUT / "docs")
    shutil.copytree(ROOT / "tools" / "site_theme", OUTPUT / "theme")
    for copy in (OUTPUT / "docs").rglob("*.md"):
        page = PurePosixPath("docs", copy.relative_to(OUTPUT / "docs").as_posix())
        text = rewrite_links(copy.read_text("utf-8"), partial(link_to_repository, url, page))
        copy.write_text(text, "utf-8")
    config["nav"] = with_folders(config["nav"])
    config["theme"]["custom_dir"] = "theme"
    config["site_dir"] = "html"
    (handlers,) = [
        each["mkdocstrings"]["handlers"] for each in config["plugins"] if each != "search"
    ]
    handlers["python"]["paths"] = [str(ROOT / "src")]
    (OUTPUT / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")


def main() -> int:
    """Build and check the site; return the exit code."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    _write_sources(config)
    program = Path(sys.executable).with_name("zensical")
    built = subprocess.run([program, "build", "--strict", "--clean"], cwd=OUTPUT, check=False)
    if built.returncode:
        return built.returncode
    problems = problems_of_site(OUTPUT / "html", config["site_url"])
    print(
        "\n".join(problems) or f"{OUTPUT / 'html'}: all links work; nothing loads from other hosts"
    )
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
