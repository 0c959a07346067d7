"""Comparison of one object with its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imgmeta.core.drift import Difference, IndexEntry, compare_observation
from imgmeta.core.gps import permits
from imgmeta.service.object_errors import object_errors

if TYPE_CHECKING:
    from imgmeta.core.objects import ObjectLocation, Observation
    from imgmeta.core.records import ImageRecord
    from imgmeta.ports import ObjectStore
    from imgmeta.service.rules import Rules

__all__ = ["Comparer"]


@dataclass(frozen=True, slots=True)
class Comparer:
    """Observes objects, and decides whether their records are up to date.

    Attributes:
        objects: the objects.
        reader_version: the version of the current reader.
        rules: the keys to index, and the GPS policy.
    """

    objects: ObjectStore
    reader_version: int
    rules: Rules

    def observe(self, location: ObjectLocation) -> Observation:
        """Return the current state of an object.

        Raises:
            ObjectError: the object store failed.
            ObjectChangedError: the object was replaced during the observation.
        """
        with object_errors():
            return self.objects.observe(location)

    def difference(self, stored: ImageRecord | None, observation: Observation) -> Difference | None:
        """Return how a record differs from an observation: see `core.drift.compare_observation`."""
        return compare_observation(
            stored, observation, outdated=self.is_outdated, forbidden=self.is_forbidden
        )

    def is_outdated(self, entry: IndexEntry) -> bool:
        """Return whether an object must be read again, even if it is unchanged."""
        return (entry.reader_version or 0) < self.reader_version or self.is_forbidden(entry)

    def is_forbidden(self, entry: IndexEntry) -> bool:
        """Return whether a record has a GPS position that the policy does not permit."""
        return not permits(entry, self.rules.gps_policy)
