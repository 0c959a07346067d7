import os
from pathlib import Path

import pytest

from imgmeta.adapters.filesystem import reading


@pytest.mark.parametrize("has_pread", [True, False])
def test_read_returns_the_bytes_at_an_offset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_pread: bool
) -> None:
    monkeypatch.setattr(reading, "_HAS_PREAD", has_pread)
    path = tmp_path / "a.bin"
    path.write_bytes(b"0123456789")
    file = os.open(path, reading.OPEN_FLAGS)
    try:
        assert reading.read_at(file, 3, 7) == b"789"
        assert reading.read_at(file, 9, 8) == b"89"
        assert reading.read_at(file, 2, 0) == b"01"
        assert reading.read_at(file, 1, 10) == b""
    finally:
        os.close(file)
