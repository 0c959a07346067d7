"""Every sentence of `imgmeta.ports.ObjectStore`, against every adapter."""

from collections.abc import Iterable
from datetime import UTC, timedelta

import pytest

from contract.conftest import ObjectScene
from imgmeta.core.objects import (
    AbsentObject,
    ByteSource,
    ListedObject,
    Listing,
    PresentObject,
    UnlistedObject,
    UnlistedPrefix,
)
from imgmeta.errors import ObjectChangedError, PermanentError, TransientError

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
"""Keys that live together in a folder too; none is the folder of another."""
FILES = tuple(key for key in ODD_KEYS if key != "a")


def put_all(objects: ObjectScene, keys: Iterable[str]) -> None:
    for key in keys:
        objects.put(key, key.encode())


def listed(objects: ObjectScene, prefix: str = "", after: str | None = None) -> list[Listing]:
    whole = None if after is None else objects.base + after
    return list(objects.store.list(objects.bucket, objects.base + prefix, after=whole))


def keys(objects: ObjectScene, prefix: str = "", after: str | None = None) -> list[str]:
    return [each.key.removeprefix(objects.base) for each in listed(objects, prefix, after)]


def observed(objects: ObjectScene, key: str) -> PresentObject:
    seen = objects.store.observe(objects.at(key))
    assert isinstance(seen, PresentObject)
    return seen


def content(objects: ObjectScene, key: str) -> ByteSource:
    source = observed(objects, key).content
    assert source is not None
    return source


class TestTheStore:
    # The port: "Methods raise TransientError when the store cannot answer now"
    def test_a_store_that_cannot_answer_now_is_a_transient_error(
        self, objects: ObjectScene
    ) -> None:
        if objects.refuse_now is None:
            pytest.skip("this store always answers")
        objects.put("a.jpg", b"abc")
        objects.refuse_now()
        with pytest.raises(TransientError):
            objects.store.observe(objects.at("a.jpg"))

    # The port: "PermanentError when it will not answer until somebody changes something"
    def test_a_bucket_that_is_refused_is_a_permanent_error(self, objects: ObjectScene) -> None:
        if objects.unknown_bucket is None:
            pytest.skip("this store has every bucket")
        with pytest.raises(PermanentError):
            objects.store.observe(type(objects.at("a"))(objects.unknown_bucket, "a"))
        with pytest.raises(PermanentError):
            list(objects.store.list(objects.unknown_bucket))


class TestObserve:
    # The port: "Return what is at this place now: a `PresentObject` or an `AbsentObject`."
    @pytest.mark.parametrize("key", ODD_KEYS)
    def test_an_object_is_present_with_its_content(self, objects: ObjectScene, key: str) -> None:
        objects.put(key, b"abc")
        seen = observed(objects, key)
        assert (seen.location, seen.size) == (objects.at(key), 3)
        assert content(objects, key).read(0, 9) == b"abc"
        assert seen.content_error is None
        assert seen.etag

    def test_nothing_is_absent(self, objects: ObjectScene) -> None:
        objects.put("a/b.jpg", b"abc")
        for key in ("a", "a/c.jpg", "a/b", "a/b.jpg.png", "a/b.jpg/c", "b/c"):
            assert objects.store.observe(objects.at(key)) == AbsentObject(objects.at(key))

    def test_an_empty_object_is_present(self, objects: ObjectScene) -> None:
        objects.put("a.jpg", b"")
        assert observed(objects, "a.jpg").size == 0
        assert content(objects, "a.jpg").read(0, 1) == b""

    # The port: "at least as new as everything that happened before the call"
    def test_every_change_is_seen_at_once(self, objects: ObjectScene) -> None:
        objects.put("a.jpg", b"one")
        first = observed(objects, "a.jpg")
        objects.put("a.jpg", b"other")
        second = observed(objects, "a.jpg")
        assert (first.size, second.size) == (3, 5)
        assert first.etag != second.etag
        assert content(objects, "a.jpg").read(0, 9) == b"other"
        objects.delete("a.jpg")
        assert isinstance(objects.store.observe(objects.at("a.jpg")), AbsentObject)

    def test_an_unchanged_object_keeps_its_mark(self, objects: ObjectScene) -> None:
        objects.put("a.jpg", b"abc")
        assert observed(objects, "a.jpg").etag == observed(objects, "a.jpg").etag

    def test_the_time_of_an_object_is_in_utc(self, objects: ObjectScene) -> None:
        objects.put("a.jpg", b"abc")
        assert observed(objects, "a.jpg").last_modified.utcoffset() == timedelta(0)
        assert observed(objects, "a.jpg").last_modified.tzinfo is UTC

    # The port: "An object whose bytes cannot be had is present, with `content_error` ..."
    def test_bytes_that_cannot_be_had_leave_the_object_present(self, objects: ObjectScene) -> None:
        objects.put("a.jpg", b"secret")
        reason = objects.lock("a.jpg")
        seen = observed(objects, "a.jpg")
        assert (seen.content, seen.content_error) == (None, reason)
        assert seen.size == 6

    # The port: "A key that can name no object is absent."
    def test_a_key_that_can_name_no_object_is_absent(self, objects: ObjectScene) -> None:
        objects.put("a/b", b"abc")
        objects.put("b", b"abc")
        for key in objects.impossible_keys:
            assert objects.store.observe(objects.at(key)) == AbsentObject(objects.at(key))


class TestContent:
    DATA = bytes(range(256)) * 4096

    # The byte source: "Return `length` bytes from `offset`, fewer only where the object ends."
    @pytest.mark.parametrize("offset", [0, 1, 131_071, 131_072, 131_073, 500_000, 1_048_575])
    @pytest.mark.parametrize("length", [0, 1, 255, 131_072, 2_000_000])
    def test_any_range_can_be_read(self, objects: ObjectScene, offset: int, length: int) -> None:
        objects.put("a.tif", self.DATA)
        assert content(objects, "a.tif").read(offset, length) == self.DATA[offset:][:length]

    def test_behind_the_end_there_is_nothing(self, objects: ObjectScene) -> None:
        objects.put("a.tif", self.DATA)
        assert content(objects, "a.tif").read(len(self.DATA), 10) == b""
        assert content(objects, "a.tif").read(2**40, 10) == b""
        objects.put("b.tif", b"abc")
        assert content(objects, "b.tif").read(2**40, 10) == b""

    # The byte source: "The object's whole length in bytes."
    def test_the_size_is_the_whole_length(self, objects: ObjectScene) -> None:
        objects.put("a.tif", self.DATA)
        assert content(objects, "a.tif").size == len(self.DATA)

    # The byte source: "How many of its bytes were fetched from the store so far"
    def test_what_was_fetched_is_counted(self, objects: ObjectScene) -> None:
        objects.put("a.tif", self.DATA)
        source = content(objects, "a.tif")
        source.read(0, 100)
        before = source.fetched
        assert 100 <= before < len(self.DATA)
        source.read(900_000, 1_000)
        assert source.fetched == before + 1_000

    # The byte source: "Every range comes from the same state of the object"
    def test_a_changed_object_is_never_mixed_with_what_it_was(self, objects: ObjectScene) -> None:
        objects.put("a.tif", self.DATA)
        source = content(objects, "a.tif")
        objects.put("a.tif", b"x" * (len(self.DATA) + 1))
        assert source.read(0, 16) == self.DATA[:16]
        try:
            later = source.read(900_000, 16)
        except ObjectChangedError:
            return
        assert later == self.DATA[900_000:900_016]


class TestList:
    # The port: "Yield the objects of one bucket whose keys start with `prefix`, in key order."
    # The port: "Key order is that of the keys' UTF-8 bytes."
    def test_keys_come_in_the_order_of_their_bytes(self, objects: ObjectScene) -> None:
        put_all(objects, FILES)
        assert keys(objects) == sorted(FILES, key=str.encode)

    # The port: "what the keys start with, as plain text; empty for all."
    @pytest.mark.parametrize("prefix", [*FILES, "a", "a/", "a/b", "b", "b*", "\U0001f4f7/", "zz"])
    def test_a_prefix_is_plain_text(self, objects: ObjectScene, prefix: str) -> None:
        put_all(objects, FILES)
        assert keys(objects, prefix) == sorted(key for key in FILES if key.startswith(prefix))

    def test_the_empty_prefix_means_all(self, objects: ObjectScene) -> None:
        put_all(objects, ["a/b.jpg"])
        first = next(iter(objects.store.list(objects.bucket, after=objects.base + "a/b")))
        assert first.key == objects.base + "a/b.jpg"

    @pytest.mark.parametrize("prefix", ["a//", "a/../", "a/b.jpg/", "gone/", "\ud800/", "a/\ud800"])
    def test_a_prefix_of_no_key_has_no_objects(self, objects: ObjectScene, prefix: str) -> None:
        put_all(objects, FILES)
        assert keys(objects, prefix) == []

    # The port: "Size, ETag and LastModified are those that `observe` gives."
    def test_size_etag_and_time_are_those_observed(self, objects: ObjectScene) -> None:
        put_all(objects, FILES)
        for each in listed(objects):
            assert isinstance(each, ListedObject)
            seen = observed(objects, each.key.removeprefix(objects.base))
            assert (each.size, each.etag) == (seen.size, seen.etag)
            assert each.last_modified == seen.last_modified

    def test_what_was_deleted_is_not_listed(self, objects: ObjectScene) -> None:
        put_all(objects, ["a", "b"])
        objects.delete("a")
        assert keys(objects) == ["b"]

    # The port: "wanted: whether the object at a key is of interest; the others are left out, and
    # not even looked at."
    def test_what_is_not_wanted_is_left_out(self, objects: ObjectScene) -> None:
        put_all(objects, ["a.txt", "b.jpg/c.jpg", "b.jpg/d.txt", "e.jpg", "f.txt"])
        if objects.blur is not None:
            objects.blur("f.txt")
        found = objects.store.list(
            objects.bucket, objects.base, wanted=lambda key: key.endswith(".jpg")
        )
        names = [each.key.removeprefix(objects.base) for each in found]
        assert names == ["b.jpg/c.jpg", "e.jpg"]

    # The port: "an object of which no more than the key is known as an `UnlistedObject`"
    def test_an_object_of_which_only_the_key_is_known_is_said_in_its_place(
        self, objects: ObjectScene
    ) -> None:
        if objects.blur is None:
            pytest.skip("this store tells all of an object or nothing")
        put_all(objects, ["a.jpg", "a.jpg.jpg", "b.jpg"])
        objects.blur("a.jpg")
        first, *others = listed(objects)
        assert first == UnlistedObject(objects.base + "a.jpg", "permission denied")
        assert [each.key.removeprefix(objects.base) for each in others] == ["a.jpg.jpg", "b.jpg"]
        assert all(isinstance(each, ListedObject) for each in others)

    # The port: "A part that cannot be listed is yielded as an `UnlistedPrefix`, before any key it
    # covers ...; the listing goes on behind it."
    def test_what_cannot_be_listed_is_said_in_its_place(self, objects: ObjectScene) -> None:
        if objects.hide is None:
            pytest.skip("this store lists all of a bucket or nothing")
        put_all(objects, ["a.jpg", "b!", "b/1.jpg", "b/2/3.jpg", "b0", "c.jpg"])
        objects.hide("b/")
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
    def test_a_prefix_that_cannot_be_listed_is_said(
        self, objects: ObjectScene, prefix: str
    ) -> None:
        if objects.hide is None:
            pytest.skip("this store lists all of a bucket or nothing")
        put_all(objects, ["b/1.jpg", "b/2/3.jpg"])
        objects.hide("b/")
        unlisted = UnlistedPrefix(objects.base + prefix, "permission denied")
        assert listed(objects, prefix) == [unlisted]

    # The port: "go on after this key, whether or not it is there."
    @pytest.mark.parametrize("after", [*FILES, "", "a", "a/", "a/b", "a/b/", "a/z", "b", "zz"])
    def test_listing_goes_on_after_a_key(self, objects: ObjectScene, after: str) -> None:
        put_all(objects, FILES)
        for prefix in ("", "a", "a/", "b*"):
            expected = sorted(key for key in FILES if key.startswith(prefix) and key > after)
            assert keys(objects, prefix, after) == expected

    def test_what_cannot_be_listed_is_said_again_after_a_key_in_it(
        self, objects: ObjectScene
    ) -> None:
        if objects.hide is None:
            pytest.skip("this store lists all of a bucket or nothing")
        put_all(objects, ["b/1.jpg", "c.jpg"])
        objects.hide("b/")
        assert keys(objects, after="b/0") == ["b/", "c.jpg"]
        assert keys(objects, after="b0") == ["c.jpg"]
