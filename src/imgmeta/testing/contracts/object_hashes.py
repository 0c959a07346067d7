"""The contract of the content hashes that an object store has without reading the content."""

import hashlib

import pytest

from imgmeta.core.content_hashes import ContentHash, HashKind
from imgmeta.core.objects import StoredHashSource
from imgmeta.errors import ObjectChangedError
from imgmeta.testing.contracts.object_harness import (
    ObjectStoreHarness,
    ObjectStoreTests,
    content,
    observed,
)

__all__ = ["ContentHashContract"]


class ContentHashContract(ObjectStoreTests):
    """The tests of `PresentObject.content_hash` and `StoredHashSource`."""

    # The port: "A `content_hash` is that of all bytes of the observed content"
    @pytest.mark.parametrize("data", [b"", b"abc", bytes(200_000)])
    def test_hash_of_an_observation_is_that_of_the_content(
        self, objects: ObjectStoreHarness, data: bytes
    ) -> None:
        objects.put("a.jpg", b"another")
        objects.put("a.jpg", data)
        known = observed(objects, "a.jpg").content_hash
        assert known in {None, *(_hash_of(data, kind) for kind in HashKind)}

    # `StoredHashSource`: "Return the hash of the whole content that the object store has", "It is
    # the hash of the same state of the object as the bytes."
    def test_stored_hash_is_that_of_the_content(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.jpg", b"abc")
        source = content(objects, "a.jpg")
        if not isinstance(source, StoredHashSource):
            pytest.skip("this store keeps no hashes")
        assert source.stored_hash() in {None, *(_hash_of(b"abc", kind) for kind in HashKind)}
        objects.put("a.jpg", b"other")
        with pytest.raises(ObjectChangedError):
            source.stored_hash()


def _hash_of(data: bytes, kind: HashKind) -> ContentHash:
    return ContentHash(kind, hashlib.new(kind, data).hexdigest())
