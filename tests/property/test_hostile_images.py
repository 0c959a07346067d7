"""Readers return properties or a reason for any bytes, within their budget."""

import os
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.window import MAX_FETCHED, MAX_REQUESTS
from imgmeta.ports import PropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.damage import damaged
from support.images.jxl_files import jxl_files
from support.images.raw_files import raw_files
from support.images.samples import sample_files

EXAMPLES = Path(__file__).parents[2] / "examples"
PHOTOS = Path(
    os.environ.get("IMGMETA_TEST_PHOTOS")
    or Path(__file__).resolve().parents[2].parent / "shared" / "photos"
)
MAX_LENGTH = 200_000


def _real_files() -> dict[str, bytes]:
    """Return the first bytes of the example files and, if available, of real photos."""
    return {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes()[:MAX_LENGTH]
        for folder in (EXAMPLES / "photos", EXAMPLES / "broken", PHOTOS)
        for path in sorted(folder.rglob("*.*"))
        if path.suffix[1:].lower() in IMAGE_SUFFIXES
    }


GENERATED = sample_files() | jxl_files() | raw_files()
SEEDS = GENERATED | _real_files()


def _check(reader: PropertyReader, data: bytes) -> None:
    source = BytesSource(data)
    result = reader.read(source)
    assert isinstance(result, ImageProperties | Unreadable)
    if isinstance(result, ImageProperties):
        assert result.format
        assert result.mime_type
        assert result.width
        assert result.height
        assert result.display_width
        assert result.display_height
        assert ImageProperties.model_validate(result.model_dump()) == result
    assert source.fetched <= MAX_FETCHED
    assert len(source.ranges) <= MAX_REQUESTS


@given(
    seed=st.sampled_from(sorted(SEEDS)),
    donor=st.sampled_from(sorted(SEEDS)),
    damage=st.randoms(use_true_random=False),
)
@settings(max_examples=settings().max_examples * 2)
def test_damaged_headers_give_properties_or_a_reason(
    seed: str, donor: str, damage: random.Random
) -> None:
    _check(HeaderPropertyReader(), damaged(SEEDS[seed], damage, SEEDS[donor]))


@given(
    seed=st.sampled_from(sorted(SEEDS)),
    donor=st.sampled_from(sorted(SEEDS)),
    damage=st.randoms(use_true_random=False),
)
def test_damaged_headers_give_properties_or_a_reason_with_pillow(
    seed: str, donor: str, damage: random.Random
) -> None:
    _check(PillowPropertyReader(), damaged(SEEDS[seed], damage, SEEDS[donor]))


@given(
    signature=st.sampled_from(sorted({data[:16] for data in SEEDS.values()})),
    tail=st.binary(max_size=600),
)
def test_random_bytes_after_a_signature_give_properties_or_a_reason(
    signature: bytes, tail: bytes
) -> None:
    _check(HeaderPropertyReader(), signature + tail)


@pytest.mark.parametrize("name", sorted(GENERATED))
@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_file_truncated_anywhere_gives_properties_or_a_reason(name: str, step: int) -> None:
    complete = len(GENERATED[name])
    # All headers end before this length; pixels or padding follow.
    headers = min(complete, 1_500)
    for length in (*range(0, headers, step), *range(headers, complete, 50)):
        _check(HeaderPropertyReader(), GENERATED[name][:length])


@given(seed=st.sampled_from(sorted(SEEDS)), data=st.data())
def test_real_file_truncated_anywhere_gives_properties_or_a_reason(
    seed: str, data: st.DataObject
) -> None:
    complete = SEEDS[seed]
    length = data.draw(st.integers(0, len(complete)))

    _check(HeaderPropertyReader(), complete[:length])


def test_memory_for_damaged_headers_is_bounded() -> None:
    damage = random.Random(1)
    files = [damaged(data, damage, data) for data in GENERATED.values() for _ in range(10)]
    reader = HeaderPropertyReader()
    tracemalloc.start()
    try:
        for data in files:
            reader.read(BytesSource(data))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 8 * 1024 * 1024


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_many_damaged_images_give_properties_or_a_reason(seed: int) -> None:
    damage = random.Random(seed)
    originals = list(SEEDS.values())
    readers = (HeaderPropertyReader(), PillowPropertyReader())
    for number in range(20_000):
        data = damaged(damage.choice(originals), damage, damage.choice(originals))
        _check(readers[number % 20 == 0], data)
