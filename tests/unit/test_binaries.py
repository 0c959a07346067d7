"""What is left out of binaries, and that they run all the same."""

import importlib.util
import platform
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.binaries import stripped

MAGIC = b"\x7fELF\x02\x01\x01"


def binary(
    *segments: tuple[int, int], length: int, table: int = 64, entry: int = 56, number: int = 0
) -> bytes:
    """Return a binary of so many bytes, no two neighbours alike, with segments at these places."""
    content = bytearray(bytes(range(1, 252)) * (length // 251 + 1))[:length]
    content[:64] = MAGIC.ljust(64, b"\x01")
    struct.pack_into("<QQ", content, 0x20, table, 777)
    struct.pack_into("<HHHHH", content, 0x36, entry, number or len(segments), 64, 9, 8)
    for index, (start, stop) in enumerate(segments):
        struct.pack_into(
            "<IIQQQQQQ", content, table + 56 * index, 1, 5, start, 0, 0, stop - start, 0, 0
        )
    return bytes(content)


def test_what_is_in_a_segment_stays_where_it_is() -> None:
    before = binary((0, 300), (500, 700), length=1000)
    after = stripped(before)
    assert after[64:300] == before[64:300]
    assert after[500:700] == before[500:700]


def test_what_is_between_segments_is_zeros_and_what_is_behind_them_is_gone() -> None:
    after = stripped(binary((0, 300), (500, 700), length=1000))
    assert len(after) == 700
    assert after[300:500] == bytes(200)


def test_the_table_of_segments_stays_wherever_it_is() -> None:
    before = binary((0, 100), (100, 200), length=1000, table=600)
    after = stripped(before)
    assert len(after) == 600 + 2 * 56
    assert after[600:] == before[600:712]


def test_no_table_of_sections_is_left() -> None:
    before = binary((0, 300), length=400)
    after = stripped(before)
    assert struct.unpack_from("<Q", after, 0x28) == (0,)
    assert struct.unpack_from("<HH", after, 0x3C) == (0, 0)
    assert after[:0x28] == before[:0x28]
    assert after[0x30:0x3C] == before[0x30:0x3C]


def test_what_is_stripped_already_stays_as_it_is() -> None:
    once = stripped(binary((0, 300), (500, 700), length=1000))
    assert stripped(once) == once


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"import this\n",
        MAGIC,
        b"\x7fELF\x01\x01".ljust(100, b"\1"),  # of 32 bits
        b"\x7fELF\x02\x02".ljust(100, b"\1"),  # big endian
        binary(length=200),  # nothing to load, as an object file has it
        binary((0, 100), length=200, entry=32),
        binary((0, 100), length=200, table=144, number=2),
        binary((0, 500), length=200),
        binary((0, 100), length=200, number=60_000),
    ],
)
def test_what_is_no_whole_binary_of_this_kind_stays_as_it_is(content: bytes) -> None:
    assert stripped(content) == content


@given(st.binary(max_size=300))
def test_whatever_begins_as_a_binary_gets_no_longer(rest: bytes) -> None:
    content = MAGIC + rest
    after = stripped(content)
    assert len(after) <= len(content)
    assert stripped(after) == after


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="needs a Linux whose binaries are those of AWS Lambda",
)
def test_a_real_extension_module_works_without_what_was_left_out(tmp_path: Path) -> None:
    found = importlib.util.find_spec("PIL")
    assert found is not None
    assert found.origin is not None
    pillow = Path(found.origin).parent
    copy = tmp_path / "PIL"
    shutil.copytree(pillow, copy, ignore=shutil.ignore_patterns("__pycache__"))
    libraries = pillow.parent / "pillow.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, tmp_path / "pillow.libs")
    changed = 0
    for path in tmp_path.rglob("*.so*"):
        before = path.read_bytes()
        path.write_bytes(stripped(before))
        changed += path.read_bytes() != before
    assert changed > 0
    code = (
        "import io, PIL; from PIL import Image; b = io.BytesIO();"
        "Image.new('RGB', (9, 7)).save(b, 'JPEG');"
        "print(PIL.__file__, Image.open(b).convert('L').size)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{copy}/__init__.py (9, 7)\n"
