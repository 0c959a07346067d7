import struct
from datetime import datetime

import pytest

from imgmeta.formats.metadata.exif import read_exif
from support.images.samples import ASCII, RECONYX, UNDEFINED, tiff

TIME = {
    "taken_at": datetime(2026, 11, 23, 6, 51, 41),  # noqa: DTZ001 - the camera's clock has no time zone
    "taken_at_source": "MakerNotes:DateTimeOriginal",
}
MONTH_FIRST, DAY_FIRST = (41, 51, 6, 11, 23, 2026), (41, 51, 6, 23, 11, 2026)


def _read(note: bytes, *, make: bytes = b"", original: bytes = b"") -> dict[str, object]:
    first = {0x010F: (ASCII, make)} if make else {}
    date = {0x9003: (ASCII, original)} if original else {}
    fields = read_exif(tiff(first, exif={**date, 0x927C: (UNDEFINED, note)}))
    return {name: value for name, value in fields.items() if name != "camera_make"}


@pytest.mark.parametrize(
    "note",
    [
        RECONYX,
        RECONYX.replace(b"\xf1\3", b"\xf1\2"),
        RECONYX[:22] + struct.pack(">6H", *MONTH_FIRST),
        RECONYX + bytes(600),
        b"RECONYXUF\0".ljust(59, b"\0") + struct.pack("<5BH", *DAY_FIRST),
        b"RECONYXH2\0".ljust(62, b"\0") + struct.pack("<6H", *DAY_FIRST),
        b"RECONYXMF\0".ljust(78, b"\0") + struct.pack("<6H", *MONTH_FIRST),
        b"RECONYXHF4K\0".ljust(47, b"\0") + struct.pack("<5BH", *DAY_FIRST),
    ],
    ids=["hyperfire", "2", "big-endian", "long", "ultrafire", "hyperfire-2", "microfire", "4k"],
)
def test_date_in_the_note_is_read(note: bytes) -> None:
    assert _read(note) == TIME


def test_note_of_unknown_version_is_read_only_if_the_make_is_reconyx() -> None:
    note = b"\x01\xf1\7\0" + RECONYX[4:]

    assert _read(note) == {}
    assert _read(note, make=b"Acme\0") == {}
    assert _read(note, make=b"RECONYX\0") == TIME


def test_exif_date_takes_precedence_over_the_note() -> None:
    fields = _read(RECONYX, original=b"2024:05:06 07:08:09\0")

    assert fields["taken_at_source"] == "EXIF:DateTimeOriginal"


def test_note_is_used_if_the_exif_date_is_blank() -> None:
    assert _read(RECONYX, original=b"    :  :     :  :  \0") == TIME


@pytest.mark.parametrize(
    "note",
    [
        b"",
        RECONYX[:-1],
        RECONYX[:22] + bytes(12),
        RECONYX[:22] + b"\xff" * 12,
        RECONYX[:22] + struct.pack("<6H", 41, 51, 6, 13, 23, 2026),
        b"RECONYXUF\0",
        b"RECONYXZZ\0" + bytes(100),
        b"Nikon\0" + RECONYX,
    ],
    ids=["empty", "short", "zero", "ones", "month", "no-date", "unknown", "other"],
)
def test_note_without_a_valid_date_has_no_time(note: bytes) -> None:
    assert _read(note) == {}
