"""The contract of the content of an object: `imgmeta.core.objects.ByteSource`."""

from itertools import product

from imgmeta.errors import ObjectChangedError
from imgmeta.testing.contracts.object_harness import ObjectStoreHarness, ObjectStoreTests, content

__all__ = ["ObjectContentContract"]


class ObjectContentContract(ObjectStoreTests):
    """The tests of reading an object's content."""

    DATA = bytes(range(256)) * 4096

    # The byte source: "Return `length` bytes from `offset`, fewer only where the object ends."
    def test_any_range_can_be_read(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.tif", self.DATA)
        offsets = (0, 1, 131_071, 131_072, 131_073, 500_000, 1_048_575)
        for offset, length in product(offsets, (0, 1, 255, 131_072, 2_000_000)):
            data = self.DATA[offset:][:length]
            assert content(objects, "a.tif").read(offset, length) == data

    def test_range_after_the_end_is_empty(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.tif", self.DATA)
        assert content(objects, "a.tif").read(len(self.DATA), 10) == b""
        assert content(objects, "a.tif").read(2**40, 10) == b""
        objects.put("b.tif", b"abc")
        assert content(objects, "b.tif").read(2**40, 10) == b""

    # The byte source: "The object's size in bytes."
    def test_size_is_the_full_length(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.tif", self.DATA)
        assert content(objects, "a.tif").size == len(self.DATA)

    # The byte source: "Number of bytes fetched from the object store so far"
    def test_fetched_bytes_are_counted(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.tif", self.DATA)
        source = content(objects, "a.tif")
        source.read(0, 100)
        before = source.fetched
        assert 100 <= before < len(self.DATA)
        source.read(900_000, 1_000)
        assert source.fetched == before + 1_000

    # The byte source: "All ranges come from the same state of the object"
    def test_ranges_of_two_states_are_never_mixed(self, objects: ObjectStoreHarness) -> None:
        objects.put("a.tif", self.DATA)
        source = content(objects, "a.tif")
        objects.put("a.tif", b"x" * (len(self.DATA) + 1))
        assert source.read(0, 16) == self.DATA[:16]
        try:
            later = source.read(900_000, 16)
        except ObjectChangedError:
            return
        assert later == self.DATA[900_000:900_016]
