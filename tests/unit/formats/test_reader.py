import subprocess
import sys

import pytest

from imgmeta.core.objects import ByteSource
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from support.images.byte_sources import Bytes
from support.images.samples import seeds


class Other:
    """Another reader, which knows everything."""

    version = 1

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        return Unreadable(reason=f"asked about {content.size} bytes")


def test_what_is_not_recognised_is_left_to_the_fallback() -> None:
    reader = HeaderPropertyReader(Other())

    assert reader.read(Bytes(b"something")) == Unreadable(reason="asked about 9 bytes")


@pytest.mark.parametrize("name", sorted(seeds()))
def test_what_is_recognised_is_not(name: str) -> None:
    reader = HeaderPropertyReader(Other())

    assert isinstance(reader.read(Bytes(seeds()[name])), ImageProperties)
    assert "asked about" not in repr(reader.read(Bytes(seeds()[name][:20])))


def test_an_empty_file_is_called_that() -> None:
    assert HeaderPropertyReader(Other()).read(Bytes(b"")) == Unreadable(reason="an empty file")


def test_pillow_is_not_imported_for_the_formats_read_here() -> None:
    program = """
import sys
from imgmeta.formats import HeaderPropertyReader
import imgmeta.adapters.pillow
HeaderPropertyReader(imgmeta.adapters.pillow.PillowPropertyReader())
sys.exit("PIL" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)

    assert done.returncode == 0


def test_a_newer_fallback_makes_a_newer_reader() -> None:
    class NewerOther(Other):
        version = 2

    alone, before, after = (
        HeaderPropertyReader(fallback).version for fallback in (None, Other(), NewerOther())
    )
    assert alone <= before < after, "what the fallback read must be read again"
