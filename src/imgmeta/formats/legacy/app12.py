"""What the text in a JPEG's APP12 segment says: `[picture info]` and lines such as `FNumber=F2.8`.

Cameras of Agfa, Olympus, Polaroid, Sanyo and others wrote it before EXIF, and some beside it; the
names are those of ExifTool's table of APP12 tags.
"""

import re

from imgmeta.core.text import clean_text
from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.fields import CameraFields

__all__ = ["read_picture_info"]

# The value is looked at and not consumed: it may hold the next item.
_ITEM = re.compile(
    rb"(?<![\w#-])(TimeDate|Shutter|shtr|FNumber|[Mm]ake|[Mm]odel)=(?=([\x20-\x7e]{1,256}))"
)
# Items mostly stand on lines of their own, but blanks between them are enough.
_NEXT_ITEM = re.compile(r"\s+[\w#-]+=|\[", re.ASCII)
_NUMBER = re.compile(r"[A-Za-z ]*(\d{1,15}(?:\.\d{1,15})?)", re.ASCII)
_NAMES = {"shtr": "Shutter", "make": "Make", "model": "Model"}
_TEXTS = {"Make": "camera_make", "Model": "camera_model"}
# Shutter is in microseconds.
_NUMBERS = {"Shutter": ("exposure_time", 1_000_000), "FNumber": ("f_number", 1)}


def read_picture_info(text: bytes) -> CameraFields:
    """Return what the items say, in names of `ImageProperties`; of two alike, the first counts."""
    items: dict[str, str] = {}
    for item in _ITEM.finditer(text):
        name = item[1].decode("ascii")
        value = _NEXT_ITEM.split(item[2].decode("ascii"), maxsplit=1)[0].strip()
        items.setdefault(_NAMES.get(name, name), value)
    result = _time(items.get("TimeDate", ""))
    for name in _TEXTS.keys() & items.keys():
        cleaned = clean_text(items[name])
        if cleaned is not None:
            result[_TEXTS[name]] = cleaned
    for name in _NUMBERS.keys() & items.keys():
        field, unit = _NUMBERS[name]
        match = _NUMBER.match(items[name])
        number = fields.exposure(float(match[1]) / unit) if match else None
        if number is not None:
            result[field] = number
    return result


def _time(value: str) -> CameraFields:
    """Return the time: of an Olympus, seconds since 1970; of others, a date."""
    if value.isdigit():
        return fields.taken_after_1970(int(value), "APP12:TimeDate")
    return fields.taken(value, "APP12:TimeDate")
