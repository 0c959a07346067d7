"""Capture time from IPTC data.

IPTC-IIM 4.2, section 6: datasets 2:55 and 2:60, mostly inside Adobe Photoshop's image resources
(Photoshop File Formats Specification, "Image resource blocks").
"""

import re
import struct

from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.fields import CameraFields

__all__ = ["MAX_IPTC", "read_iptc"]

MAX_IPTC = 64 * 1024
"""Maximum number of bytes of IPTC data to parse."""

_PHOTOSHOP = b"Photoshop 3.0\0"
_RESOURCE = b"8BIM"
_IPTC_RESOURCE = 0x0404
_DATASET = 0x1C
_DATE_CREATED, _TIME_CREATED = (2, 55), (2, 60)
_DATE = re.compile(rb"(\d{4})(\d\d)(\d\d)")
_TIME = re.compile(rb"(\d\d)(\d\d)(\d\d)([+-]\d{4})?")


def read_iptc(data: bytes) -> CameraFields:
    """Return the capture time if both date and time of day are present.

    Args:
        data: datasets, or the image resources that contain them.
    """
    data = data[:MAX_IPTC].removeprefix(_PHOTOSHOP)
    datasets = _datasets(_iptc_resource(data) if data.startswith(_RESOURCE) else data)
    date = _DATE.fullmatch(datasets.get(_DATE_CREATED, b""))
    time = _TIME.fullmatch(datasets.get(_TIME_CREATED, b""))
    if date is None or time is None:
        return {}
    hour, minute, second, offset = time.groups(default=b"")
    text = b":".join(date.groups()) + b" " + b":".join((hour, minute, second)) + offset
    return fields.capture_time(text.decode("ascii"), "IPTC:DateCreated")


def _iptc_resource(data: bytes) -> bytes:
    offset = 0
    while data[offset : offset + 4] == _RESOURCE and offset + 12 <= len(data):
        kind, name = struct.unpack_from(">HB", data, offset + 4)
        # The name with its length byte, and the data, are padded to an even length.
        start = offset + 6 + (name + 2) // 2 * 2 + 4
        length = int.from_bytes(data[start - 4 : start], "big")
        if kind == _IPTC_RESOURCE:
            return data[start : start + length]
        offset = start + length + length % 2
    return b""


def _datasets(data: bytes) -> dict[tuple[int, int], bytes]:
    result: dict[tuple[int, int], bytes] = {}
    offset = 0
    while offset + 5 <= len(data) and data[offset] == _DATASET:
        record, number, length = struct.unpack_from(">BBH", data, offset + 1)
        if length & 0x8000:
            # An extended dataset, which is longer than any date and comes after the dates.
            break
        start = offset + 5
        result.setdefault((record, number), data[start : start + length])
        offset = start + length
    return result
