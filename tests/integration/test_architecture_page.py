"""docs/architecture.md names all ports and their adapters."""

import re
from pathlib import Path

import imgmeta
from imgmeta import ports

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
SECTION = PAGE.partition("## Ports and adapters")[2].partition("\n## ")[0]
ROWS = [line.split("|")[1:-1] for line in SECTION.splitlines() if line.startswith("| `")]


def names_in(text: str) -> set[str]:
    return {*re.findall(r"`(\w+)`", text)}


def test_tables_list_every_port() -> None:
    protocols = {each for each in ports.__all__ if isinstance(getattr(imgmeta, each), type)}

    assert set().union(*(names_in(row[0]) for row in ROWS)) == protocols


def test_listed_adapters_exist() -> None:
    paths = [*(ROOT / "src").rglob("*.py"), *(ROOT / "examples").rglob("*.py")]
    source = "\n".join(path.read_text("utf-8") for path in paths)
    defined = {*re.findall(r"^(?:class|def) (\w+)", source, re.MULTILINE)}
    adapters = [names_in(row[-1]) for row in ROWS]

    assert all(adapters)
    assert set().union(*adapters) <= defined
