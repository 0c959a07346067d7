"""Strategies for testing repositories: records that often share or nearly share their keys."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from imgmeta.core.identity import image_id
from imgmeta.core.records import ImageRecord, Status
from imgmeta.testing.strategies.record_examples import image_record, image_records

HOSTILE_KEYS = (
    "a",
    "A",
    "B",
    "a/",
    "a/b",
    "a/b.jpg",
    "a.jpg",
    "a\0",
    "a\0b",
    "a\nb\x1b[31m",
    "a%b",
    "a_b",
    "a*b",
    "a?b",
    "a[b]",
    "a\\b",
    "a'b\"",
    " a ",
    "\ud7ff",
    "\ue000",
    "\ue000\U0010ffff",
    "\uef80",
    "\ufffd",
    "\uffff",
    "\U00010000",
    "\U0010ffff",
    "\U0010ffff\U0010ffff",
    "caf\u00e9",
    "cafe\u0301",
    "k" * 5000,
)
"""Keys that a careless query confuses, reorders or truncates; in no particular order."""

few_keys = st.sampled_from(HOSTILE_KEYS)
any_keys = st.text(min_size=1, max_size=30)
keys = few_keys | st.text("a/\0%\ud7ff\ue000\U0010ffff", min_size=1, max_size=4) | any_keys
"""Keys, many of which have common parts."""
prefixes = st.sampled_from(["", "", "a"]) | keys
"""Prefixes that keys often start with."""

few_sequencers = st.none() | st.integers(0, 3).map("{:032X}".format)
few_revisions = st.sampled_from(["r1", "r2", "r3", "R1"])
few_timestamps = st.none() | st.integers(0, 4) | st.integers(1 - 2**63, 2**63 - 1)
few_times = st.builds(
    datetime.fromtimestamp, st.integers(-2, 10).map(lambda half: half / 2), st.just(UTC)
) | st.datetimes(timezones=st.just(UTC))


def moved(record: ImageRecord, bucket: str, key: str, **changes: object) -> ImageRecord:
    """Return the record at another location, with some attributes changed."""
    location = {"image_id": image_id(bucket, key), "bucket_name": bucket, "object_key": key}
    values: dict[str, Any] = dict(record) | changes | location
    return ImageRecord(**values)


@st.composite
def colliding_records(
    draw: st.DrawFn, buckets: st.SearchStrategy[str], keys: st.SearchStrategy[str]
) -> ImageRecord:
    """Draw a record at one of a few locations, with one of a few sequencers and revisions.

    Tombstones do not expire, since stores may remove expired ones at different times.
    """
    return moved(
        draw(st.just(image_record()) | image_records()),
        draw(buckets),
        draw(keys),
        status=draw(st.sampled_from(Status)),
        sequencer=draw(few_sequencers),
        revision=draw(few_revisions),
        upload_timestamp=draw(few_timestamps),
        expires_at=None,
    )
