import tracemalloc

import pytest

from imgmeta.formats.raw_profile import decode_raw_profile
from support.images.samples import raw_profile

BLOCK = bytes(range(256)) * 400


@pytest.mark.parametrize("width", [1, 72, 1_000_000])
def test_profile_is_decoded_whatever_its_line_length(width: int) -> None:
    assert decode_raw_profile(raw_profile(b"exif", BLOCK, width=width), 10**6) == BLOCK


@pytest.mark.parametrize(
    "rest", [b"\n00ff", b"trailing text", b"0", b"\0\0\0\0", b"\n\nexif\n 4\nabcd"], ids=repr
)
def test_bytes_after_the_declared_length_are_ignored(rest: bytes) -> None:
    assert decode_raw_profile(raw_profile(b"exif", BLOCK) + rest, 10**6) == BLOCK


def test_truncated_profile_has_the_available_bytes() -> None:
    assert decode_raw_profile(b"\nexif\n       8\n0102030", 10**6) == b"\1\2\3"


def test_profile_does_not_continue_after_a_character_that_is_not_a_digit() -> None:
    text = b"\nexif\n  100000\n0102 x" + b"03" * 100_000

    assert decode_raw_profile(text, 10**6) == b"\1\2"


def test_profile_ends_before_the_first_character_that_is_not_a_digit() -> None:
    assert decode_raw_profile(b"\nexif\n       8\n0102 x 0304", 10**6) == b"\1\2"


def test_profile_is_limited() -> None:
    assert decode_raw_profile(raw_profile(b"exif", BLOCK), 100) == BLOCK[:100]


@pytest.mark.parametrize("text", [b"", b"exif", b"\nexif\nlong\n0102", b"\nexif\n 2"])
def test_text_without_a_length_has_no_profile(text: bytes) -> None:
    assert decode_raw_profile(text, 10**6) == b""


def test_memory_is_bounded_for_short_lines() -> None:
    text = b"\nexif\n 8000000\n" + b"4d\n" * 700_000
    tracemalloc.start()
    try:
        decode_raw_profile(text, 2**20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 3 * 2**20
