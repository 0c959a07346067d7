"""The contract of `imgmeta.ports.PropertyReader`, for every adapter."""

from collections.abc import Callable, Sequence
from functools import cache

import pytest

from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.ports import PropertyReader
from imgmeta.testing.byte_sources import BytesSource
from imgmeta.testing.contracts import ImageSample, PropertyReaderContract
from support.images.hostile_files import HOSTILE
from support.images.samples import CAMERA, app1_exif, exif, jpeg, png, sample_files, tiff

READERS: dict[str, Callable[[], PropertyReader]] = {
    "headers": HeaderPropertyReader,
    "headers-then-pillow": lambda: HeaderPropertyReader(PillowPropertyReader()),
    "pillow": PillowPropertyReader,
}
COMMON_SAMPLES = ("jpeg", "jpeg-bare", "png", "gif", "bmp")
SIZE = {"width": 40, "height": 30, "display_width": 40, "display_height": 30}
ROTATED = {"width": 40, "height": 30, "display_width": 30, "display_height": 40}
METADATA = {"camera_make": "Acme Corporation", "latitude": -33.875, "longitude": 151.2}

MANY_PARTS = (
    *("segments.jpg", "chunks.png", "comment.gif"),
    *("associations.heic", "references.heic"),
)
HUNGRY = (
    *("profile-bomb.png", "exif-bomb.png", "xmp-bomb.png", "texts.png"),
    *("associations.heic", "header-jp2.jpg", "strips.tif", "blocks-icns.png"),
)
"""Files for which a reader takes the most memory."""


@cache
def _hostile(name: str) -> bytes:
    content = HOSTILE[name]()
    assert isinstance(content, bytes)
    return content


class TestPropertyReader(PropertyReaderContract):
    @pytest.fixture(params=READERS)
    def reader(self, request: pytest.FixtureRequest) -> PropertyReader:
        make: Callable[[], PropertyReader] = READERS[request.param]
        return make()

    @pytest.fixture(params=COMMON_SAMPLES)
    def sample(self, request: pytest.FixtureRequest) -> ImageSample:
        kind = request.param.partition("-")[0]
        expected = {"format": kind.upper(), "mime_type": f"image/{kind}"}
        has_metadata = request.param in {"jpeg", "png"}
        expected |= {**ROTATED, **METADATA} if has_metadata else SIZE
        pixels = bytes(40 * 30 * 4) if kind == "bmp" else b""
        return ImageSample(sample_files()[request.param] + pixels, expected)

    @pytest.fixture
    def damaged(self) -> ImageSample:
        content = jpeg(app1_exif(exif()[:20]))
        return ImageSample(content, {"width": 40, "camera_make": None, "taken_at": None})

    @pytest.fixture
    def undecodable(self) -> ImageSample:
        return ImageSample(png(pixels=[b"not compressed data"]), SIZE)

    @pytest.fixture(params=MANY_PARTS)
    def many_parts(self, request: pytest.FixtureRequest) -> bytes:
        return _hostile(request.param)

    @pytest.fixture
    def hungry(self) -> list[bytes]:
        return [_hostile(name) for name in HUNGRY]

    @pytest.mark.slow
    def test_memory_of_32_threads_with_hostile_files_is_bounded(
        self, reader: PropertyReader, hungry: Sequence[bytes]
    ) -> None:
        super().test_memory_of_32_threads_with_hostile_files_is_bounded(reader, hungry)

    def test_size_of_a_tiff_is_that_of_its_first_page(self, reader: PropertyReader) -> None:
        pages = tiff(
            {
                **CAMERA,
                256: (4, [40]),
                257: (4, [30]),
                258: (3, [8]),
                259: (3, [1]),
                262: (3, [1]),
                273: (4, [0]),
                277: (3, [1]),
                278: (4, [30]),
                279: (4, [1200]),
            },
            pages=2,
        )
        properties = reader.read(BytesSource(pages))

        assert isinstance(properties, ImageProperties)
        assert properties.frame_count == 2
        assert (properties.width, properties.display_width) == (40, 30)
