"""The contract of `imgmeta.ports.ImageLoader`. Each test quotes the port."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from imgmeta.core.objects import ObjectLocation, Observation, PresentObject
from imgmeta.ports import ImageLoader, LoadedImage, ObjectStore, PropertyReader

__all__ = ["ImageLoaderContract", "ImageLoaderHarness"]


@dataclass(frozen=True)
class ImageLoaderHarness:
    """A loader, its object store and its reader.

    Attributes:
        loader: the loader to test.
        objects: the object store from which it loads.
        reader: a reader like that of the loader.
        put: stores an object with this content under a name, and returns its location.
        unavailable: a location that cannot be observed.
    """

    loader: ImageLoader
    objects: ObjectStore
    reader: PropertyReader
    put: Callable[[str, bytes], ObjectLocation]
    unavailable: ObjectLocation


class ImageLoaderContract:
    """The tests of a loader: override the fixtures."""

    @pytest.fixture
    def images(self) -> ImageLoaderHarness:
        """Return the loader, with an object store that has no objects yet."""
        msg = "override the fixture `images`"
        raise NotImplementedError(msg)

    @pytest.fixture
    def image(self) -> bytes:
        """Return a small image."""
        msg = "override the fixture `image`"
        raise NotImplementedError(msg)

    # The port: "The results are the same, and in the same order"
    # The port: "one for each location"
    # The port: "None: the object does not exist"
    def test_results_are_those_of_the_object_store_and_the_reader(
        self, images: ImageLoaderHarness, image: bytes
    ) -> None:
        locations = [
            images.put("b.jpg", image),
            images.put("text.jpg", b"not an image"),
            images.put("empty.jpg", b""),
            images.put("a.jpg", image),
        ]
        absent = replace(locations[0], key=f"{locations[0].key}.gone")
        locations.insert(2, absent)
        loaded = list(images.loader.load(locations))
        assert [_without_content(each) for each in loaded] == [
            _without_content(_load(images, location)) for location in locations
        ]

    # The port: "Every observation includes all changes made before the call."
    def test_changes_before_the_call_are_observed(
        self, images: ImageLoaderHarness, image: bytes
    ) -> None:
        location = images.put("a.jpg", b"not an image")
        list(images.loader.load([location]))
        images.put("a.jpg", image)
        [loaded] = images.loader.load([location])
        assert _without_content(loaded) == _without_content(_load(images, location))

    # The port: "A result is None if the object cannot be observed"
    def test_object_that_cannot_be_observed_has_no_result(
        self, images: ImageLoaderHarness, image: bytes
    ) -> None:
        location = images.put("a.jpg", image)
        first, second = images.loader.load([images.unavailable, location])
        assert first is None
        assert second is not None

    # The port: "The number of calls of `load` whose results should be awaited at the same time."
    def test_results_of_calls_ahead_are_independent(
        self, images: ImageLoaderHarness, image: bytes
    ) -> None:
        names = [f"{number}.jpg" for number in range(images.loader.ahead + 1)]
        locations = [images.put(name, image) for name in names]
        calls = [images.loader.load([location]) for location in locations]
        for call, location in reversed(list(zip(calls, locations, strict=True))):
            [loaded] = call
            assert loaded is not None
            assert loaded.observation.location == location

    def test_call_without_locations_has_no_results(self, images: ImageLoaderHarness) -> None:
        assert list(images.loader.load([])) == []


def _load(images: ImageLoaderHarness, location: ObjectLocation) -> LoadedImage:
    observation = images.objects.observe(location)
    content = observation.content if isinstance(observation, PresentObject) else None
    return LoadedImage(observation, None if content is None else images.reader.read(content))


def _without_content(loaded: LoadedImage | None) -> tuple[Observation, int | None, object] | None:
    """Return the comparable parts: the contents of two observations are different objects."""
    if loaded is None:
        return None
    observation = loaded.observation
    if not isinstance(observation, PresentObject) or observation.content is None:
        return observation, None, loaded.content
    fetched = observation.content.fetched
    return replace(observation, content=None), fetched, loaded.content
