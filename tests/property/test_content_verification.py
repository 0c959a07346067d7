"""`verify --content` is true to the bytes: no change of them is missed, and nothing else is one."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from imgmeta import ContentCheck, Difference, HashKind, verify_content
from support.convergence.indexer_harness import ALL, KEY, LOCATION, IndexerHarness


@dataclass
class Content:
    data: bytes
    fetched: int = 0
    is_local: bool = True

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]


@given(
    data=st.binary(min_size=1, max_size=64),
    changes=st.lists(st.tuples(st.integers(0, 63), st.integers(0, 7)), max_size=3),
    kind=st.sampled_from(HashKind),
)
def test_object_is_corrupted_if_and_only_if_a_bit_changed(
    data: bytes, changes: list[tuple[int, int]], kind: HashKind
) -> None:
    harness = IndexerHarness()
    harness.bucket.put(KEY, 5)
    size = harness.bucket.stacks[KEY][0]
    assert size is not None
    before = data.ljust(size.size, b"\0")[: size.size]
    harness.bucket.contents[KEY] = Content(before)
    harness.indexer.hash_content(LOCATION, [kind])
    after = bytearray(before)
    for position, bit in changes:
        after[position % len(after)] ^= 1 << bit
    harness.bucket.contents[KEY] = Content(bytes(after))
    (found,) = verify_content(harness.indexer, ALL)
    is_same = bytes(after) == before
    expected = Difference.SAME if is_same else Difference.CORRUPTED
    assert (found.comparison.difference, found.check) == (expected, ContentCheck.READ)
