from datetime import UTC, datetime

import pytest

from imgmeta.formats.metadata.xmp import read_xmp
from support.images.samples import xmp

EVERYTHING = {
    "camera_make": "Acme",
    "camera_model": "Model X",
    "lens_model": "50mm",
    "orientation": 6,
    "exposure_time": 0.005,
    "f_number": 5.6,
    "focal_length": 50.0,
    "iso": 320,
    "latitude": pytest.approx(39 + 3.08 / 60),
    "longitude": pytest.approx(-94.2925),
    "altitude": -100.0,
    "taken_at": datetime(2020, 1, 2, 3, 4, 5, 600_000),  # noqa: DTZ001 - local time, as written
    "taken_at_offset": "+02:00",
    "taken_at_utc": datetime(2020, 1, 2, 1, 4, 5, 600_000, tzinfo=UTC),
    "taken_at_source": "XMP:exif:DateTimeOriginal",
}
VALUES = {
    "tiff:Make": "Acme",
    "tiff:Model": "Model X",
    "tiff:Orientation": "6",
    "exifEX:LensModel": "50mm",
    "exif:ExposureTime": "1/200",
    "exif:FNumber": "56/10",
    "exif:FocalLength": "50",
    "exif:GPSLatitude": "39,3.08N",
    "exif:GPSLongitude": "94,17,33W",
    "exif:GPSAltitude": "1000/10",
    "exif:GPSAltitudeRef": "1",
    "exif:DateTimeOriginal": "2020-01-02T03:04:05.6+02:00",
}
ISO = (
    "<exif:ISOSpeedRatings><rdf:Seq>\n<rdf:li>320</rdf:li><rdf:li>9</rdf:li></rdf:Seq>"
    "</exif:ISOSpeedRatings>"
)


def test_attributes_and_elements_are_equivalent() -> None:
    attributes = " ".join(f'{name}="{value}"' for name, value in VALUES.items())
    elements = "".join(f"<{name}> {value}\n</{name}>" for name, value in VALUES.items())

    assert read_xmp(xmp(attributes, ISO)) == EVERYTHING
    assert read_xmp(xmp("", elements + ISO)) == EVERYTHING


def test_known_fields_are_not_returned() -> None:
    packet = xmp('tiff:Make="Acme" tiff:Model="X"')

    assert read_xmp(packet, {"camera_make"}) == {"camera_model": "X"}
    assert read_xmp(packet, {"camera_make", "camera_model"}) == {}


@pytest.mark.parametrize(
    ("properties", "fields"),
    [
        ('aux:Lens="24-70"', {"lens_model": "24-70"}),
        ('aux:Lens="24-70" exifEX:LensModel="EF 24-70"', {"lens_model": "EF 24-70"}),
        ('exifEX:PhotographicSensitivity="64"', {"iso": 64}),
        ('tiff:Orientation="9"', {}),
        ('tiff:Make="  "', {}),
        ('exif:FNumber="1/0"', {}),
        ('exif:FNumber="f/4"', {}),
        ('exif:GPSLatitude="39,3.08N"', {}),
        ('exif:GPSLatitude="0,0N" exif:GPSLongitude="0,0E"', {}),
        ('exif:GPSLatitude="north" exif:GPSLongitude="0,0E"', {}),
        ('exif:GPSLatitude="-12.5" exif:GPSLongitude="7"', {"latitude": -12.5, "longitude": 7.0}),
        ('exif:FNumber=".5"', {"f_number": 0.5}),
        ('exif:FNumber="+4."', {"f_number": 4.0}),
        ('exif:ExposureTime="1.25e-03"', {"exposure_time": 0.00125}),
        ('exif:DateTimeOriginal="2020-01-02"', {"taken_on": "2020-01-02"}),
        ('exif:DateTimeOriginal="2020-13-02"', {}),
    ],
)
def test_invalid_values_are_ignored(properties: str, fields: dict[str, object]) -> None:
    assert read_xmp(xmp(properties)) == fields


@pytest.mark.parametrize(
    ("latitude", "degrees"),
    [
        ("12,30.5N", 12.508333333),
        ("12, 30 S", -12.5),
        ("012,30,0.50000000000000000000000000000N", 12.500138889),
        ("12 deg 30' 10.5&quot; S", -12.502916667),
        ("12°30'15&quot;N", 12.504166667),
        ("12:30:15", 12.504166667),
        ("+12.5", 12.5),
        ("-12,30", -12.5),
        ("-12.5S", -12.5),
        ("12.5n", 12.5),
        (".5", 0.5),
        ("12.", 12.0),
    ],
)
def test_nonstandard_coordinates_are_read(latitude: str, degrees: float) -> None:
    fields = read_xmp(xmp(f'exif:GPSLatitude="{latitude}" exif:GPSLongitude="7"'))

    assert fields["latitude"] == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize(
    ("longitude", "reference", "degrees"),
    [
        ("14.1606695", "W", -14.1606695),
        ("14.1606695", "West", -14.1606695),
        ("14.1606695", " e ", 14.1606695),
        ("14,9.64017", "W", -14.1606695),
        ("14,9.64017W", "W", -14.1606695),
        ("14,9.64017W", "", -14.1606695),
        ("-14.1606695", "W", -14.1606695),
        ("-14.1606695", "", -14.1606695),
        ("14,9.64017E", "W", None),
        ("14,9.64017W", "E", None),
        ("-14.1606695", "E", None),
        ("-14.1606695E", "", None),
        ("14.1606695", "S", None),
        ("14.1606695N", "", None),
        ("14.1606695", "?", None),
    ],
)
def test_coordinate_has_the_hemisphere_of_its_reference(
    longitude: str, reference: str, degrees: float | None
) -> None:
    packet = xmp(
        f'exif:GPSLatitude="28.18N" exif:GPSLongitude="{longitude}" exif:GPSAltitude="100"'
        f' exif:GPSLongitudeRef="{reference}"'
    )

    fields = read_xmp(packet)

    if degrees is None:
        assert fields == {}
    else:
        assert fields["longitude"] == pytest.approx(degrees, abs=1e-6)
        assert fields["altitude"] == 100


@pytest.mark.parametrize(
    ("altitude", "reference", "meters"),
    [
        ("12.5", "", 12.5),
        ("12.5", "0", 12.5),
        ("12.5", "1", -12.5),
        ("25/2", "3", -12.5),
        ("-12.5", "", -12.5),
        ("-12.5", "1", -12.5),
        ("-12.5", "0", None),
        ("4294967295/10", "0", None),
        ("65535", "0", None),
    ],
)
def test_altitude_that_contradicts_its_reference_is_ignored(
    altitude: str, reference: str, meters: float | None
) -> None:
    fields = read_xmp(xmp(f'exif:GPSAltitude="{altitude}" exif:GPSAltitudeRef="{reference}"'))

    assert fields.get("altitude") == meters


@pytest.mark.parametrize(
    ("properties", "source"),
    [
        ('photoshop:DateCreated="2019-05-19T12:40:50+01:00"', "XMP:photoshop:DateCreated"),
        ('xmp:CreateDate="2019-05-19T12:40:50+01:00"', "XMP:xmp:CreateDate"),
        (
            'xmp:CreateDate="2021-01-01T10:00" photoshop:DateCreated="2019-05-19T12:40:50+01:00"',
            "XMP:photoshop:DateCreated",
        ),
        (
            'photoshop:DateCreated="2021-01" exif:DateTimeOriginal="2019-05-19T12:40:50+01:00"',
            "XMP:exif:DateTimeOriginal",
        ),
        (
            'photoshop:DateCreated="2019-05-19" xmp:CreateDate="2019-05-19T12:40:50+01:00"',
            "XMP:xmp:CreateDate",
        ),
    ],
)
def test_time_of_the_original_takes_precedence(properties: str, source: str) -> None:
    fields = read_xmp(xmp(properties))

    assert fields["taken_at_source"] == source
    assert fields["taken_at_offset"] == "+01:00"
    assert fields["taken_at_utc"] == datetime(2019, 5, 19, 11, 40, 50, tzinfo=UTC)


def test_creation_date_in_an_element_has_no_offset_if_it_states_none() -> None:
    element = "<photoshop:DateCreated>2016-01-28T12:21:20</photoshop:DateCreated>"

    assert read_xmp(xmp("", element)) == {
        "taken_at": datetime(2016, 1, 28, 12, 21, 20),  # noqa: DTZ001 - local time, as written
        "taken_at_source": "XMP:photoshop:DateCreated",
    }


@pytest.mark.parametrize(
    "properties",
    [
        'xmp:ModifyDate="2019-05-19T12:40:50"',
        'xmp:MetadataDate="2019-05-19T12:40:50"',
        'exif:DateTimeOriginal="2019-05-19T12:40:50 or later"',
        'photoshop:DateCreated="2019-05-19T12:40:50 ?"',
        'photoshop:DateCreated="0001-01-01T00:00:00"',
    ],
)
def test_other_dates_and_unread_dates_are_not_the_capture_time(properties: str) -> None:
    assert read_xmp(xmp(properties)) == {}


@pytest.mark.parametrize(
    "properties",
    [
        'exif:PhotographicSensitivity="0" exif:ISOSpeedRatings="65535"',
        'exifEX:PhotographicSensitivity="4294967295"',
        'exif:FNumber="4294967295/1"',
        'exif:FNumber="4294967295/4294967295"',
        'exif:ExposureTime="0/0"',
        'exif:FocalLength="65535/1"',
        'exif:GPSLatitude="4294967295" exif:GPSLongitude="7"',
        'tiff:Orientation="65535"',
    ],
)
def test_values_that_mean_unknown_are_ignored(properties: str) -> None:
    assert read_xmp(xmp(properties)) == {}


@pytest.mark.parametrize(
    ("written", "make"),
    [
        (b"M\xfcller", "Müller"),
        (b"A & B", "A & B"),
        (b"A &nbsp; B", "A &nbsp; B"),
        (b"A\x0bB", "A B"),
    ],
    ids=["latin-1", "ampersand", "entity", "control"],
)
def test_packet_with_invalid_characters_is_read(written: bytes, make: str) -> None:
    packet = xmp('tiff:Make="MAKE" tiff:Model="Größe &amp; Co"').replace(b"MAKE", written)

    assert read_xmp(packet) == {"camera_make": make, "camera_model": "Größe & Co"}


def test_nested_resources_are_ignored() -> None:
    nested = (
        '<aux:Pantry><rdf:Bag><rdf:li><rdf:Description tiff:Make="Other">'
        "<tiff:Model>Other</tiff:Model></rdf:Description></rdf:li></rdf:Bag></aux:Pantry>"
    )

    assert read_xmp(xmp('tiff:Orientation="3"', nested)) == {"orientation": 3}


def test_only_the_first_resource_is_read_wherever_others_begin() -> None:
    resource = xmp('tiff:Make="Acme"')
    other = xmp('tiff:Make="Other" tiff:Model="Other"')
    packet = b"<all><part>" + resource + b"</part>" + other + b"</all>"

    assert read_xmp(packet) == {"camera_make": "Acme"}


def test_values_before_the_end_of_a_truncated_packet_are_read() -> None:
    packet = xmp("", "<tiff:Make>Acme</tiff:Make><tiff:Model>X</tiff:Model>")

    assert read_xmp(packet[: packet.index(b"<tiff:Model>") + 13]) == {"camera_make": "Acme"}


def test_attribute_after_the_last_property_may_contain_the_end_of_a_tag() -> None:
    packet = xmp('tiff:Make="Acme" aux:Note="1 > 0"', "<aux:Firmware>2</aux:Firmware>")

    assert read_xmp(packet) == {"camera_make": "Acme"}


def test_damage_after_the_last_property_does_not_matter() -> None:
    packet = xmp("", "<tiff:Make>Acme</tiff:Make><aux:Firmware>2</aux:Note>")

    assert read_xmp(packet) == {"camera_make": "Acme"}


def test_packet_with_a_document_type_is_ignored() -> None:
    packet = b'<!DOCTYPE x [<!ENTITY a "b">]>' + xmp('tiff:Make="Acme"').partition(b"?>")[2]

    assert read_xmp(packet) == {}


def test_utf_16_packet_is_read() -> None:
    packet = xmp('tiff:Make="Ärzte"').decode().partition("?>")[2].encode("utf-16")

    assert read_xmp(packet) == {"camera_make": "Ärzte"}


@pytest.mark.parametrize("packet", [b"", b"no xml :Make", b"\0\0\0\0", b"<x :Make"])
def test_invalid_packet_has_no_values(packet: bytes) -> None:
    assert read_xmp(packet) == {}
