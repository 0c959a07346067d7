"""The contract of `imgmeta.ports.ThumbnailHasher`. Each test quotes the port."""

import re
from dataclasses import dataclass

import pytest

from imgmeta.core.perceptual_hashes import FEATURELESS
from imgmeta.core.properties import ImageProperties
from imgmeta.errors import TransientError
from imgmeta.formats.window import MAX_FETCHED
from imgmeta.ports import ThumbnailHasher
from imgmeta.testing.byte_sources import BytesSource, FailingSource, SparseSource
from imgmeta.testing.contracts.hostile_files import HEADS, HOSTILE_FILES

__all__ = ["ThumbnailHasherContract", "ThumbnailSample"]

_PADDING = 1 << 30


@dataclass(frozen=True)
class ThumbnailSample:
    """An image file with a thumbnail of a picture with contrast.

    Attributes:
        content: the whole file.
        properties: its properties.
    """

    content: bytes
    properties: ImageProperties


class ThumbnailHasherContract:
    """The tests of a hasher: override the fixtures `hasher` and `sample`."""

    @pytest.fixture
    def hasher(self) -> ThumbnailHasher:
        """Return the hasher to test."""
        msg = "override the fixture `hasher`"
        raise NotImplementedError(msg)

    @pytest.fixture
    def sample(self) -> ThumbnailSample:
        """Return an image with a thumbnail."""
        msg = "override the fixture `sample`"
        raise NotImplementedError(msg)

    # The port: "Return the hash of the thumbnail as displayed: 64 bits as 16 hexadecimal digits."
    def test_hash_has_16_hexadecimal_digits(
        self, hasher: ThumbnailHasher, sample: ThumbnailSample
    ) -> None:
        found = hasher.hash(BytesSource(sample.content), sample.properties)
        assert re.fullmatch("[0-9a-f]{16}", found)
        assert found != FEATURELESS

    # The port: "Without a thumbnail that can be compared, the result is ...`FEATURELESS`."
    # The port: "For any bytes, `hash` ... raises no errors of its own."
    @pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xd9", bytes(1000)], ids=range(3))
    def test_file_without_thumbnail_is_featureless(
        self, hasher: ThumbnailHasher, sample: ThumbnailSample, content: bytes
    ) -> None:
        assert hasher.hash(BytesSource(content), sample.properties) == FEATURELESS

    @pytest.mark.parametrize("name", HOSTILE_FILES)
    def test_hostile_file_is_featureless(
        self, hasher: ThumbnailHasher, sample: ThumbnailSample, name: str
    ) -> None:
        content = BytesSource(HOSTILE_FILES[name]())
        assert hasher.hash(content, sample.properties) == FEATURELESS

    def test_file_that_is_cut_anywhere_has_a_hash(
        self, hasher: ThumbnailHasher, sample: ThumbnailSample
    ) -> None:
        for length in range(0, len(sample.content), max(1, len(sample.content) // 50)):
            found = hasher.hash(BytesSource(sample.content[:length]), sample.properties)
            assert re.fullmatch("[0-9a-f]{16}", found)

    # The port: "Only the header of an image and its thumbnail are fetched."
    @pytest.mark.parametrize("name", HEADS)
    def test_little_of_a_huge_file_is_fetched(
        self, hasher: ThumbnailHasher, sample: ThumbnailSample, name: str
    ) -> None:
        content = SparseSource(10 * 1024**4, {0: HEADS[name]})
        assert hasher.hash(content, sample.properties) == FEATURELESS
        assert content.fetched <= MAX_FETCHED

    def test_pixels_after_the_thumbnail_are_not_fetched(
        self, hasher: ThumbnailHasher, sample: ThumbnailSample
    ) -> None:
        content = SparseSource(len(sample.content) + _PADDING, {0: sample.content})
        hasher.hash(content, sample.properties)
        assert content.fetched <= MAX_FETCHED

    # The port: "TransientError: from `content`, passed on."
    def test_error_of_the_content_is_passed_on(
        self, hasher: ThumbnailHasher, sample: ThumbnailSample
    ) -> None:
        with pytest.raises(TransientError):
            hasher.hash(FailingSource(b"", 100), sample.properties)
