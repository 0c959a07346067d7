from pathlib import Path

import pytest

TEXT = b"This is a text file."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(TEXT)
    (folder / "b.PNG").write_bytes(TEXT)
    (folder / "notes.txt").write_bytes(TEXT)
    return folder
