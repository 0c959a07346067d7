"""The contracts of the ports that a search for duplicates needs besides the repository."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from imgmeta.adapters.filesystem import LocalObjectStore, locate
from imgmeta.adapters.pillow import PillowThumbnailHasher
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.bootstrap import open_objects
from imgmeta.config import Settings
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.ports import LinkDetector, SizeFinder, ThumbnailHasher
from imgmeta.testing.byte_sources import BytesSource
from imgmeta.testing.contracts import (
    ImageWithThumbnail,
    LinkDetectorContract,
    LinkDetectorHarness,
    ThumbnailHasherContract,
)
from support.images.thumbnails import pattern, photo


class TestLinkDetector(LinkDetectorContract):
    """The local file system, and the store that routes to it."""

    @pytest.fixture(params=["local", "routing"])
    def harness(self, request: pytest.FixtureRequest, tmp_path: Path) -> LinkDetectorHarness:
        file, hard, soft, copy, dangling = (tmp_path / f"{name}.jpg" for name in "abcde")
        file.write_bytes(b"photo")
        os.link(file, hard)
        soft.symlink_to(file)
        copy.write_bytes(b"photo")
        dangling.symlink_to("nowhere")
        objects = LocalObjectStore() if request.param == "local" else open_objects(Settings())
        assert isinstance(objects, LinkDetector)
        absent = locate(tmp_path / "absent.jpg")
        return LinkDetectorHarness(
            objects,
            links=[locate(path) for path in (file, hard, soft)],
            copy=locate(copy),
            missing=[absent, locate(dangling), ObjectLocation("file://", "a\0b")],
        )


def test_size_finder_is_found_by_its_protocol(tmp_path: Path) -> None:
    with SQLiteImageRepository(tmp_path / "imgmeta.db") as repository:
        assert isinstance(repository, SizeFinder)


class TestThumbnailHasher(ThumbnailHasherContract):
    @pytest.fixture
    def hasher(self) -> ThumbnailHasher:
        return PillowThumbnailHasher()

    @pytest.fixture
    def images(self) -> Sequence[ImageWithThumbnail]:
        upright = pattern(3)
        rotated = upright.transpose(Image.Transpose.ROTATE_90)
        files = (photo(upright), photo(rotated, orientation=6, size=(300, 400)))
        return [ImageWithThumbnail(content, properties_of(content)) for content in files]


def properties_of(content: bytes) -> ImageProperties:
    properties = HeaderPropertyReader().read(BytesSource(content))
    assert isinstance(properties, ImageProperties)
    return properties
