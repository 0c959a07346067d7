"""Completeness of each format, and failures of the store while an object's end is read."""

import struct
from dataclasses import dataclass

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.errors import ImgmetaError, ObjectChangedError, PermanentError, TransientError
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.jxl_files import codestream, jxl_files
from support.images.raw_files import raw_files
from support.images.samples import jpeg, sample_files


@dataclass
class _EndlessSource(BytesSource):
    """An object of which only the first block can be read."""

    error: type[ImgmetaError] = TransientError

    def read(self, offset: int, length: int) -> bytes:
        if offset:
            message = "no ranges"
            raise self.error(message)
        return super().read(offset, length)


DATA = jpeg() + bytes(1_000_000)


def test_end_that_the_store_never_returns_is_unknown() -> None:
    result = HeaderPropertyReader().read(_EndlessSource(DATA, error=PermanentError))

    assert isinstance(result, ImageProperties)
    assert (result.width, result.complete) == (40, None)


@pytest.mark.parametrize("error", [TransientError, ObjectChangedError])
def test_temporary_failure_at_the_end_is_raised(error: type[ImgmetaError]) -> None:
    with pytest.raises(error):
        HeaderPropertyReader().read(_EndlessSource(DATA, error=error))


@pytest.mark.parametrize("data", [codestream(), codestream()[:-1]], ids=["whole", "cut"])
def test_format_that_does_not_show_its_end_is_unknown(data: bytes) -> None:
    result = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(result, ImageProperties)
    assert (result.format, result.complete) == ("JXL", None)


@pytest.mark.parametrize(
    "name", ["heic", "jxl", "jxl-parts", "cr2", "cr3", "iiq", "nef", "orf", "orf-big-endian", "rw2"]
)
def test_missing_last_byte_makes_an_image_incomplete(name: str) -> None:
    data = (sample_files() | jxl_files() | raw_files())[name]

    whole, cut = (HeaderPropertyReader().read(BytesSource(part)) for part in (data, data[:-1]))

    assert isinstance(whole, ImageProperties)
    assert isinstance(cut, ImageProperties)
    assert (whole.complete, cut.complete) == (True, False)


def test_missing_last_byte_of_the_sensor_data_makes_a_raf_incomplete() -> None:
    data = raw_files()["raf"]
    data = data[:100] + struct.pack(">II", len(data), 50) + data[108:] + bytes(50)

    whole, cut = (HeaderPropertyReader().read(BytesSource(part)) for part in (data, data[:-1]))

    assert isinstance(whole, ImageProperties)
    assert isinstance(cut, ImageProperties)
    assert (whole.complete, cut.complete) == (True, False)
