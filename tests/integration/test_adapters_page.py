"""docs/adapters.md shows the example package, and names all suites and strategies."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from imgmeta.core.notifications import Notification
from imgmeta.errors import PermanentError
from imgmeta.ports import ImageRepository
from imgmeta.testing import contracts, strategies
from imgmeta.testing.contracts.image_repository import GetContract
from imgmeta.testing.contracts.repository_listings import CountContract
from imgmeta.testing.contracts.repository_writes import PutContract
from imgmeta_jsonl import open_store

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "imgmeta-jsonl"
PAGE = (ROOT / "docs" / "adapters.md").read_text("utf-8")
FILES = {
    name: dedent(code)
    for name, code in re.findall(
        r"`([\w./]+)`[.:][^`]*?\n\n    ```\w+\n(.*?)    ```\n", PAGE, re.DOTALL
    )
}


def test_page_writes_a_package_of_four_files() -> None:
    assert list(FILES) == [
        "pyproject.toml",
        "src/imgmeta_jsonl/repository.py",
        "src/imgmeta_jsonl/__init__.py",
        "tests/test_repository.py",
    ]


@pytest.mark.parametrize("name", FILES)
def test_code_of_the_page_is_the_file_of_the_example(name: str) -> None:
    assert FILES[name] == (EXAMPLE / name).read_text("utf-8")


def test_repository_has_less_than_60_lines() -> None:
    assert len(FILES["src/imgmeta_jsonl/repository.py"].splitlines()) < 60


@pytest.mark.parametrize("name", [*contracts.__all__, *strategies.__all__])
def test_page_names_every_suite_and_strategy(name: str) -> None:
    assert re.search(rf"`{name}\b", PAGE)


class TestExampleRepository(GetContract, PutContract, CountContract):
    """A part of the suite; the nox session `build` runs all of it on the installed package."""

    @pytest.fixture
    def repository(self, tmp_path: Path) -> Iterator[ImageRepository]:
        with open_store(f"jsonl://{tmp_path}/index.jsonl") as repository:
            yield repository


class FileNotifier:
    """The notifier that the page assumes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def notify(self, notification: Notification, /) -> None:
        try:
            with self._path.open("a", encoding="utf-8", newline="") as file:
                file.write(f"{notification.subject()}\n{notification.text()}\n")
        except OSError as error:
            raise PermanentError(str(error)) from error


def notifier_suite_of_the_page() -> Any:  # noqa: ANN401 - a class that only the page defines
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {"__name__": "suite"}
    with pytest.MonkeyPatch.context() as patch:
        mine = cast("ModuleType", SimpleNamespace(FileNotifier=FileNotifier))
        patch.setitem(sys.modules, "mine", mine)
        exec(compile(code, "docs/adapters.md", "exec"), names)  # noqa: S102 - the code of the page
    return names["TestFileNotifier"]


TestNotifierOfThePage = notifier_suite_of_the_page()
