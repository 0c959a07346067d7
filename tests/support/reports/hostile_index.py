"""An index with texts that try to break the page of a report."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from imgmeta.core.records import ImageRecord, Status
from imgmeta.testing.strategies.record_examples import image_record
from support.images.thumbnails import pattern, photo

__all__ = ["TEXTS", "hostile_records", "write_hostile_photos"]

SCRIPT = "<script>document.title='hacked'</script>"

TEXTS = (
    SCRIPT,
    "\"><img src=x onerror=document.title='hacked'>",
    "' onmouseover='document.title=1' style='position:fixed;inset:0",
    '<a href="javascript:document.title=1">camera</a>',
    "</style></title></script></svg><svg onload=document.title=1>",
    "<iframe src=https://example.com></iframe><link rel=stylesheet href=//example.com>",
    "<style>*{display:none}</style><base href=https://example.com>",
    "<!-- ]]> <?xml --> <![CDATA[ &amp; &#60;script&#62;",
    "{{ 7 * 7 }}{% include 'report.css' %}${7*7}#{7*7}",
    "\u202egnp.exe \u2066\u2067\u2068 \u200f abc",
    "\x1b[31mred\x1b[0m\x07\x00\x85\r\nnext line\u2028\u2029",
    "Z\u0351\u036b\u0343\u036a\u0302\u0363a\u0300\u0301\u0302\u0303lgo" + "\u0316" * 60,
    "\u05e9\u05dc\u05d5\u05dd \u0639\u062f\u0633\u0629 lens",
    "\U0001f4f7\U000e0001\ufeff\u00ad\u2060\ue000\ufffe",
    "W" * 256,
    "\u6f22" * 256,
    "a b" * 85,
)
"""Texts up to the longest one that a record may have from a file: 256 characters."""

LONG_KEYS = ("W" * 10_000, "\u6f22" * 10_000, "a/" * 5_000, "../" * 3_000, "https://x/" * 1_000)

_NAMES = (
    b"<img src=x onerror=document.title=1>.jpg",
    b"\xff\xfe\x80 not UTF-8.jpg",
    b"\"quotes' & <ampersand>.jpg",
    "\u202egpj.jpg".encode(),
    b"new\nline\t\x1b[31m.jpg",
    b"W" * 250 + b".jpg",
)
_MOMENT = datetime(2026, 6, 7, 8, 9, 10, tzinfo=UTC)


def hostile_records() -> Iterator[ImageRecord]:
    """Yield records whose keys, metadata and errors are hostile texts."""
    numbers = count()
    for text in (*TEXTS, *LONG_KEYS):
        for status in (Status.PROCESSED, Status.FAILED, Status.DELETED):
            number = next(numbers)
            yield _record(f"{number}/{text}", text[:256], number, status)


def write_hostile_photos(folder: Path) -> None:
    """Write photos with hostile names; some of their thumbnails are not pictures."""
    payload = b"\xff\xd8" + SCRIPT.encode()
    for number, name in enumerate(_NAMES):
        path = os.fsencode(folder) + b"/" + name
        content = photo(pattern(number + 1), comment=SCRIPT.encode())
        with open(path, "wb") as file:  # noqa: PTH123 - Path does not support bytes
            file.write(content)
        with open(path[:-5] + b".jpeg", "wb") as file:  # noqa: PTH123 - as above
            file.write(photo(payload))


def _record(key: str, text: str, number: int, status: Status) -> ImageRecord:
    moment = _MOMENT + timedelta(days=number)
    common = {
        "status": status,
        "file_size": 1000 + number // 6,
        "etag": f"e{number}",
        "content_hash": f"md5:{number // 6:032x}",
        "upload_timestamp": int(moment.timestamp()),
        "upload_date": moment,
        "last_modified": moment,
    }
    if status is not Status.PROCESSED:
        return image_record(key, **common, error=text)
    return image_record(
        key,
        **common,
        format=text,
        mime_type=text,
        display_width=4000,
        display_height=3000,
        camera_make=text,
        camera_model=text,
        lens_model=text,
        taken_at=moment.replace(tzinfo=None),
        latitude=-90 + number * 2.5,
        longitude=-180 + number * 5.0,
        complete=False,
        partial_metadata=True,
        content_error=text,
        has_thumbnail=True,
    )
