"""Hypothesis strategies, and examples, of the values of imgmeta.

docs/adapters.md lists them. Further builders of events are in `imgmeta.testing.strategies.events`.
"""

from imgmeta.testing.strategies.documents import damaged, json_values
from imgmeta.testing.strategies.events import DELIVERIES, ObjectEvent, hints, object_events
from imgmeta.testing.strategies.notifications import digests, summaries
from imgmeta.testing.strategies.queries import filters, queried_records, queries
from imgmeta.testing.strategies.record_examples import image_record, image_records
from imgmeta.testing.strategies.records import HOSTILE_KEYS, colliding_records, keys, prefixes

__all__ = [
    "DELIVERIES",
    "HOSTILE_KEYS",
    "ObjectEvent",
    "colliding_records",
    "damaged",
    "digests",
    "filters",
    "hints",
    "image_record",
    "image_records",
    "json_values",
    "keys",
    "object_events",
    "prefixes",
    "queried_records",
    "queries",
    "summaries",
]
