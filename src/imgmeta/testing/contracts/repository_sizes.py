"""The contract of `imgmeta.ports.SizeFinder`, and of the search that replaces it."""

import pytest

from imgmeta.core.attributes import Number, Presence
from imgmeta.core.duplicates import ContentEntry
from imgmeta.core.filters import Has, InBucket, KeyGlob, Near, NumberBetween
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.core.status import Status
from imgmeta.errors import PermanentError, TransientError
from imgmeta.service.duplicates import find_same_sizes
from imgmeta.testing.contracts.repository_harness import RepositoryHarness, RepositoryTests
from imgmeta.testing.strategies.record_examples import image_record

__all__ = ["SizeFinderContract"]

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


class SizeFinderContract(RepositoryTests):
    """The tests of the search for images of equal size."""

    # The port: "the images that match a query and have the size of another one that matches"
    # The port: "ordered by size, the largest first"
    # The port: "The order, the limit and the cursor of the query are ignored"
    @pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
    def test_all_images_of_equal_size_are_found_by_size(
        self, index: RepositoryHarness, query: Query
    ) -> None:
        index.insert_all(RECORDS)
        matching = [ContentEntry.of(record) for record in RECORDS if query.matches(record)]
        sizes = [entry.size for entry in matching if entry.size]

        found = list(find_same_sizes(index.repository, query))
        assert [each.size for each in found] == sorted((each.size for each in found), reverse=True)
        assert sorted(each for each in found if sizes.count(each.size) > 1) == sorted(
            each for each in matching if sizes.count(each.size) > 1
        )
        assert set(found) <= {each for each in matching if each.size}

    # The port: "The errors are those of `ImageRepository`"
    def test_sizes_in_an_unavailable_store_raise_its_error(self, index: RepositoryHarness) -> None:
        if index.fail_temporarily is None:
            pytest.skip("this store cannot fail like that")
        index.insert_directly(photo(1))
        index.fail_temporarily()
        with pytest.raises(TransientError):
            list(find_same_sizes(index.repository, Query()))

    def test_sizes_in_a_store_that_is_gone_raise_its_error(self, index: RepositoryHarness) -> None:
        if index.fail_permanently is None:
            pytest.skip("this store cannot fail like that")
        index.fail_permanently()
        with pytest.raises(PermanentError):
            list(find_same_sizes(index.repository, Query()))
