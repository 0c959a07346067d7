"""Capture time from IPTC data.

IPTC-IIM 4.2, section 6: datasets 2:55 and 2:60, mostly inside Adobe Photoshop's image resources
(Photoshop File Formats Specification, "Image resource blocks").
"""

import hashlib
import re
import struct

from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.fields import CameraFields

__all__ = ["MAX_IPTC", "read_iptc"]

MAX_IPTC = 64 * 1024
"""Maximum number of bytes of IPTC data to parse."""

_PHOTOSHOP = b"Photoshop 3.0\0"
_RESOURCE = b"8BIM"
_IPTC_RESOURCE, _DIGEST_RESOURCE = 0x0404, 0x0425
_DATASET = 0x1C
_DATE_CREATED, _TIME_CREATED = (2, 55), (2, 60)
_DATE = re.compile(rb"(\d{4})(\d\d)(\d\d)")
_PADDING = b"\0 "
_TIME = re.compile(rb"(\d\d)(\d\d)(\d\d)([+-]\d{4})?")


def read_iptc(data: bytes) -> CameraFields:
    """Return the capture time if both date and time of day are present, else the day.

    Photoshop's digest of the data, if present, was computed when XMP was written. If it differs,
    the data was edited afterwards, and `iptc_edited` is true: the time replaces that of XMP
    (Guidelines for Handling Image Metadata 2.0, section 3).

    Args:
        data: datasets, or the image resources that contain them.
    """
    data = data[:MAX_IPTC].removeprefix(_PHOTOSHOP)
    resources = _resources(data)
    if data.startswith(_RESOURCE):
        data = resources.get(_IPTC_RESOURCE, b"")
    datasets = _datasets(data)
    date = _DATE.fullmatch(datasets.get(_DATE_CREATED, b"").strip(_PADDING))
    time = _TIME.fullmatch(datasets.get(_TIME_CREATED, b"").strip(_PADDING))
    if date is None:
        return {}
    text = b":".join(date.groups())
    if time is not None:
        hour, minute, second, offset = time.groups(default=b"")
        text += b" " + b":".join((hour, minute, second)) + offset
    result = fields.capture_time(text.decode("ascii"), "IPTC:DateCreated")
    digest = resources.get(_DIGEST_RESOURCE)
    if digest and digest != hashlib.md5(data, usedforsecurity=False).digest():
        result["iptc_edited"] = True
    return result


def _resources(data: bytes) -> dict[int, bytes]:
    result: dict[int, bytes] = {}
    offset = 0
    while data[offset : offset + 4] == _RESOURCE and offset + 12 <= len(data):
        kind, name = struct.unpack_from(">HB", data, offset + 4)
        # The name with its length byte, and the data, are padded to an even length.
        start = offset + 6 + (name + 2) // 2 * 2 + 4
        length = int.from_bytes(data[start - 4 : start], "big")
        if kind in {_IPTC_RESOURCE, _DIGEST_RESOURCE}:
            result.setdefault(kind, data[start : start + length])
        offset = start + length + length % 2
    return result


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
