"""The latest record is found although many objects were uploaded at once."""

from datetime import UTC, datetime

from imgmeta import IfNewer
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.deployment.service.latest_record import latest_record
from imgmeta.testing.strategies.record_examples import image_record
from support.convergence.indexer_harness import sequencer

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_many_uploads_in_one_second_have_a_latest_record() -> None:
    repository = InMemoryImageRepository()
    for number in range(150):
        record = image_record(
            f"{number}.jpg",
            last_modified=NOW,
            upload_timestamp=int(NOW.timestamp()),
            upload_date=NOW,
            sequencer=sequencer(1),
        )
        repository.put(record, IfNewer())
    found, unreadable = latest_record(repository, NOW)
    assert found is not None
    assert (found.last_modified, unreadable) == (NOW, 0)
