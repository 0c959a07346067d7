from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from imgmeta import (
    AbsentObject,
    ByteSource,
    ConfigurationError,
    GpsPolicy,
    ImageProperties,
    ObjectLocation,
    PermanentError,
    Unreadable,
    UnreadableImageError,
)
from imgmeta.adapters.memory import InMemoryContent, InMemoryObjectStore
from imgmeta.service.reading import read_content, read_object

PARIS = ImageProperties(format="JPEG", latitude=48.858222, longitude=2.2945, altitude=35.0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOCATION = ObjectLocation("holiday", "a.jpg")


@dataclass
class FixedReader:
    result: ImageProperties | Unreadable
    version: int = 1

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        del content
        return self.result


def test_properties_of_a_readable_image_are_returned() -> None:
    assert read_content(InMemoryContent(b"x"), FixedReader(PARIS), name="a.jpg") == PARIS


@pytest.mark.parametrize(
    ("policy", "position"),
    [
        (GpsPolicy.KEEP, (48.858222, 2.2945, 35.0)),
        (GpsPolicy.ROUND, (48.86, 2.29, None)),
        (GpsPolicy.DROP, (None, None, None)),
    ],
)
def test_gps_policy_restricts_the_position(
    policy: GpsPolicy, position: tuple[float | None, ...]
) -> None:
    read = read_content(InMemoryContent(b"x"), FixedReader(PARIS), name="a.jpg", gps_policy=policy)

    assert (read.latitude, read.longitude, read.altitude) == position
    assert read.format == "JPEG"


def test_unreadable_image_raises_its_reason() -> None:
    reader = FixedReader(Unreadable(reason="an empty file"))

    with pytest.raises(UnreadableImageError, match=r"cannot read a\.jpg: an empty file") as raised:
        read_content(InMemoryContent(b""), reader, name="a.jpg")

    assert raised.value.reason == "an empty file"


def test_object_is_read_where_it_is() -> None:
    objects = InMemoryObjectStore()
    objects.put(LOCATION, b"x", last_modified=NOW)
    reader = FixedReader(PARIS)

    read = read_object(LOCATION, objects, reader, name="a.jpg", gps_policy=GpsPolicy.DROP)

    assert read == ImageProperties(format="JPEG")


def test_missing_object_is_a_configuration_error() -> None:
    assert InMemoryObjectStore().observe(LOCATION) == AbsentObject(LOCATION)
    with pytest.raises(ConfigurationError, match=r"s3://holiday/a\.jpg does not exist"):
        read_object(LOCATION, InMemoryObjectStore(), FixedReader(PARIS), name="s3://holiday/a.jpg")


def test_object_whose_bytes_cannot_be_read_raises_the_reason() -> None:
    objects = InMemoryObjectStore()
    objects.put(LOCATION, b"x", last_modified=NOW, content_error="archived (GLACIER)")

    with pytest.raises(PermanentError, match=r"cannot read a\.jpg: archived \(GLACIER\)"):
        read_object(LOCATION, objects, FixedReader(PARIS), name="a.jpg")
