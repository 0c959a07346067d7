"""The code of docs/library.md runs."""

import re
from pathlib import Path

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.testing.strategies.record_examples import image_record

PAGE = (Path(__file__).parents[2] / "docs" / "library.md").read_text("utf-8")


def test_code_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with SQLiteImageRepository("photos.db") as repository:
        repository.put(image_record("a.jpg"), IfRevision(None))
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "library.md", "exec"), {})  # noqa: S102 - the page's own code
    shown = capsys.readouterr().out.splitlines()
    assert "object_key='a.jpg'" in shown[0]
    assert shown[1:] == ["1 records"]
