"""The contract of `imgmeta.ports.PropertyReader`. Each test quotes the port."""

import sys
import tracemalloc
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import FrameType

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.errors import TransientError
from imgmeta.formats.window import MAX_FETCHED, MAX_REQUESTS
from imgmeta.ports import PropertyReader
from imgmeta.testing.byte_sources import BytesSource, FailingSource, SparseSource
from imgmeta.testing.contracts.hostile_files import HEADS, HOSTILE_FILES

__all__ = ["ImageSample", "PropertyReaderContract"]

REQUIRED = ("format", "mime_type", "width", "height", "display_width", "display_height")


@dataclass(frozen=True)
class ImageSample:
    """An image file that the reader must read.

    Attributes:
        content: the whole file.
        expected: the expected values of properties, by attribute of `ImageProperties`.
    """

    content: bytes
    expected: Mapping[str, object]


def assert_expected(reader: PropertyReader, sample: ImageSample) -> None:
    properties = reader.read(BytesSource(sample.content))
    assert isinstance(properties, ImageProperties)
    assert None not in [getattr(properties, name) for name in REQUIRED]
    found = {name: getattr(properties, name) for name in sample.expected}
    assert found == pytest.approx(dict(sample.expected))


def import_all(reader: PropertyReader) -> None:
    """Make the reader import its modules, which costs calls and memory."""
    for head in HEADS.values():
        reader.read(BytesSource(head))


class PropertyReaderContract:
    """The tests of a property reader: override the fixtures `reader` and `sample`.

    `sample` should have a parameter for each format that the reader supports.
    """

    @pytest.fixture
    def reader(self) -> PropertyReader:
        """Return the reader to test."""
        msg = "override the fixture `reader`"
        raise NotImplementedError(msg)

    @pytest.fixture
    def sample(self) -> ImageSample:
        """Return a small image, with its dimensions and metadata."""
        msg = "override the fixture `sample`"
        raise NotImplementedError(msg)

    @pytest.fixture
    def damaged(self) -> ImageSample | None:
        """Return an image with damaged metadata; None: skip the test."""
        return None

    @pytest.fixture
    def undecodable(self) -> ImageSample | None:
        """Return an image whose pixels cannot be decoded; None: skip the test."""
        return None

    @pytest.fixture(params=HOSTILE_FILES)
    def many_parts(self, request: pytest.FixtureRequest) -> bytes:
        """Return a file of about 100,000 parts, each of which costs a reader some work."""
        return HOSTILE_FILES[request.param]()

    @pytest.fixture
    def hungry(self) -> Sequence[bytes]:
        """Return files for which a reader takes the most memory."""
        return [make() for make in HOSTILE_FILES.values()]

    def test_version_is_a_positive_number(self, reader: PropertyReader) -> None:
        assert reader.version >= 1

    # The port: "Return the image's properties, including the GPS position." And: "The properties of
    # an image always include format, media type, width, height and the size as displayed."
    def test_properties_of_an_image_are_returned(
        self, reader: PropertyReader, sample: ImageSample
    ) -> None:
        assert_expected(reader, sample)

    # The port: "If the bytes are not a readable image, it returns `Unreadable` with a reason"
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\0",
            b"just some text",
            b"\xff\xd8",
            b"\x89PNG\r\n\x1a\n",
            b"II*\0",
            b"BM",
            b"GIF89a",
        ],
        ids=repr,
    )
    def test_invalid_file_is_unreadable_with_a_reason(
        self, reader: PropertyReader, data: bytes
    ) -> None:
        result = reader.read(BytesSource(data))

        assert isinstance(result, Unreadable)
        assert result.reason

    # The port: "it returns the properties that can be trusted, and None for the others"
    def test_damaged_metadata_is_absent_and_does_not_affect_the_size(
        self, reader: PropertyReader, damaged: ImageSample | None
    ) -> None:
        if damaged is None:
            pytest.skip("there is no image with damaged metadata")
        assert_expected(reader, damaged)

    # The port: "Pixels are never decoded"
    def test_pixels_are_not_decoded(
        self, reader: PropertyReader, undecodable: ImageSample | None
    ) -> None:
        if undecodable is None:
            pytest.skip("there is no image whose pixels cannot be decoded")
        assert_expected(reader, undecodable)

    # The port: "`complete` is None, or says whether the file has all bytes of its image."
    def test_completeness_of_whole_and_cut_files_is_right_or_unknown(
        self, reader: PropertyReader, sample: ImageSample
    ) -> None:
        whole = reader.read(BytesSource(sample.content))
        cut = reader.read(BytesSource(sample.content[:-1]))

        assert isinstance(whole, ImageProperties)
        assert whole.complete in {True, None}
        assert isinstance(cut, Unreadable) or cut.complete in {False, None}

    # The port: "no more is fetched than the header and the check of the file's end need"
    def test_only_the_header_and_the_end_are_fetched(
        self, reader: PropertyReader, sample: ImageSample
    ) -> None:
        source = SparseSource(3 * 2**30, {0: sample.content})

        assert isinstance(reader.read(source), ImageProperties)
        assert source.fetched <= 256 * 1024

    # The port: "For any bytes, `read` returns in bounded time and memory"
    @pytest.mark.parametrize("head", HEADS.values(), ids=list(HEADS))
    def test_fetched_bytes_and_requests_are_bounded(
        self, reader: PropertyReader, head: bytes
    ) -> None:
        source = SparseSource(10 * 2**40, {0: head})

        assert isinstance(reader.read(source), ImageProperties | Unreadable)
        # A reader with a fallback may read the file twice.
        assert source.fetched <= 2 * MAX_FETCHED
        assert len(source.ranges) <= 2 * MAX_REQUESTS

    # The port: as above
    def test_work_for_a_file_of_many_small_parts_is_bounded(
        self, reader: PropertyReader, many_parts: bytes
    ) -> None:
        source = BytesSource(many_parts)
        calls = 0

        def count(_frame: FrameType, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        import_all(reader)
        sys.setprofile(count)
        try:
            result = reader.read(source)
        finally:
            sys.setprofile(None)

        assert isinstance(result, ImageProperties | Unreadable)
        # A few calls for each of 100,000 parts of the file.
        assert calls < 800_000

    # The port: as above
    def test_memory_of_32_threads_with_hostile_files_is_bounded(
        self, reader: PropertyReader, hungry: Sequence[bytes]
    ) -> None:
        sources = [BytesSource(hungry[number % len(hungry)]) for number in range(32)]
        import_all(reader)
        tracemalloc.start()
        try:
            with ThreadPoolExecutor(len(sources)) as threads:
                results = list(threads.map(reader.read, sources))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert all(isinstance(result, ImageProperties | Unreadable) for result in results)
        assert peak < 192 * 1024 * 1024
        for source in sources:
            # A reader with a fallback may read the file twice.
            assert source.fetched <= 2 * MAX_FETCHED
            assert len(source.ranges) <= 2 * MAX_REQUESTS

    # The port: "TransientError: from `content`, passed on."
    @pytest.mark.parametrize("size", [0, 12])
    def test_error_of_the_object_store_is_raised(
        self, reader: PropertyReader, sample: ImageSample, size: int
    ) -> None:
        with pytest.raises(TransientError, match="did not answer"):
            reader.read(FailingSource(sample.content[:size], size=1_000_000))
