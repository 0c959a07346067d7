"""Contract tests of the searches for duplicates, with any repository and object store."""

import os
from pathlib import Path

import pytest

from contract.conftest import RepositoryHarness
from imgmeta.adapters.filesystem import LocalObjectStore, locate
from imgmeta.adapters.pillow import PillowThumbnailHasher
from imgmeta.bootstrap import open_objects
from imgmeta.config import Settings
from imgmeta.core.attributes import Number, Presence
from imgmeta.core.duplicates import ContentEntry
from imgmeta.core.filters import Has, InBucket, KeyGlob, Near, NumberBetween
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.properties import ImageProperties
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import PermanentError, TransientError
from imgmeta.ports import LinkDetector, SizeFinder, ThumbnailHasher
from imgmeta.service.duplicates import find_same_sizes
from support.images.byte_sources import FailingSource
from support.strategies.record_examples import image_record

HASH = f"md5:{'a' * 32}"


def photo(number: int) -> ImageRecord:
    return image_record(
        f"{number:03}.jpg",
        file_size=None if number == 9 else number % 5 * 10 if number < 30 else number,
        content_hash=HASH if number % 2 else None,
        etag=f"e{number}",
        iso=number % 4 + 1,
        latitude=float(number),
        longitude=11.5,
    )


RECORDS = [
    *map(photo, range(40)),
    image_record("failed.jpg", status=Status.FAILED, file_size=10),
    image_record("gone.jpg", status=Status.DELETED, file_size=10),
    image_record("other.jpg", bucket_name="elsewhere", file_size=10),
]
QUERIES = [
    Query(),
    Query(sort=Number.ISO, limit=1),
    Query((InBucket("holiday", "0"), NumberBetween(Number.ISO, 2, 3))),
    Query((Near(5, 11.5, 800),)),
    Query((KeyGlob("00*.jpg"), Has(Presence.LOCATION))),
]


# The port: "the images that match a query and have the size of another one that matches"
# The port: "ordered by size, the largest first"
# The port: "The order, the limit and the cursor of the query are ignored"
@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_all_images_of_equal_size_are_found_by_size(index: RepositoryHarness, query: Query) -> None:
    for record in RECORDS:
        index.insert_directly(record)
    matching = [ContentEntry.of(record) for record in RECORDS if query.matches(record)]
    sizes = [entry.size for entry in matching if entry.size]

    found = list(find_same_sizes(index.repository, query))
    assert [each.size for each in found] == sorted((each.size for each in found), reverse=True)
    assert sorted(each for each in found if sizes.count(each.size) > 1) == sorted(
        each for each in matching if sizes.count(each.size) > 1
    )
    assert set(found) <= {each for each in matching if each.size}


# The port: "The errors are those of `ImageRepository`"
def test_sizes_in_an_unavailable_store_raise_its_error(index: RepositoryHarness) -> None:
    if index.fail_temporarily is None:
        pytest.skip("this store cannot fail like that")
    index.insert_directly(photo(1))
    index.fail_temporarily()
    with pytest.raises(TransientError):
        list(find_same_sizes(index.repository, Query()))


def test_sizes_in_a_store_that_is_gone_raise_its_error(index: RepositoryHarness) -> None:
    if index.fail_permanently is None:
        pytest.skip("this store cannot fail like that")
    index.fail_permanently()
    with pytest.raises(PermanentError):
        list(find_same_sizes(index.repository, Query()))


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


def test_adapters_are_found_by_their_protocols(index: RepositoryHarness) -> None:
    assert isinstance(LocalObjectStore(), LinkDetector)
    assert isinstance(open_objects(Settings()), LinkDetector)
    assert isinstance(index.repository, SizeFinder) == ("SQLite" in type(index.repository).__name__)


# The port: "TransientError: from `content`, passed on"
def test_error_of_the_content_of_a_thumbnail_is_passed_on() -> None:
    hasher: ThumbnailHasher = PillowThumbnailHasher()

    with pytest.raises(TransientError):
        hasher.hash(FailingSource(b"", 100), ImageProperties())
