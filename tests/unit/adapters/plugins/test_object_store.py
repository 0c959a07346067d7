"""The exceptions of a plug-in's object store are errors that name it."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from typing import Any, NoReturn, cast

import pytest

from imgmeta.adapters.memory import InMemoryObjectStore
from imgmeta.adapters.plugins import Plugin, guarded_object_store
from imgmeta.adapters.plugins.opening import Boundary
from imgmeta.core.content_hashes import ContentHash, HashKind
from imgmeta.core.objects import (
    AbsentObject,
    ByteSource,
    ListedObject,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
    StoredHashSource,
)
from imgmeta.errors import ObjectChangedError, PermanentError
from imgmeta.ports import LinkDetector, ObjectStatus, ObjectStore

LOCATION = ObjectLocation("gs://holiday", "a.jpg")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def guarded(store: object) -> ObjectStore:
    plugin = Plugin("gs", "gs-imgmeta", "1.0", EntryPoint("gs", "gs_imgmeta", ""))
    return guarded_object_store(store, Boundary(plugin, "gs://holiday"))


class Broken:
    size = 1
    fetched = 1

    def observe(self, location: ObjectLocation) -> Observation:
        content = cast("ByteSource", self)
        return PresentObject(location, 1, NOW, "e", content)

    def list(self, *_: object, wanted: Callable[[str], bool], **__: object) -> Iterator[Listing]:
        yield cast("Listing", wanted("x"))

    def read(self, offset: int, _: int) -> bytes:
        if offset:
            raise ObjectChangedError("replaced")
        return dict[int, bytes]()[offset]


def test_observations_and_listings_are_those_of_the_plugin() -> None:
    memory = InMemoryObjectStore()
    stored = memory.put(LOCATION, b"abc", last_modified=NOW)
    store = guarded(memory)

    seen = store.observe(LOCATION)

    assert isinstance(seen, PresentObject)
    assert (seen.size, seen.etag) == (3, stored.etag)
    assert seen.content is not None
    assert seen.content.read(1, 5) == b"bc"
    assert (seen.content.size, seen.content.fetched, seen.content.is_local) == (3, 2, True)
    assert [each.key for each in store.list("gs://holiday", "a")] == ["a.jpg"]
    assert [*store.list("gs://holiday", wanted=lambda _: False)] == []
    memory.put(LOCATION, b"", last_modified=NOW, content_error="denied")
    assert store.observe(LOCATION).content is None  # type: ignore[union-attr]  # it is present
    memory.delete(LOCATION)
    assert store.observe(LOCATION) == AbsentObject(LOCATION)


def test_unexpected_exceptions_are_reported() -> None:
    seen = guarded(Broken()).observe(LOCATION)
    assert isinstance(seen, PresentObject)
    assert seen.content is not None

    with pytest.raises(PermanentError, match=r"plug-in gs: of the package gs-imgmeta 1.0 failed"):
        seen.content.read(0, 1)
    with pytest.raises(PermanentError, match="AttributeError"):
        _ = seen.content.is_local
    with pytest.raises(PermanentError, match="a value of the type bool"):
        list(guarded(Broken()).list("gs://holiday", wanted=lambda _: True))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"size": "3"}, "size of the type str"),
        ({"size": -3}, "negative size"),
        ({"etag": 7}, "etag of the type int"),
        ({"last_modified": datetime(2026, 1, 2)}, "last_modified without a time zone"),  # noqa: DTZ001 - the mistake
    ],
)
def test_invalid_values_of_an_object_are_reported(change: dict[str, Any], reason: str) -> None:
    class Invalid(InMemoryObjectStore):
        def observe(self, location: ObjectLocation) -> Observation:
            return replace(cast("PresentObject", super().observe(location)), **change)

        def list(self, bucket: str, *_: object, **__: object) -> Iterator[Listing]:
            found = cast("Iterator[ListedObject]", super().list(bucket))
            return (replace(each, **change) for each in found)

    memory = Invalid()
    memory.put(LOCATION, b"abc", last_modified=NOW)

    with pytest.raises(PermanentError, match=reason):
        guarded(memory).observe(LOCATION)
    with pytest.raises(PermanentError, match=reason):
        list(guarded(memory).list("gs://holiday"))


@pytest.mark.parametrize("change", [{"last_modified": None}, {"location": "gs://holiday/a.jpg"}])
def test_observation_without_a_required_value_is_reported(change: dict[str, Any]) -> None:
    class Invalid(InMemoryObjectStore):
        def observe(self, location: ObjectLocation) -> Observation:
            return replace(cast("PresentObject", super().observe(location)), **change)

    memory = Invalid()
    memory.put(LOCATION, b"abc", last_modified=NOW)

    with pytest.raises(PermanentError, match=r"the plug-in gs: .* failed"):
        guarded(memory).observe(LOCATION)


def test_observation_of_another_location_is_reported() -> None:
    class Invalid(InMemoryObjectStore):
        def observe(self, location: ObjectLocation) -> Observation:
            return AbsentObject(ObjectLocation("holiday", location.key))

    with pytest.raises(PermanentError, match="another location"):
        guarded(Invalid()).observe(LOCATION)


def test_errors_of_imgmeta_and_of_callbacks_pass_through() -> None:
    seen = guarded(Broken()).observe(LOCATION)
    assert isinstance(seen, PresentObject)
    assert seen.content is not None

    with pytest.raises(ObjectChangedError, match=r"^replaced$"):
        seen.content.read(1, 1)

    def stop(key: str) -> NoReturn:
        raise LookupError(key)

    with pytest.raises(LookupError):
        list(guarded(Broken()).list("gs://holiday", wanted=stop))


class Complete(InMemoryObjectStore):
    """An object store with every optional port."""

    def status(self, location: ObjectLocation) -> ListedObject | None:
        (listed,) = self.list(location.bucket, location.key)
        return cast("ListedObject", listed)

    def file_id(self, location: ObjectLocation) -> Hashable | None:
        return location.key

    def observe(self, location: ObjectLocation) -> Observation:
        seen = super().observe(location)
        assert isinstance(seen, PresentObject)
        return replace(seen, content=Hashed(seen))


class Hashed:
    """Content of which the object store has a hash."""

    is_local = True
    fetched = 0

    def __init__(self, seen: PresentObject) -> None:
        self.size = seen.size

    def read(self, offset: int, length: int) -> bytes:
        raise AssertionError(offset, length)

    def stored_hash(self) -> ContentHash | None:
        return ContentHash(HashKind.MD5, "a" * 32)


def test_optional_ports_are_those_of_the_plugin() -> None:
    memory = Complete()
    memory.put(LOCATION, b"abc", last_modified=NOW)
    store = guarded(memory)

    assert isinstance(store, ObjectStatus)
    assert [store.status(LOCATION)] == [*store.list("gs://holiday")]
    assert isinstance(store, LinkDetector)
    assert store.file_id(LOCATION) == "a.jpg"
    seen = store.observe(LOCATION)
    assert isinstance(seen, PresentObject)
    content: object = seen.content
    assert isinstance(content, StoredHashSource)
    assert content.stored_hash() == ContentHash(HashKind.MD5, "a" * 32)


def test_store_without_optional_ports_has_none() -> None:
    memory = InMemoryObjectStore()
    memory.put(LOCATION, b"abc", last_modified=NOW)
    store = guarded(memory)
    seen = store.observe(LOCATION)

    assert isinstance(seen, PresentObject)
    assert not isinstance(seen.content, StoredHashSource)
    assert not isinstance(store, ObjectStatus | LinkDetector)
