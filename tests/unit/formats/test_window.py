import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.objects import FIRST_BLOCK
from imgmeta.formats.window import MAX_FETCHED, MAX_READ, MAX_REQUESTS, DamagedError, Window
from imgmeta.testing.byte_sources import BytesSource, SparseSource

DATA = bytes(n * 7 % 251 for n in range(400_000))


@given(
    st.lists(
        st.tuples(st.integers(0, len(DATA) + 100), st.integers(0, 70_000)), min_size=1, max_size=20
    )
)
def test_read_returns_the_bytes_of_the_source(ranges: list[tuple[int, int]]) -> None:
    window = Window(BytesSource(DATA))

    for offset, length in ranges:
        assert window.read(offset, length) == DATA[offset : offset + length]


def test_first_block_is_fetched_in_one_request() -> None:
    source = BytesSource(DATA)
    window = Window(source)

    for offset in range(0, FIRST_BLOCK, 1000):
        window.read(offset, 50)

    assert source.ranges == [(0, FIRST_BLOCK)]


@pytest.mark.parametrize("size", [0, 100, FIRST_BLOCK + 1])
def test_head_is_the_first_block(size: int) -> None:
    source = BytesSource(DATA[:size])

    assert Window(source).head == DATA[: min(size, FIRST_BLOCK)]
    assert len(source.ranges) == (1 if size else 0)


def test_sequential_reads_fetch_blocks_of_increasing_size() -> None:
    source = SparseSource(12 * 2**20, {})
    window = Window(source)

    for offset in range(0, source.size, 5000):
        window.read(offset, 5000)

    assert len(source.ranges) < 40
    assert source.fetched <= source.size + 40 * 5000
    assert max(length for _, length in source.ranges) == 512 * 1024


def test_seek_fetches_one_small_block_around_its_offset() -> None:
    source = SparseSource(2**32, {})
    window = Window(source)

    window.read(2**31, 4)
    window.read(2**31 - 2000, 4)
    window.read(2**31 + 2000, 4)

    assert len(source.ranges) == 2
    assert source.fetched < FIRST_BLOCK + 64 * 1024


def test_read_up_to_64_kib_ahead_continues_with_growing_blocks() -> None:
    source = SparseSource(2**32, {})
    window = Window(source)
    first = FIRST_BLOCK + 64 * 1024
    second = first + 64 * 1024 + 64 * 1024

    window.read(first, 4)
    window.read(second, 4)

    assert source.ranges[1:] == [(first, 64 * 1024), (second, 128 * 1024)]


def test_read_more_than_64_kib_ahead_fetches_a_small_block_around_its_offset() -> None:
    source = SparseSource(2**32, {})
    window = Window(source)
    first = FIRST_BLOCK + 64 * 1024 + 1
    second = first - 8 * 1024 + 32 * 1024 + 64 * 1024 + 1

    window.read(first, 4)
    window.read(second, 4)

    assert source.ranges[1:] == [
        (first - 8 * 1024, 32 * 1024),
        (second - 8 * 1024, 32 * 1024),
    ]


def test_last_four_blocks_are_cached() -> None:
    source = SparseSource(2**60, {})
    window = Window(source)
    offsets = [n * 2**40 for n in range(1, 5)]

    for offset in offsets * 2:
        window.read(offset, 4)
    assert len(source.ranges) == 1 + 4

    window.read(5 * 2**40, 4)
    window.read(offsets[0], 4)
    assert len(source.ranges) == 1 + 4 + 2


@pytest.mark.parametrize(("stride", "length"), [(2**40, 4), (2**20, 2**20)])
def test_reading_fails_when_the_budget_is_spent(stride: int, length: int) -> None:
    source = SparseSource(2**60, {})
    window = Window(source)

    def read_many() -> None:
        for n in range(1, 1000):
            window.read(n * stride, length)

    with pytest.raises(DamagedError, match="still incomplete after"):
        read_many()
    assert len(source.ranges) <= MAX_REQUESTS
    assert source.fetched <= MAX_FETCHED


@pytest.mark.parametrize(("offset", "length"), [(-1, 4), (0, -1), (2**30, MAX_READ + 1)])
def test_invalid_ranges_are_rejected(offset: int, length: int) -> None:
    with pytest.raises(DamagedError):
        Window(SparseSource(2**40, {})).read(offset, length)


@pytest.mark.parametrize("offset", [199_999, 200_000, 200_001, 250_000, 2**40])
def test_no_bytes_beyond_the_end_are_requested(offset: int) -> None:
    source = BytesSource(DATA[:200_000])
    window = Window(source)
    window.read(190_000, 5)

    assert window.read(offset, 10) == DATA[offset:200_000]
    assert all(0 < length <= 200_000 - start for start, length in source.ranges)
    assert window.truncated


def test_read_exact_fails_at_the_end_of_the_object() -> None:
    window = Window(BytesSource(b"12345"))

    assert window.read_exact(1, 4) == b"2345"
    with pytest.raises(DamagedError, match="incomplete"):
        window.read_exact(2, 4)
    assert window.truncated


def test_object_shorter_than_its_reported_size_ends_at_its_last_byte() -> None:
    class ShortSource(BytesSource):
        @property
        def size(self) -> int:
            return 10**6

    window = Window(ShortSource(DATA[:200_000]))

    assert window.read(190_000, 20_000) == DATA[190_000:200_000]
    assert window.read(300_000, 10) == b""


def test_second_request_of_a_bucket_is_cheap_and_a_third_one_is_not() -> None:
    source = BytesSource(bytes(range(256)) * 4000)
    window = Window(source)

    assert window.read_if_cheap(10, 5) == source.data[10:15]
    assert window.read_if_cheap(900_000, 30_000) == source.data[900_000:930_000]
    assert window.read_if_cheap(910_000, 10) == source.data[910_000:910_010]
    assert window.read_if_cheap(500_000, 1) is None
    assert source.ranges == [(0, FIRST_BLOCK), (900_000, 30_000)]


def test_small_reads_of_a_local_file_are_cheap_up_to_a_limit() -> None:
    source = BytesSource(bytes(range(256)) * 4000, is_local=True)
    window = Window(source)

    assert all(
        window.read_if_cheap(FIRST_BLOCK + offset, 1) == source.data[FIRST_BLOCK + offset :][:1]
        for offset in range(16_384)
    )
    requests = len(source.ranges)
    assert window.read_if_cheap(900_000, 1) == source.data[900_000:900_001]
    for offset in range(300):
        window.read_if_cheap(FIRST_BLOCK + 2 * offset, 1)
    assert len(source.ranges) <= requests + 256
    assert window.read_if_cheap(FIRST_BLOCK + 601, 1) is None


def test_cheap_read_across_the_first_block_fetches_only_the_rest() -> None:
    source = BytesSource(bytes(range(256)) * 4000)
    window = Window(source)

    assert window.read_if_cheap(FIRST_BLOCK - 5, 10) == source.data[FIRST_BLOCK - 5 :][:10]
    assert window.read_if_cheap(200_000, 1) is None
    assert window.read_if_cheap(FIRST_BLOCK - 5, 900_000) is None
    assert source.ranges[1:] == [(FIRST_BLOCK, 5)]


def test_cheap_read_ends_with_the_object() -> None:
    window = Window(BytesSource(b"0123456789"))

    assert window.read_if_cheap(8, 5) == b"89"
    assert window.read_if_cheap(10, 5) == b""
    assert not window.truncated


def test_cheap_read_stays_within_the_budget_of_bytes() -> None:
    window = Window(SparseSource(10**9, {}, is_local=True))

    assert window.read_if_cheap(10**6, 17 * 1024 * 1024) is None


def test_refused_read_of_existing_bytes_is_remembered() -> None:
    window = Window(SparseSource(10**9, {}))
    with pytest.raises(DamagedError):
        window.read(-1, 1)
    assert not window.limited
    with pytest.raises(DamagedError):
        window.read(10**6, MAX_READ + 1)
    assert window.limited


@pytest.mark.parametrize("is_local", [True, False], ids=["disk", "bucket"])
def test_object_that_ends_before_its_stated_size_is_truncated(
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    source = SparseSource(300_000, {}, is_local=is_local)
    window = Window(source)
    source.size = 200_000

    assert window.read(190_000, 20_000) == bytes(10_000)
    assert (window.size, window.truncated) == (200_000, True)
