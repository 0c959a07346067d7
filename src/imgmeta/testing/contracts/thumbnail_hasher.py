"""The contract of `imgmeta.ports.ThumbnailHasher`. Each test quotes the port."""

import re
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from imgmeta.core.perceptual_hashes import FEATURELESS, distance, parse_hash
from imgmeta.core.properties import ImageProperties
from imgmeta.errors import TransientError
from imgmeta.formats.window import MAX_FETCHED
from imgmeta.ports import ThumbnailHasher
from imgmeta.testing.byte_sources import BytesSource, FailingSource, SparseSource
from imgmeta.testing.contracts.hostile_files import HEADS, HOSTILE_FILES

__all__ = ["ImageWithThumbnail", "ThumbnailHasherContract"]

SAME_PICTURE = 4
"""Greatest distance of the hashes of one picture that was rotated and compressed again."""


@dataclass(frozen=True)
class ImageWithThumbnail:
    """An image file that has an embedded thumbnail.

    Attributes:
        content: the whole file.
        properties: its properties.
    """

    content: bytes
    properties: ImageProperties


class ThumbnailHasherContract:
    """The tests of a thumbnail hasher: override the fixtures `hasher` and `images`."""

    @pytest.fixture
    def hasher(self) -> ThumbnailHasher:
        """Return the hasher to test."""
        msg = "override the fixture `hasher`"
        raise NotImplementedError(msg)

    @pytest.fixture
    def images(self) -> Sequence[ImageWithThumbnail]:
        """Return images of the same picture, stored with different orientations."""
        msg = "override the fixture `images`"
        raise NotImplementedError(msg)

    # The port: "64 bits as 16 hexadecimal digits"
    def test_hash_of_a_thumbnail_has_16_digits(
        self, hasher: ThumbnailHasher, images: Sequence[ImageWithThumbnail]
    ) -> None:
        for image in images:
            result = hasher.hash(BytesSource(image.content), image.properties)
            assert re.fullmatch("[0-9a-f]{16}", result)
            assert result != FEATURELESS

    # The port: "Return the hash of the thumbnail as displayed"
    def test_orientation_does_not_change_the_hash(
        self, hasher: ThumbnailHasher, images: Sequence[ImageWithThumbnail]
    ) -> None:
        first, *others = (
            parse_hash(hasher.hash(BytesSource(image.content), image.properties))
            for image in images
        )
        assert others
        assert all(distance(first, other) <= SAME_PICTURE for other in others)

    # The port: "Without a thumbnail that can be compared, the result is
    # `perceptual_hashes.FEATURELESS`."
    @pytest.mark.parametrize("data", [b"", b"\0", b"just some text", b"\xff\xd8"], ids=repr)
    def test_file_without_thumbnail_is_featureless(
        self, hasher: ThumbnailHasher, data: bytes
    ) -> None:
        assert hasher.hash(BytesSource(data), ImageProperties()) == FEATURELESS

    # The port: "Only the header of an image and its thumbnail are fetched."
    def test_pixels_are_not_fetched(
        self, hasher: ThumbnailHasher, images: Sequence[ImageWithThumbnail]
    ) -> None:
        for image in images:
            source = SparseSource(3 * 2**30, {0: image.content})
            hasher.hash(source, image.properties)
            assert source.fetched <= 512 * 1024

    # The port: "For any bytes, `hash` returns in bounded time and memory, and raises no errors of
    # its own."
    @pytest.mark.parametrize("head", HEADS.values(), ids=list(HEADS))
    def test_fetched_bytes_are_bounded(self, hasher: ThumbnailHasher, head: bytes) -> None:
        source = SparseSource(10 * 2**40, {0: head})
        assert hasher.hash(source, ImageProperties()) == FEATURELESS
        assert source.fetched <= MAX_FETCHED

    # The port: as above
    @pytest.mark.parametrize("name", HOSTILE_FILES)
    def test_hostile_file_is_featureless(self, hasher: ThumbnailHasher, name: str) -> None:
        assert hasher.hash(BytesSource(HOSTILE_FILES[name]()), ImageProperties()) == FEATURELESS

    # The port: as above
    def test_file_that_is_cut_anywhere_has_a_hash(
        self, hasher: ThumbnailHasher, images: Sequence[ImageWithThumbnail]
    ) -> None:
        content, properties = images[0].content, images[0].properties
        for length in range(0, len(content), max(1, len(content) // 50)):
            result = hasher.hash(BytesSource(content[:length]), properties)
            assert re.fullmatch("[0-9a-f]{16}", result)

    # The port: as above
    def test_memory_for_compressed_data_is_bounded(self, hasher: ThumbnailHasher) -> None:
        source = BytesSource(HOSTILE_FILES["profile.png"]())
        hasher.hash(BytesSource(b""), ImageProperties())  # imports modules
        tracemalloc.start()
        try:
            hasher.hash(source, ImageProperties())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 32 * 1024 * 1024

    # The port: "TransientError: from `content`, passed on."
    def test_error_of_the_content_is_raised(self, hasher: ThumbnailHasher) -> None:
        with pytest.raises(TransientError):
            hasher.hash(FailingSource(b"", 100), ImageProperties())
