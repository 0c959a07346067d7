"""Metadata text in a JPEG's APP12 segment: `[picture info]` and lines such as `FNumber=F2.8`.

Written by early cameras of Agfa, Olympus, Polaroid, Sanyo and others; the names are those of
ExifTool's table of APP12 tags.
"""

import re

from imgmeta.core.text import clean_text
from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.fields import CameraFields

__all__ = ["read_app12"]

# The value is matched by a lookahead because it may contain the next item.
_ITEM = re.compile(
    rb"(?<![\w#-])(TimeDate|Shutter|shtr|FNumber|[Mm]ake|[Mm]odel)=(?=([\x20-\x7e]{1,256}))"
)
# Items are separated by line breaks or spaces.
_NEXT_ITEM = re.compile(r"\s+[\w#-]+=|\[", re.ASCII)
_NUMBER = re.compile(r"[A-Za-z ]*(\d{1,15}(?:\.\d{1,15})?)", re.ASCII)
_NAMES = {"shtr": "Shutter", "make": "Make", "model": "Model"}
_TEXTS = {"Make": "camera_make", "Model": "camera_model"}
# Shutter is in microseconds.
_NUMBERS = {"Shutter": ("exposure_time", 1_000_000), "FNumber": ("f_number", 1)}


def read_app12(text: bytes) -> CameraFields:
    """Return the values of the items; of a repeated item, the first is used."""
    items: dict[str, str] = {}
    for item in _ITEM.finditer(text):
        name = item[1].decode("ascii")
        value = _NEXT_ITEM.split(item[2].decode("ascii"), maxsplit=1)[0].strip()
        items.setdefault(_NAMES.get(name, name), value)
    result = _capture_time(items.get("TimeDate", ""))
    for name in _TEXTS.keys() & items.keys():
        cleaned = clean_text(items[name])
        if cleaned is not None:
            result[_TEXTS[name]] = cleaned
    for name in _NUMBERS.keys() & items.keys():
        field, unit = _NUMBERS[name]
        match = _NUMBER.match(items[name])
        number = fields.positive_number(float(match[1]) / unit) if match else None
        if number is not None:
            result[field] = number
    return result


def _capture_time(value: str) -> CameraFields:
    """Return the time: Olympus writes seconds since 1970, other makers a date."""
    if value.isdigit():
        return fields.capture_time_from_seconds(int(value), "APP12:TimeDate")
    return fields.capture_time(value, "APP12:TimeDate")
