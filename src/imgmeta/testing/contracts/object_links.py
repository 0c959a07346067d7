"""The contract of `imgmeta.ports.LinkDetector`. Each test quotes the port."""

import pytest

from imgmeta.ports import LinkDetector
from imgmeta.testing.contracts.object_harness import ObjectStoreHarness, ObjectStoreTests, put_all

__all__ = ["LinkDetectorContract"]


class LinkDetectorContract(ObjectStoreTests):
    """The tests of object stores in which an object can have several keys."""

    # The port: "an ID that is equal for two locations only if they have the same file"
    def test_other_objects_have_other_ids(self, objects: ObjectStoreHarness) -> None:
        store = _detector(objects)
        put_all(objects, ["a.jpg", "b/a.jpg"])
        objects.put("c.jpg", b"a.jpg")
        ids = [store.file_id(objects.location(key)) for key in ("a.jpg", "b/a.jpg", "c.jpg")]
        known = [each for each in ids if each is not None]
        assert len(set(known)) == len(known)

    def test_links_have_the_id_of_their_file(self, objects: ObjectStoreHarness) -> None:
        store = _detector(objects)
        if objects.link is None:
            pytest.skip("this harness makes no links")
        put_all(objects, ["a.jpg", "b.jpg"])
        objects.link("a.jpg", "link.jpg")
        first = store.file_id(objects.location("a.jpg"))
        assert first is not None
        assert store.file_id(objects.location("link.jpg")) == first
        assert store.file_id(objects.location("b.jpg")) != first

    # The port: "None: there is no such file"
    def test_absent_object_has_no_id(self, objects: ObjectStoreHarness) -> None:
        store = _detector(objects)
        for key in ("none.jpg", *objects.invalid_keys):
            assert store.file_id(objects.location(key)) is None


def _detector(objects: ObjectStoreHarness) -> LinkDetector:
    if not isinstance(objects.store, LinkDetector):
        pytest.skip("this store detects no links")
    return objects.store
