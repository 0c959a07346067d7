import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.perceptual_hashes import distance
from imgmeta.core.similarity import (
    MAX_DISTANCE,
    SimilarGroup,
    SimilarImage,
    ThumbnailEntry,
    group_similar,
    without_links,
)


def entry(key: str, bits: int, *, pixels: int = 9, size: int = 5) -> ThumbnailEntry:
    return ThumbnailEntry(ObjectLocation("holiday", key), size, pixels, 1, bits)


def keys(groups: Iterable[SimilarGroup]) -> list[list[str]]:
    return [[each.entry.location.key for each in group.images] for group in groups]


def brute_force(entries: Sequence[ThumbnailEntry], limit: int) -> list[SimilarGroup]:
    """Group as the documentation says, by comparing each image with each group."""
    groups: list[list[SimilarImage]] = []
    remaining = sorted(entries, key=lambda each: (-each.pixels, -each.size, each.location))
    while remaining:
        bits = remaining[0].bits
        equal = [each for each in remaining if each.bits == bits]
        remaining = [each for each in remaining if each.bits != bits]
        near = [
            (distance(group[0].entry.bits, bits), number)
            for number, group in enumerate(groups)
            if distance(group[0].entry.bits, bits) <= limit
        ]
        if not near:
            groups.append([])
        apart, number = min(near, default=(0, len(groups) - 1))
        groups[number] += [SimilarImage(each, apart) for each in equal]
    for group in groups:
        group[1:] = sorted(
            group[1:],
            key=lambda each: (-each.entry.pixels, -each.entry.size, each.entry.location),
        )
    found = [SimilarGroup(tuple(group)) for group in groups if len(group) > 1]
    return sorted(found, key=lambda group: (-group.other_bytes, group.images[0].entry.location))


@st.composite
def neighborhoods(draw: st.DrawFn) -> list[ThumbnailEntry]:
    """Return images whose hashes differ from a few others in a few bits."""
    centers = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=3))
    entries: list[ThumbnailEntry] = []
    for number in range(draw(st.integers(0, 12))):
        bits = draw(st.sampled_from(centers))
        for place in draw(st.lists(st.integers(0, 63), max_size=12)):
            bits ^= 1 << place
        pixels, size = draw(st.integers(0, 2)), draw(st.integers(0, 2))
        entries.append(entry(str(number), bits, pixels=pixels, size=size))
    return entries


@given(neighborhoods(), st.integers(0, MAX_DISTANCE))
def test_groups_are_those_of_comparing_all_images(
    entries: list[ThumbnailEntry], limit: int
) -> None:
    assert group_similar(entries, limit) == brute_force(entries, limit)


@given(neighborhoods(), st.integers(0, MAX_DISTANCE), st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_of_the_images(
    entries: list[ThumbnailEntry], limit: int, rng: random.Random
) -> None:
    shuffled = rng.sample(entries, len(entries))

    assert group_similar(shuffled, limit) == group_similar(entries, limit)


@given(neighborhoods(), st.integers(0, MAX_DISTANCE))
def test_each_image_is_within_the_distance_of_the_first_of_its_group(
    entries: list[ThumbnailEntry], limit: int
) -> None:
    groups = group_similar(entries, limit)

    for group in groups:
        first = group.images[0].entry
        for image in group.images:
            assert image.distance == distance(first.bits, image.entry.bits) <= limit
    firsts = [group.images[0].entry.bits for group in groups]
    for number, bits in enumerate(firsts):
        assert all(distance(bits, other) > limit for other in firsts[:number])


def test_image_with_most_pixels_is_first() -> None:
    entries = [
        entry("small", 1, pixels=3),
        entry("large", 3, pixels=8),
        entry("middle", 3, pixels=5),
    ]

    (group,) = group_similar(entries, 2)
    assert keys([group]) == [["large", "middle", "small"]]
    assert [each.distance for each in group.images] == [0, 0, 1]
    assert group.other_bytes == 10


def test_chain_of_similar_images_is_not_one_group() -> None:
    chain = [
        entry(f"{number:02}", (1 << 2 * number) - 1, pixels=99 - number) for number in range(30)
    ]

    groups = group_similar(chain, 4)
    assert [len(group.images) for group in groups] == [3] * 10


@pytest.mark.parametrize("limit", range(MAX_DISTANCE + 1))
def test_hash_is_found_up_to_the_limit_however_its_bits_are_spread(limit: int) -> None:
    rng = random.Random(limit)
    for _ in range(50):
        bits = rng.getrandbits(64)
        near = far = bits
        places = rng.sample(range(64), limit + 1)
        for place in places[:limit]:
            near ^= 1 << place
        for place in places:
            far ^= 1 << place
        assert len(group_similar([entry("a", bits), entry("b", near)], limit)) == 1
        assert group_similar([entry("a", bits), entry("b", far)], limit) == []


def test_no_images_have_no_groups() -> None:
    assert group_similar([], 6) == []


def test_links_are_left_out() -> None:
    images = [
        entry("a", 1),
        entry("b", 1),
        entry("c", 1, pixels=3),
        entry("d", 7 << 40),
        entry("e", 7 << 40),
    ]
    ids = dict.fromkeys((image.location for image in images[1:3]), 1)
    ids |= dict.fromkeys((image.location for image in images[3:]), 2)

    (group,) = without_links(group_similar(images, 2), ids)
    assert keys([group]) == [["a", "b"]]
