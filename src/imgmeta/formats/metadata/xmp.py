"""Camera, GPS position and time from an XMP packet.

XMP Specification, part 1 (ISO 16684-1), section 7; part 2, section 3; Exif 2.32 for XMP
(CIPA DC-010).
"""

import math
import re
from collections.abc import Callable, Collection
from xml.parsers import expat

from imgmeta.core.text import clean_text
from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.fields import CameraFields, FieldValue

__all__ = ["MAX_PACKET", "has_properties", "read_xmp"]

MAX_PACKET = 1024 * 1024
"""Maximum number of bytes of a packet to parse."""

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
_TIFF = "http://ns.adobe.com/tiff/1.0/ "
_EXIF = "http://ns.adobe.com/exif/1.0/ "
_AUX = "http://ns.adobe.com/exif/1.0/aux/ "
_EXIF_EX = "http://cipa.jp/exif/1.0/ "
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/ "
_XMP = "http://ns.adobe.com/xap/1.0/ "

_ROOT, _DESCRIPTION = _RDF + "RDF", _RDF + "Description"

_DATES = {
    _EXIF + "DateTimeOriginal": "XMP:exif:DateTimeOriginal",
    _PHOTOSHOP + "DateCreated": "XMP:photoshop:DateCreated",
    _XMP + "CreateDate": "XMP:xmp:CreateDate",
}

# The XMP properties for each field of the record, in order of precedence.
_PROPERTIES: dict[str, tuple[str, ...]] = {
    "camera_make": (_TIFF + "Make",),
    "camera_model": (_TIFF + "Model",),
    "lens_model": (_EXIF_EX + "LensModel", _AUX + "Lens"),
    "orientation": (_TIFF + "Orientation",),
    "exposure_time": (_EXIF + "ExposureTime",),
    "f_number": (_EXIF + "FNumber",),
    "focal_length": (_EXIF + "FocalLength",),
    "iso": (_EXIF_EX + "PhotographicSensitivity", _EXIF + "ISOSpeedRatings"),
    "latitude": (_EXIF + "GPSLatitude",),
    "longitude": (_EXIF + "GPSLongitude",),
    "altitude": (_EXIF + "GPSAltitude",),
    "taken_at": tuple(_DATES),
}
_REFERENCES = frozenset(_EXIF + f"GPS{name}Ref" for name in ("Latitude", "Longitude", "Altitude"))
_GPS = frozenset(_EXIF + f"GPS{name}" for name in ("Latitude", "Longitude", "Altitude"))
_WANTED = _REFERENCES | {name for names in _PROPERTIES.values() for name in names}
_FIELDS = {
    name.rpartition(" ")[2].encode(): field
    for field, names in _PROPERTIES.items()
    for name in names
}
"""The local names of these properties, and their fields."""

# Longer names come first, because others begin with a shorter one.
_NAME = re.compile(rb":(" + b"|".join(sorted(_FIELDS, reverse=True)) + b")")
_NUMBER = r"[-+]?(?:\d{1,15}(?:\.\d{0,60})?|\.\d{1,60})"
_SIXTIETHS = r"(?:(?:[\s,;:°']|deg)+(\d{1,2}(?:\.\d{0,60})?))?"
_COORDINATE = re.compile(
    rf"({_NUMBER}){_SIXTIETHS}{_SIXTIETHS}[\s°'\"]*([NSEW]?)", re.ASCII | re.IGNORECASE
)
_FRACTION = re.compile(
    rf"({_NUMBER}(?:e[-+]?\d{{1,2}})?)(?:/(\d{{1,15}}))?", re.ASCII | re.IGNORECASE
)
_CONTROL_CHARACTER = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f]")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)")
_INVALID_UTF_8 = re.compile("[\udc80-\udcff]")
_MAX_VALUE = 1024
_UNKNOWN_LEVEL = MAX_PACKET
"""A depth that no element reaches."""


def read_xmp(packet: bytes, known: Collection[str] = ()) -> CameraFields:
    """Return the values in a packet for all fields that are not in `known`.

    The packet is only parsed up to the last name of such a field. From a damaged or truncated
    packet, the values before the damage are returned; a packet with a document type is ignored.
    """
    packet = packet[:MAX_PACKET]
    if not _is_utf_16(packet):
        last = 0
        for match in _NAME.finditer(packet):
            if _FIELDS[match[1]] not in known:
                last = match.end()
        if not last:
            return {}
        # The value has ended by the following tag: attributes cannot contain its first character.
        end = packet.find(b"<", last)
        packet = packet[:end] if end > 0 else packet
    result = _fields(_parse(packet))
    return {name: value for name, value in result.items() if name not in known}


def has_properties(part: bytes) -> bool:
    """Return whether a part of a packet names a property that `read_xmp` reads."""
    return _NAME.search(part) is not None


def _is_utf_16(packet: bytes) -> bool:
    return b"\0" in packet[:8]


class _ForbiddenDoctypeError(Exception):
    pass


class _Collector:
    """Collects the wanted properties of the packet's main resource: attributes or elements.

    Nested resources, such as the ingredients of a composite, describe other images.
    """

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.values: dict[str, str] = {}
        self._parser = parser
        self._depth = 0
        # The depth of the properties: two levels below the root, once that was found.
        self._level = _UNKNOWN_LEVEL
        self._property: str | None = None
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth = depth = self._depth + 1
        if depth > self._level:
            return
        if depth == self._level:
            if name in _WANTED:
                self._property, self._text = name, ""
                self._parser.CharacterDataHandler = self.text
        elif depth == self._level - 1:
            if name == _DESCRIPTION:
                for key in _WANTED & attributes.keys():
                    self.values.setdefault(key, attributes[key])
        elif name == _ROOT and self._level == _UNKNOWN_LEVEL:
            self._level = depth + 2

    def text(self, data: str) -> None:
        if len(self._text) < _MAX_VALUE:
            self._text += data[:_MAX_VALUE]

    def end(self, _name: str) -> None:
        if self._property is not None:
            # The end of a list item: only the first item is kept.
            if self._text.strip():
                self.values.setdefault(self._property, self._text.strip())
            if self._depth == self._level:
                self._property = None
                # Most of the text in a large packet belongs to other properties.
                self._parser.CharacterDataHandler = None
        self._depth -= 1


def _reject_doctype(*_: object) -> None:
    raise _ForbiddenDoctypeError


def _parse(packet: bytes) -> dict[str, str]:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    collector = _Collector(parser)
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.StartDoctypeDeclHandler = _reject_doctype
    parser.EntityDeclHandler = _reject_doctype
    try:
        parser.Parse(packet.strip(b"\0 \t\r\n"))
    except expat.ExpatError:
        repaired = _repair(packet)
        return collector.values if repaired == packet else _parse(repaired)
    except _ForbiddenDoctypeError:
        return {}
    return collector.values


def _repair(packet: bytes) -> bytes:
    """Return a UTF-8 packet with common errors corrected.

    Corrects Latin-1 bytes, control characters and unescaped ampersands.
    """
    if _is_utf_16(packet):
        return packet
    text = packet.decode("utf-8", "surrogateescape")
    text = _INVALID_UTF_8.sub(lambda escaped: chr(ord(escaped[0]) & 0xFF), text)
    return _BARE_AMPERSAND.sub("&amp;", _CONTROL_CHARACTER.sub(" ", text)).encode()


def _fields(values: dict[str, str]) -> CameraFields:
    result = _gps_position(values) if not _GPS.isdisjoint(values) else {}
    for name, convert in _CONVERTERS.items():
        for key in _PROPERTIES[name]:
            if key in values:
                value = convert(values[key]) if values[key] else None
                if value is not None:
                    result[name] = value
                break
    for name, source in _DATES.items():
        if name in values and "taken_at" not in result:
            result = fields.merge(result, fields.capture_time(values[name], source))
    return result


def _gps_position(values: dict[str, str]) -> CameraFields:
    latitude = _degrees(values, "GPSLatitude", "NS")
    longitude = _degrees(values, "GPSLongitude", "EW")
    result: CameraFields = {}
    if latitude is not None and longitude is not None:
        position = fields.coordinates(latitude, longitude)
        if position is None:
            return result
        result["latitude"], result["longitude"] = position
    below = fields.below_sea_level(values.get(_EXIF + "GPSAltitudeRef", ""))
    meters = fields.altitude(_number(values.get(_EXIF + "GPSAltitude", "")), below=below)
    if meters is not None:
        result["altitude"] = meters
    return result


def _degrees(values: dict[str, str], name: str, letters: str) -> float | None:
    """Return a coordinate; None if it is missing, NaN if it is invalid or contradictory.

    The hemisphere is the letter after the value, or a property of its own beside an unsigned value,
    as in EXIF and in the exports of Apple Photos.
    """
    text = values.get(_EXIF + name)
    if text is None:
        return None
    match = _COORDINATE.fullmatch(text.strip())
    if match is None:
        return math.nan
    degrees, minutes, seconds, hemisphere = match.groups(default="")
    return fields.signed_degrees(
        abs(float(degrees)) + float(minutes or 0) / 60 + float(seconds or 0) / 3600,
        letters=letters,
        hemispheres=(hemisphere, values.get(_EXIF + name + "Ref", "")),
        negative=degrees.startswith("-"),
    )


def _number(text: str) -> float:
    match = _FRACTION.fullmatch(text.strip())
    if match is None:
        return math.nan
    return fields.rational(float(match[1]), float(match[2] or 1))


_CONVERTERS: dict[str, Callable[[str], FieldValue | None]] = {
    "camera_make": clean_text,
    "camera_model": clean_text,
    "lens_model": clean_text,
    "orientation": lambda text: fields.orientation(_number(text)),
    "exposure_time": lambda text: fields.positive_number(_number(text)),
    "f_number": lambda text: fields.positive_number(_number(text)),
    "focal_length": lambda text: fields.positive_number(_number(text)),
    "iso": lambda text: fields.iso_sensitivity(_number(text)),
}
