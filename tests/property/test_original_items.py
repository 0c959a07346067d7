"""Every item of the original system is a record, and a damaged one is a record or is rejected."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.identity import image_id
from imgmeta.core.original import is_original, record_attributes
from imgmeta.core.records import ImageRecord
from imgmeta.errors import InvalidRecordError
from imgmeta.testing.strategies.documents import damaged

pytest.importorskip("boto3")

from imgmeta.adapters.dynamodb.items import entry_from_item, record_from_item
from support.aws.original_table import original_item

keys = st.text(min_size=1, max_size=1024)
content_types = st.just("unknown") | st.text(max_size=300)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - as the original handler
sizes = st.integers(0, 5 * 2**40)


@given(keys, content_types, moments, sizes)
def test_original_item_is_a_record(
    key: str, content_type: str, moment: datetime, size: int
) -> None:
    item = original_item(
        key,
        ContentType=content_type,
        UploadTimestamp=int(moment.replace(tzinfo=UTC).timestamp()),
        UploadDate=moment.isoformat(),
        ProcessedAt=moment.isoformat(),
        FileSize=size,
    )
    record = record_from_item(item)
    assert (record.image_id, record.object_key) == (image_id("holiday", key), key)
    assert (record.file_size, record.processed_at) == (size, moment.replace(tzinfo=UTC))
    assert record.upload_date == record.processed_at
    assert record.content_type not in {"unknown", ""}
    assert (record.state.sequencer, record.state.revision) == (None, None)
    assert entry_from_item(item).etag is None
    assert ImageRecord.from_json(record.to_json()) == record


ITEM = {name: next(iter(value.values())) for name, value in original_item("a.jpg").items()}


@given(damaged(ITEM))
def test_damaged_original_item_is_a_record_or_rejected(item: object) -> None:
    if not isinstance(item, dict) or not is_original(item):
        return
    with suppress(InvalidRecordError):
        assert ImageRecord.from_item(record_attributes(item)).revision is None
