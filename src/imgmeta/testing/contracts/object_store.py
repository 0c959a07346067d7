"""The contract of `imgmeta.ports.ObjectStore`. Each test quotes the port."""

from datetime import UTC, timedelta
from itertools import product

import pytest

from imgmeta.core.objects import (
    AbsentObject,
    ListedObject,
    ObjectLocation,
    UnlistedObject,
    UnlistedPrefix,
)
from imgmeta.errors import PermanentError, TransientError
from imgmeta.ports import ObjectStatus
from imgmeta.testing.contracts.object_batches import BatchObserverContract
from imgmeta.testing.contracts.object_content import ObjectContentContract
from imgmeta.testing.contracts.object_harness import (
    FILES,
    ODD_KEYS,
    ObjectStoreHarness,
    ObjectStoreTests,
    content,
    keys,
    listed,
    observed,
    put_all,
)
from imgmeta.testing.contracts.object_hashes import ContentHashContract
from imgmeta.testing.contracts.object_links import LinkDetectorContract

__all__ = ["ObjectStoreContract"]


class ObjectStoreErrorContract(ObjectStoreTests):
    """The tests of the errors of an object store."""

    # The port: "Methods raise TransientError when the object store cannot respond now"
    def test_temporarily_unavailable_store_raises_transient_error(
        self, objects: ObjectStoreHarness
    ) -> None:
        if objects.fail_temporarily is None:
            pytest.skip("this store cannot fail like that")
        objects.put("a.jpg", b"abc")
        objects.fail_temporarily()
        with pytest.raises(TransientError):
            objects.store.observe(objects.location("a.jpg"))

    # The port: "PermanentError when it will not respond until something is changed"
    def test_refused_bucket_raises_permanent_error(self, objects: ObjectStoreHarness) -> None:
        if objects.unknown_bucket is None:
            pytest.skip("this store accepts every bucket")
        with pytest.raises(PermanentError):
            objects.store.observe(type(objects.location("a"))(objects.unknown_bucket, "a"))
        with pytest.raises(PermanentError):
            list(objects.store.list(objects.unknown_bucket))


class ObserveContract(ObjectStoreTests):
    """The tests of `ObjectStore.observe`."""

    # The port: "Return the current state of a location: a `PresentObject` or an `AbsentObject`."
    @pytest.mark.parametrize("key", ODD_KEYS)
    def test_object_is_present_with_content(self, objects: ObjectStoreHarness, key: str) -> None:
        objects.put(key, b"abc")
        seen = observed(objects, key)
        assert (seen.location, seen.size) == (objects.location(key), 3)
        assert content(objects, key).read(0, 9) == b"abc"
        assert seen.content_error is None
        assert seen.etag

    def test_missing_object_is_absent(self, objects: ObjectStoreHarness) -> None:
        objects.put("a/b.jpg", b"abc")
        for key in ("a", "a/c.jpg", "a/b", "a/b.jpg.png", "a/b.jpg/c", "b/c"):
            assert objects.store.observe(objects.location(key)) == AbsentObject(
                objects.location(key)
            )

    def test_empty_object_is_present(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.jpg", b"")
        assert observed(objects, "a.jpg").size == 0
        assert content(objects, "a.jpg").read(0, 1) == b""

    # The port: "The observation includes every change made before the call."
    def test_changes_are_visible_immediately(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.jpg", b"one")
        first = observed(objects, "a.jpg")
        objects.put("a.jpg", b"other")
        second = observed(objects, "a.jpg")
        assert (first.size, second.size) == (3, 5)
        assert first.etag != second.etag
        assert content(objects, "a.jpg").read(0, 9) == b"other"
        objects.delete("a.jpg")
        assert isinstance(objects.store.observe(objects.location("a.jpg")), AbsentObject)

    def test_unchanged_object_keeps_its_etag(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.jpg", b"abc")
        assert observed(objects, "a.jpg").etag == observed(objects, "a.jpg").etag

    def test_last_modified_is_in_utc(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.jpg", b"abc")
        assert observed(objects, "a.jpg").last_modified.utcoffset() == timedelta(0)
        assert observed(objects, "a.jpg").last_modified.tzinfo is UTC

    # The port: "An object whose bytes cannot be read is present, with `content_error` ..."
    def test_unreadable_object_is_present(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.jpg", b"secret")
        reason = objects.make_unreadable("a.jpg")
        seen = observed(objects, "a.jpg")
        assert (seen.content, seen.content_error) == (None, reason)
        assert seen.size == 6

    # The port: "and with the same ETag as before if the object store tells it"
    def test_unreadable_object_keeps_its_etag(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.jpg", b"secret")
        etag = observed(objects, "a.jpg").etag
        objects.make_unreadable("a.jpg")
        assert observed(objects, "a.jpg").etag == etag

    # The port: "A key that cannot name an object is absent."
    def test_invalid_key_is_absent(self, objects: ObjectStoreHarness) -> None:
        objects.put("a/b", b"abc")
        objects.put("b", b"abc")
        for key in objects.invalid_keys:
            assert objects.store.observe(objects.location(key)) == AbsentObject(
                objects.location(key)
            )


class ListContract(ObjectStoreTests):
    """The tests of `ObjectStore.list`."""

    # The port: "Yield the objects of one bucket whose keys start with `prefix`, in key order."
    # The port: "Key order is the order of the keys' UTF-8 bytes."
    def test_keys_are_ordered_by_utf8_bytes(self, objects: ObjectStoreHarness) -> None:
        put_all(objects, FILES)
        assert keys(objects) == sorted(FILES, key=str.encode)

    # The port: "the prefix of the keys, as plain text; empty for all keys."
    def test_prefix_is_plain_text(self, objects: ObjectStoreHarness) -> None:
        put_all(objects, FILES)
        for prefix in (*FILES, "a", "a/", "a/b", "b", "b*", "\U0001f4f7/", "zz"):
            assert keys(objects, prefix) == sorted(key for key in FILES if key.startswith(prefix))

    def test_empty_prefix_lists_everything(self, objects: ObjectStoreHarness) -> None:
        put_all(objects, ["a/b.jpg"])
        first = next(iter(objects.store.list(objects.bucket, after=objects.base + "a/b")))
        assert first.key == objects.base + "a/b.jpg"

    @pytest.mark.parametrize("prefix", ["a//", "a/../", "a/b.jpg/", "gone/", "\ud800/", "a/\ud800"])
    def test_unknown_or_invalid_prefix_has_no_objects(
        self, objects: ObjectStoreHarness, prefix: str
    ) -> None:
        put_all(objects, FILES)
        assert keys(objects, prefix) == []

    # The port: "Size, ETag, LastModified and storage class are the same as in an observation."
    def test_listed_attributes_equal_observed_ones(self, objects: ObjectStoreHarness) -> None:
        put_all(objects, FILES)
        for each in listed(objects):
            assert isinstance(each, ListedObject)
            seen = observed(objects, each.key.removeprefix(objects.base))
            assert (each.size, each.etag) == (seen.size, seen.etag)
            assert each.last_modified == seen.last_modified
            assert each.storage_class == seen.storage_class

    def test_listed_storage_class_equals_the_observed_one(
        self, objects: ObjectStoreHarness
    ) -> None:
        if objects.put_in_storage_class is None:
            pytest.skip("this store has no storage classes")
        classes = {"a": None, "b": "STANDARD_IA", "c": "GLACIER", "d": "INTELLIGENT_TIERING"}
        for key, storage_class in classes.items():
            objects.put_in_storage_class(key, storage_class)
        found = {key: observed(objects, key).storage_class for key in classes}
        lines = [each for each in listed(objects) if isinstance(each, ListedObject)]
        assert found == classes
        assert [each.storage_class for each in lines] == list(classes.values())

    def test_deleted_object_is_not_listed(self, objects: ObjectStoreHarness) -> None:
        put_all(objects, ["a", "b"])
        objects.delete("a")
        assert keys(objects) == ["b"]

    # The port: "wanted: whether to include the object at a key; the others are skipped without
    # reading anything of them."
    def test_unwanted_keys_are_excluded(self, objects: ObjectStoreHarness) -> None:
        put_all(objects, ["a.txt", "b.jpg/c.jpg", "b.jpg/d.txt", "e.jpg", "f.txt"])
        if objects.hide_details is not None:
            objects.hide_details("f.txt")
        found = objects.store.list(
            objects.bucket, objects.base, wanted=lambda key: key.endswith(".jpg")
        )
        names = [each.key.removeprefix(objects.base) for each in found]
        assert names == ["b.jpg/c.jpg", "e.jpg"]

    # The port: "skipped: is called with the key of each file that is not an object"
    def test_objects_are_not_reported_as_skipped(self, objects: ObjectStoreHarness) -> None:
        put_all(objects, ["a.txt", "b.jpg"])
        skipped: list[tuple[str, str]] = []
        found = objects.store.list(
            objects.bucket,
            objects.base,
            wanted=lambda key: key.endswith(".jpg"),
            skipped=lambda key, reason: skipped.append((key, reason)),
        )
        assert [each.key for each in found] == [f"{objects.base}b.jpg"]
        assert skipped == []

    # `ObjectStatus`: "Return the object as `ObjectStore.list` yields it"
    def test_status_is_that_of_the_listing(self, objects: ObjectStoreHarness) -> None:
        if not isinstance(objects.store, ObjectStatus):
            pytest.skip("this store only observes objects")
        put_all(objects, ["a.jpg", "a.jpg.jpg", "b/c.jpg"])
        for each in listed(objects):
            assert objects.store.status(ObjectLocation(objects.bucket, each.key)) == each
        for key in ("a", "b", "b/", "none.jpg", "none/c.jpg", "a.jpg/c.jpg", *objects.invalid_keys):
            assert objects.store.status(objects.location(key)) is None

    # The port: "an object of which only the key is known, as an `UnlistedObject`"
    def test_object_without_details_is_an_unlisted_object(
        self, objects: ObjectStoreHarness
    ) -> None:
        if objects.hide_details is None:
            pytest.skip("this store has no partial listings")
        put_all(objects, ["a.jpg", "a.jpg.jpg", "b.jpg"])
        objects.hide_details("a.jpg")
        first, *others = listed(objects)
        assert first == UnlistedObject(objects.base + "a.jpg", "permission denied")
        assert [each.key.removeprefix(objects.base) for each in others] == ["a.jpg.jpg", "b.jpg"]
        assert all(isinstance(each, ListedObject) for each in others)

    # The port: "A prefix that cannot be listed is yielded as an `UnlistedPrefix`, before all keys
    # that it covers ... The listing continues after it."
    def test_unlistable_prefix_is_yielded_in_key_order(self, objects: ObjectStoreHarness) -> None:
        if objects.make_unlistable is None:
            pytest.skip("this store has no partial listings")
        put_all(objects, ["a.jpg", "b!", "b/1.jpg", "b/2/3.jpg", "b0", "c.jpg"])
        objects.make_unlistable("b/")
        found = listed(objects)
        assert [each.key.removeprefix(objects.base) for each in found] == [
            "a.jpg",
            "b!",
            "b/",
            "b0",
            "c.jpg",
        ]
        assert found[2] == UnlistedPrefix(objects.base + "b/", "permission denied")

    @pytest.mark.parametrize("prefix", ["b/", "b/2", "b/2/", "b/2/3.j"])
    def test_listing_below_unlistable_prefix_reports_it(
        self, objects: ObjectStoreHarness, prefix: str
    ) -> None:
        if objects.make_unlistable is None:
            pytest.skip("this store has no partial listings")
        put_all(objects, ["b/1.jpg", "b/2/3.jpg"])
        objects.make_unlistable("b/")
        unlisted = UnlistedPrefix(objects.base + prefix, "permission denied")
        assert listed(objects, prefix) == [unlisted]

    # The port: "continue after this key, whether or not it exists."
    def test_listing_continues_after_key(self, objects: ObjectStoreHarness) -> None:
        put_all(objects, FILES)
        starts = (*FILES, "", "a", "a/", "a/b", "a/b/", "a/z", "b", "zz")
        for prefix, after in product(("", "a", "a/", "b*"), starts):
            expected = sorted(key for key in FILES if key.startswith(prefix) and key > after)
            assert keys(objects, prefix, after) == expected

    def test_unlistable_prefix_is_repeated_after_a_key_in_it(
        self, objects: ObjectStoreHarness
    ) -> None:
        if objects.make_unlistable is None:
            pytest.skip("this store has no partial listings")
        put_all(objects, ["b/1.jpg", "c.jpg"])
        objects.make_unlistable("b/")
        assert keys(objects, after="b/0") == ["b/", "c.jpg"]
        assert keys(objects, after="b0") == ["c.jpg"]


class ObjectStoreContract(
    ObjectStoreErrorContract,
    ObserveContract,
    ObjectContentContract,
    ContentHashContract,
    ListContract,
    BatchObserverContract,
    LinkDetectorContract,
):
    """The tests of an object store: override the fixture `objects`."""
