"""A harness for object stores, with direct access to their objects."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from imgmeta.core.objects import ByteSource, Listing, ObjectLocation, PresentObject
from imgmeta.ports import ObjectStore

__all__ = [
    "FILES",
    "ODD_KEYS",
    "ObjectStoreHarness",
    "ObjectStoreTests",
    "content",
    "keys",
    "listed",
    "observed",
    "put_all",
]

ODD_KEYS = (
    "a",
    "a!",
    "a.jpg",
    "a/b.jpg",
    "a/b/c.jpg",
    "a0",
    "A/b.jpg",
    " ",
    "-rf",
    "b\nc\x1b[31m",
    "b*/[x]?.png",
    "b\\c",
    "caf\u00e9/x",
    "cafe\u0301/x",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\U0001f4f7/x.jpg",
    "\U0010ffff",
)
FILES = tuple(key for key in ODD_KEYS if key != "a")
"""Without `a`, which is the folder of other keys, and so cannot be a file beside them."""


@dataclass(frozen=True)
class ObjectStoreHarness:
    """An empty object store, with direct access to its objects.

    Attributes:
        store: the object store to test.
        bucket: an existing bucket.
        base: the prefix of all keys in the test; ends with a slash.
        put: stores an object with a key relative to the base, replacing any other.
        delete: deletes the object with a key relative to the base.
        make_unreadable: makes an object's content unreadable, and returns the reason.
        make_unlistable: makes a prefix that ends with a slash impossible to list; None if that is
            impossible.
        put_in_storage_class: stores an object in an S3 storage class, None: in S3 Standard; None if
            that is impossible.
        hide_details: makes only the key of an object listable; None if that is impossible.
        link: gives an object a second key; None if that is impossible.
        invalid_keys: keys that no object can have.
        fail_temporarily: makes the store temporarily unavailable; None if that is impossible.
        unknown_bucket: a bucket that the store permanently refuses; None if it refuses none.
    """

    store: ObjectStore
    bucket: str
    base: str
    put: Callable[[str, bytes], None]
    delete: Callable[[str], None]
    make_unreadable: Callable[[str], str]
    make_unlistable: Callable[[str], None] | None = None
    put_in_storage_class: Callable[[str, str | None], None] | None = None
    hide_details: Callable[[str], None] | None = None
    link: Callable[[str, str], None] | None = None
    invalid_keys: tuple[str, ...] = ()
    fail_temporarily: Callable[[], None] | None = None
    unknown_bucket: str | None = None

    def location(self, key: str) -> ObjectLocation:
        """Return the location of a key relative to the base."""
        return ObjectLocation(self.bucket, self.base + key)


class ObjectStoreTests:
    """The fixture of the tests of object stores."""

    @pytest.fixture
    def objects(self) -> ObjectStoreHarness:
        """Return an empty object store."""
        msg = "override the fixture `objects`"
        raise NotImplementedError(msg)


def put_all(objects: ObjectStoreHarness, keys: Iterable[str]) -> None:
    """Store objects whose content is their key."""
    for key in keys:
        objects.put(key, key.encode())


def listed(
    objects: ObjectStoreHarness, prefix: str = "", after: str | None = None
) -> list[Listing]:
    """Return the listing below the base, after a key relative to it."""
    after_key = None if after is None else objects.base + after
    return list(objects.store.list(objects.bucket, objects.base + prefix, after=after_key))


def keys(objects: ObjectStoreHarness, prefix: str = "", after: str | None = None) -> list[str]:
    """Return the listed keys, relative to the base."""
    return [each.key.removeprefix(objects.base) for each in listed(objects, prefix, after)]


def observed(objects: ObjectStoreHarness, key: str) -> PresentObject:
    """Return the observation of an object that exists."""
    observation = objects.store.observe(objects.location(key))
    assert isinstance(observation, PresentObject)
    return observation


def content(objects: ObjectStoreHarness, key: str) -> ByteSource:
    """Return the content of a readable object."""
    source = observed(objects, key).content
    assert source is not None
    return source
