"""The contracts of the ports that a search for duplicates needs besides the repository."""

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
    ThumbnailHasherContract,
)
from support.images.thumbnails import pattern, photo


@pytest.fixture(params=["local", "routing"])
def links(request: pytest.FixtureRequest) -> LinkDetector:
    return LocalObjectStore() if request.param == "local" else open_objects(Settings())


def test_symbolic_link_has_the_id_of_its_file(links: LinkDetector, tmp_path: Path) -> None:
    assert isinstance(links, LinkDetector)
    file, soft = tmp_path / "a.jpg", tmp_path / "b.jpg"
    file.write_bytes(b"photo")
    soft.symlink_to(file)
    assert links.file_id(locate(soft)) == links.file_id(locate(file)) is not None


def test_dangling_link_has_no_id(links: LinkDetector, tmp_path: Path) -> None:
    dangling = tmp_path / "a.jpg"
    dangling.symlink_to("nowhere")
    assert links.file_id(locate(dangling)) is None


def test_object_that_is_not_local_has_no_id(links: LinkDetector) -> None:
    assert links.file_id(ObjectLocation("holiday", "a.jpg")) is None


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
