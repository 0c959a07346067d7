import subprocess
import sys

import pytest

from imgmeta.core.objects import ByteSource
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import sample_files


class FakeReader:
    """A fallback that returns the size of the content as its reason."""

    version = 1

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        return Unreadable(reason=f"fallback got {content.size} bytes")


def test_unsupported_format_is_read_by_the_fallback() -> None:
    reader = HeaderPropertyReader(FakeReader())

    assert reader.read(BytesSource(b"something")) == Unreadable(reason="fallback got 9 bytes")


@pytest.mark.parametrize("name", sorted(sample_files()))
def test_supported_format_is_not_read_by_the_fallback(name: str) -> None:
    reader = HeaderPropertyReader(FakeReader())

    assert isinstance(reader.read(BytesSource(sample_files()[name])), ImageProperties)
    assert "fallback got" not in repr(reader.read(BytesSource(sample_files()[name][:20])))


def test_empty_file_is_unreadable() -> None:
    assert HeaderPropertyReader(FakeReader()).read(BytesSource(b"")) == Unreadable(
        reason="an empty file"
    )


def test_pillow_is_not_imported_when_a_reader_is_created() -> None:
    program = """
import sys
from imgmeta.formats import HeaderPropertyReader
import imgmeta.adapters.pillow
HeaderPropertyReader(imgmeta.adapters.pillow.PillowPropertyReader())
sys.exit("PIL" in sys.modules)
"""
    process = subprocess.run([sys.executable, "-c", program], check=False)

    assert process.returncode == 0


def test_version_rises_with_the_version_of_the_fallback() -> None:
    class NewerReader(FakeReader):
        version = 2

    alone, before, after = (
        HeaderPropertyReader(fallback).version for fallback in (None, FakeReader(), NewerReader())
    )
    assert alone <= before < after, "records of the older fallback must become outdated"
