import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgmeta.core.objects import FIRST_BLOCK
from imgmeta.formats.window import MAX_FETCHED, MAX_READ, MAX_REQUESTS, DamagedError, Window
from support.images.byte_sources import Bytes, Sparse

DATA = bytes(n * 7 % 251 for n in range(400_000))


@given(
    st.lists(
        st.tuples(st.integers(0, len(DATA) + 100), st.integers(0, 70_000)), min_size=1, max_size=20
    )
)
@settings(deadline=None)
def test_ranges_are_those_of_the_source(ranges: list[tuple[int, int]]) -> None:
    window = Window(Bytes(DATA))

    for offset, length in ranges:
        assert window.read(offset, length) == DATA[offset : offset + length]


def test_the_beginning_is_one_request() -> None:
    source = Bytes(DATA)
    window = Window(source)

    for offset in range(0, FIRST_BLOCK, 1000):
        window.read(offset, 50)

    assert source.ranges == [(0, FIRST_BLOCK)]


def test_going_on_takes_larger_and_larger_blocks() -> None:
    source = Sparse(12 * 2**20, {})
    window = Window(source)

    for offset in range(0, source.size, 5000):
        window.read(offset, 5000)

    assert len(source.ranges) < 40
    assert source.fetched <= source.size + 40 * 5000


def test_a_jump_takes_a_small_block_around_it() -> None:
    source = Sparse(2**32, {})
    window = Window(source)

    window.read(2**31, 4)
    window.read(2**31 - 2000, 4)
    window.read(2**31 + 2000, 4)

    assert len(source.ranges) == 2
    assert source.fetched < FIRST_BLOCK + 64 * 1024


@pytest.mark.parametrize(("stride", "length"), [(2**40, 4), (2**20, 2**20)])
def test_the_budget_is_kept(stride: int, length: int) -> None:
    source = Sparse(2**60, {})
    window = Window(source)

    def read_on() -> None:
        for n in range(1, 1000):
            window.read(n * stride, length)

    with pytest.raises(DamagedError, match="goes on after"):
        read_on()
    assert len(source.ranges) <= MAX_REQUESTS
    assert source.fetched <= MAX_FETCHED


@pytest.mark.parametrize(("offset", "length"), [(-1, 4), (0, -1), (2**30, MAX_READ + 1)])
def test_absurd_ranges_are_refused(offset: int, length: int) -> None:
    with pytest.raises(DamagedError):
        Window(Sparse(2**40, {})).read(offset, length)


@pytest.mark.parametrize("offset", [199_999, 200_000, 200_001, 250_000, 2**40])
def test_nothing_is_asked_for_beyond_the_end(offset: int) -> None:
    source = Bytes(DATA[:200_000])
    window = Window(source)
    window.read(190_000, 5)

    assert window.read(offset, 10) == DATA[offset:200_000]
    assert all(0 < length <= 200_000 - start for start, length in source.ranges)
    assert window.cut_short


def test_what_must_be_whole_is_whole() -> None:
    window = Window(Bytes(b"12345"))

    assert window.exactly(1, 4) == b"2345"
    with pytest.raises(DamagedError, match="not whole"):
        window.exactly(2, 4)
    assert window.cut_short


def test_an_object_shorter_than_it_says_ends_where_it_ends() -> None:
    class Short(Bytes):
        @property
        def size(self) -> int:
            return 10**6

    window = Window(Short(DATA[:200_000]))

    assert window.read(190_000, 20_000) == DATA[190_000:200_000]
    assert window.read(300_000, 10) == b""
