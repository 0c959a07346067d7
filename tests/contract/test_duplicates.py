"""Contract tests of the ports that a search for duplicates needs besides the repository."""

import os
from pathlib import Path

import pytest

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
from imgmeta.testing.contracts import ThumbnailHasherContract, ThumbnailSample
from support.images.thumbnails import pattern, photo


class TestLinks:
    """The local file system, and the store that routes to it."""

    @pytest.fixture(params=["local", "routing"])
    def objects(self, request: pytest.FixtureRequest) -> LinkDetector:
        return LocalObjectStore() if request.param == "local" else open_objects(Settings())

    # The port: "an ID that is equal for two locations only if they have the same file"
    def test_links_have_the_id_of_their_file(self, objects: LinkDetector, tmp_path: Path) -> None:
        paths = [tmp_path / name for name in ("a.jpg", "hard.jpg", "soft.jpg", "copy.jpg")]
        paths[0].write_bytes(b"photo")
        os.link(paths[0], paths[1])
        paths[2].symlink_to(paths[0])
        paths[3].write_bytes(b"photo")

        ids = [objects.file_id(locate(path)) for path in paths]
        assert ids[0] == ids[1] == ids[2] is not None
        assert ids[3] not in {None, ids[0]}

    # The port: "None: there is no such file, or it cannot have another key"
    def test_other_locations_have_no_id(self, objects: LinkDetector, tmp_path: Path) -> None:
        dangling = tmp_path / "dangling.jpg"
        dangling.symlink_to("nowhere")

        assert objects.file_id(locate(tmp_path / "absent.jpg")) is None
        assert objects.file_id(locate(dangling)) is None
        assert objects.file_id(ObjectLocation("file://", "a\0b")) is None
        assert objects.file_id(ObjectLocation("holiday", "a.jpg")) is None


def test_adapters_are_found_by_their_protocols(tmp_path: Path) -> None:
    assert isinstance(LocalObjectStore(), LinkDetector)
    assert isinstance(open_objects(Settings()), LinkDetector)
    with SQLiteImageRepository(tmp_path / "imgmeta.db") as repository:
        assert isinstance(repository, SizeFinder)


class TestThumbnailHasher(ThumbnailHasherContract):
    @pytest.fixture
    def hasher(self) -> ThumbnailHasher:
        return PillowThumbnailHasher()

    @pytest.fixture
    def sample(self) -> ThumbnailSample:
        content = photo(pattern(3))
        properties = HeaderPropertyReader().read(BytesSource(content))
        assert isinstance(properties, ImageProperties)
        return ThumbnailSample(content, properties)
