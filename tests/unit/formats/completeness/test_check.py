"""Failures of the object store while the end of an object is read."""

from dataclasses import dataclass

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.errors import ImgmetaError, ObjectChangedError, PermanentError, TransientError
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.completeness import is_complete
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window
from support.images.byte_sources import BytesSource
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


def test_other_formats_are_unknown() -> None:
    assert is_complete(Window(BytesSource(b"another format")), ImageHeader("", "")) is None
