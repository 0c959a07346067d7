from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from imgmeta.adapters.memory import InMemoryObjectStore
from imgmeta.core.objects import ByteSource, ObjectLocation, Observation
from imgmeta.core.pictures import Picture
from imgmeta.core.properties import ImageProperties
from imgmeta.core.reports import Sample, Thumbnail
from imgmeta.errors import PermanentError, TransientError
from imgmeta.service.contact_sheet import load_thumbnails

MOMENT = datetime(2026, 6, 7, tzinfo=UTC)
SMALL = 100
LARGE = 500_000


class Copier:
    """Takes the whole content of an image for its thumbnail, unless it is empty."""

    def __init__(self) -> None:
        self.images: list[ImageProperties] = []

    def copy(self, content: ByteSource, image: ImageProperties) -> Picture | None:
        self.images.append(image)
        data = content.read(0, content.size) if content.size else b""
        if data == b"error":
            msg = "the file cannot be read now"
            raise TransientError(msg)
        return Picture(data, "image/jpeg", 160, 120) if data else None


class Objects(InMemoryObjectStore):
    """Photos of a folder, which counts the observations."""

    def __init__(self, failing: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.observed: list[str] = []
        self._failing = failing

    def observe(self, location: ObjectLocation) -> Observation:
        self.observed.append(location.key)
        if location.key in self._failing:
            msg = "the disk does not respond"
            raise PermanentError(msg)
        return super().observe(location)

    def sample(self, key: str, content: bytes = b"x" * SMALL, error: str | None = None) -> Sample:
        location = ObjectLocation("file://", key)
        stored = self.put(location, content, last_modified=MOMENT, content_error=error)
        return Sample(location, None, None, 6, 300, 400, stored.etag, stored.size)


def loaded(
    samples: Iterable[Sample], objects: Objects, limit: int = 48, copier: Copier | None = None
) -> list[Thumbnail]:
    copier = copier or Copier()
    return list(load_thumbnails(samples, objects=objects, copier=copier, limit=limit))


def test_thumbnails_are_in_the_order_of_their_samples() -> None:
    objects = Objects()
    samples = [objects.sample(key) for key in ("c.jpg", "a.jpg", "b.jpg")]

    thumbnails = loaded(samples, objects)

    assert [each.sample for each in thumbnails] == samples
    assert thumbnails[0][1:] == (b"x" * SMALL, "image/jpeg", 160, 120)


def test_copier_gets_the_size_of_the_image_as_stored() -> None:
    objects, copier = Objects(), Copier()
    samples = [
        objects.sample("a.jpg"),
        objects.sample("b.jpg")._replace(orientation=None, width=0, height=0),
    ]

    loaded(samples, objects, copier=copier)

    assert copier.images == [
        ImageProperties(width=400, height=300, orientation=6),
        ImageProperties(),
    ]


def test_images_that_cannot_be_shown_are_skipped() -> None:
    objects = Objects(failing=frozenset({"failing.jpg"}))
    shown = objects.sample("shown.jpg")
    replaced = objects.sample("replaced.jpg")
    objects.sample("replaced.jpg", b"y" * SMALL)
    missing = shown._replace(location=ObjectLocation("file://", "missing.jpg"))
    others = [
        *(missing, replaced, objects.sample("failing.jpg"), objects.sample("none.jpg", b"")),
        objects.sample("denied.jpg", error="permission denied"),
        objects.sample("error.jpg", b"error"),
    ]

    assert [each.sample for each in loaded([*others, shown], objects)] == [shown]


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_number_of_thumbnails_is_limited(limit: int) -> None:
    objects = Objects()
    samples = [objects.sample(f"{number}.jpg") for number in range(5)]

    assert [each.sample for each in loaded(samples, objects, limit)] == samples[:limit]
    assert len(objects.observed) == limit


def test_total_size_is_limited() -> None:
    objects = Objects()
    samples = [objects.sample(f"{number}.jpg", b"x" * LARGE) for number in range(5)]

    assert len(loaded(samples, objects)) == 3


def test_few_files_are_looked_at_if_all_are_missing() -> None:
    objects = Objects()
    location = ObjectLocation("file://", "missing.jpg")
    missing = Sample(location, None, None, None, 4, 3)

    assert loaded([missing] * 1000, objects, limit=5) == []
    assert len(objects.observed) == 20
