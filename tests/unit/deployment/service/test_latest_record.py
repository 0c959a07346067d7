"""The latest record is found although many objects were uploaded at once."""

from datetime import UTC, datetime, timedelta

import pytest

from imgmeta import IfNewer, Query, find
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.attributes import Moment
from imgmeta.deployment.service.latest_record import latest_record
from imgmeta.testing.strategies.record_examples import image_record
from support.convergence.indexer_harness import sequencer

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("count", [3, 150])
def test_latest_of_one_second_is_the_one_that_a_list_shows_first(count: int) -> None:
    repository = InMemoryImageRepository()
    for ago in range(3):
        uploaded = NOW - timedelta(seconds=ago)
        for number in range(count):
            record = image_record(
                f"{ago}/{number}.jpg",
                last_modified=uploaded,
                upload_timestamp=int(uploaded.timestamp()),
                upload_date=uploaded,
                sequencer=sequencer(1),
            )
            repository.put(record, IfNewer())

    first = next(find(repository, Query((), Moment.UPLOADED, descending=True, limit=1)))

    assert latest_record(repository, NOW) == (first, 0)
