"""Raw and JPEG XL files designed to consume time, memory or requests."""

import struct
import tracemalloc
from collections.abc import Callable

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.jxl_files import codestream, container, metadata_fields
from support.images.raw_files import (
    CANON_UUID,
    SUB_IFDS,
    camera,
    phase_one,
    preview,
    raf,
    raw_tiff,
    sensor,
)
from support.images.samples import LONG, box, directory, jpeg

SIZE = 3 * 2**30


def _distant_directories() -> SparseSource:
    """Return a NEF whose directories each point to sixteen others, far apart."""
    step = 10_000_000
    fields = {**preview(), SUB_IFDS: (LONG, [step * n for n in range(1, 17)])}
    start = b"II*\0\x08\0\0\0" + directory("<", 8, {**camera("NIKON"), **fields})
    parts = {step * n: directory("<", step * n, fields, next_offset=8) for n in range(1, 17)}
    return SparseSource(SIZE, {0: start, **parts})


def _raf_of_long_values() -> SparseSource:
    data = bytearray(raf())
    struct.pack_into(">I", data, 0x5C, 10_000_000)
    values = {10_000_004 + 65_539 * n: b"\2\0\xff\xff" for n in range(255)}
    return SparseSource(SIZE, {0: bytes(data), 10_000_000: b"\0\0\0\xff", **values})


def _huge_movie() -> SparseSource:
    head = box(b"ftyp", b"crx ", bytes(4)) + struct.pack(">I4s", 2**31, b"moov")
    block = struct.pack(">I4s", 2**30, b"CMT1")
    return SparseSource(
        SIZE, {0: head + struct.pack(">I4s", 2**31 - 8, b"uuid") + CANON_UUID + block}
    )


CASES: dict[str, Callable[[], BytesSource | SparseSource]] = {
    "distant directories": _distant_directories,
    "directories in a loop": lambda: BytesSource(
        raw_tiff(
            {**camera("NIKON"), **preview()}, subdirectories=[{SUB_IFDS: (LONG, [8, 8, 8])}] * 16
        )
    ),
    "directory of many entries": lambda: BytesSource(
        raw_tiff({**camera("SONY"), SUB_IFDS: (LONG, [200])}).ljust(200, b"\0") + b"\xff" * 10**6
    ),
    "phase one directory of many entries": lambda: BytesSource(
        raw_tiff(camera("Phase One"), note=phase_one(dict.fromkeys(range(10**5), 0)))
    ),
    "raf of long values": _raf_of_long_values,
    "raf of empty values": lambda: BytesSource(
        raf({}) + struct.pack(">I", 255) + b"\2\0\0\0" * 10**5
    ),
    "raf with a huge jpeg": lambda: BytesSource(
        raf()[:88] + b"\xff\xff\xff\xff" + raf()[92:] + bytes(10**6)
    ),
    "huge movie box": _huge_movie,
    "movie of boxes": lambda: BytesSource(
        box(b"ftyp", b"crx ", bytes(4))
        + box(b"moov", box(b"uuid", CANON_UUID, box(b"CMT1") * 10_000))
    ),
    "movie of tracks": lambda: BytesSource(
        box(b"ftyp", b"crx ", bytes(4)) + box(b"moov", box(b"uuid", CANON_UUID) * 10_000)
    ),
    "jxl of channels": lambda: BytesSource(
        codestream(*metadata_fields(channels=((3, 2), (4095, 12)))) + b"\xff" * 10_000
    ),
    "jxl of long names": lambda: BytesSource(
        codestream(*metadata_fields(channels=((3, 2), (4095, 12), *[(0, 1), (0, 2)] * 2000)))
    ),
    "jxl of parts": lambda: BytesSource(container(*[box(b"jxlp", bytes(4)) * 100_000])),
    "jxl of exif boxes": lambda: BytesSource(
        container(*[box(b"Exif", bytes(4), b"II*\0" + bytes(50))] * 10_000)
    ),
    "jxl with a huge box": lambda: SparseSource(
        SIZE, {0: container() + struct.pack(">I4s", 2**31, b"xml ")}
    ),
    "raw with a jpeg of segments": lambda: BytesSource(
        raf(block=b"").replace(jpeg(), jpeg(b"\xff\xe0\0\2" * 100_000))
    ),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_requests_bytes_and_memory_are_bounded(case: str) -> None:
    source = CASES[case]()
    reader = HeaderPropertyReader()
    reader.read(BytesSource(raw_tiff({**camera("NIKON"), **sensor(60, 40)})))
    tracemalloc.start()
    try:
        result = reader.read(source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(result, ImageProperties | Unreadable)
    assert len(source.ranges) <= 40
    assert source.fetched <= 4 * 1024 * 1024
    assert peak < 16 * 1024 * 1024
