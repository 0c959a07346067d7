"""Failures of the object store while the end of an object is read."""

from dataclasses import dataclass

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.errors import ImgmetaError, ObjectChangedError, PermanentError, TransientError
from imgmeta.formats import HeaderPropertyReader
from support.images.byte_sources import BytesSource
from support.images.jxl_files import codestream
from support.images.samples import jpeg


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
