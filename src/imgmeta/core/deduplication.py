"""Deduplication of a batch's hints: which hints of an object must be processed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from imgmeta.core.hints import Hint
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.timestamps import EPOCH

__all__ = ["ObjectHints", "deduplicate"]

_SHARED = frozenset({Outcome.ERROR, Outcome.IGNORED})
"""Outcomes that a processed hint shares with the hints it represents."""


@dataclass(frozen=True, slots=True)
class ObjectHints:
    """All hints of a batch for one object.

    Attributes:
        hints: all of them, in their original order; at least one.
        needed: the hints to process, in this order. The hint with the highest sequencer represents
            all hints with a sequencer: an observation after the newest event covers older events.
            If another hint's event is the latest, that hint is needed too: the highest sequencer
            may be foreign (see `core.ordering.IfNewer`). Hints without a sequencer cannot be
            ordered, so one of them is needed too.
    """

    hints: tuple[Hint, ...]
    needed: tuple[Hint, ...]

    def outcomes(self, processed: Mapping[Hint, ItemOutcome]) -> list[ItemOutcome]:
        """Return the outcome of each of `hints`.

        A hint that was not processed itself shares an error or ignored outcome of the hint that
        represents it. Otherwise it is stale or unchanged.

        Args:
            processed: the outcome of each of `needed`.
        """
        own = dict(processed)
        return [
            own.pop(hint) if hint in own else self._outcome_of(hint, processed)
            for hint in self.hints
        ]

    def _outcome_of(self, hint: Hint, processed: Mapping[Hint, ItemOutcome]) -> ItemOutcome:
        representative = next(
            each for each in self.needed if bool(each.sequencer) == bool(hint.sequencer)
        )
        item = processed[representative]
        if item.outcome in _SHARED:
            return replace(item, message_id=hint.message_id)
        is_stale = hint.sequencer != representative.sequencer
        return ItemOutcome(
            hint.location, Outcome.STALE if is_stale else Outcome.UNCHANGED, hint.message_id
        )


def deduplicate(hints: Iterable[Hint]) -> list[ObjectHints]:
    """Group hints by object, in the order in which each object first appears."""
    by_object: dict[tuple[object, str | None], list[Hint]] = {}
    for hint in hints:
        by_object.setdefault((hint.location, hint.alternate_key), []).append(hint)
    return [ObjectHints(tuple(each), _needed(each)) for each in by_object.values()]


def _needed(hints: list[Hint]) -> tuple[Hint, ...]:
    ordered = [hint for hint in hints if hint.sequencer is not None]
    unordered = [hint for hint in hints if hint.sequencer is None]
    newest = sorted(ordered, key=lambda hint: hint.sequencer or "")[-1:]
    latest = sorted(ordered, key=_time_order)[-1:]
    # A forced hint also does the work of the hints that are not forced.
    any_unordered = sorted(unordered, key=lambda hint: not hint.force)[:1]
    return tuple(dict.fromkeys((*newest, *latest, *any_unordered)))


def _time_order(hint: Hint) -> tuple[bool, datetime, str]:
    occurred_at = hint.occurred_at
    return occurred_at is not None, occurred_at or EPOCH, hint.sequencer or ""
