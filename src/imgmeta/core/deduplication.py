"""Many hints of one batch, few looks: of an object, only the newest hint has something to say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from imgmeta.core.hints import Hint
from imgmeta.core.outcomes import ItemOutcome, Outcome

__all__ = ["ObjectHints", "deduplicate"]

_SHARED = frozenset({Outcome.ERROR, Outcome.IGNORED})
"""What is so of every hint if it is of the one that was looked into."""


@dataclass(frozen=True, slots=True)
class ObjectHints:
    """All hints of a batch that are for one object.

    Attributes:
        hints: all of them, as they came; at least one.
        needed: those to look into, in this order. An observation after the newest event is as new
            as all of them; so of the hints with a sequencer the one with the highest is enough.
            Hints without a sequencer are not ordered among those: one of them is looked into too.
    """

    hints: tuple[Hint, ...]
    needed: tuple[Hint, ...]

    def outcomes(self, looked: Mapping[Hint, ItemOutcome]) -> list[ItemOutcome]:
        """Return what became of each of `hints`.

        What was not looked into itself failed if the look that stood for it did, and is not ours
        if that was not.

        Args:
            looked: what became of each of `needed`.
        """
        own = dict(looked)
        return [
            own.pop(hint) if hint in own else self._outcome_of(hint, looked) for hint in self.hints
        ]

    def _outcome_of(self, hint: Hint, looked: Mapping[Hint, ItemOutcome]) -> ItemOutcome:
        stand_in = next(
            each for each in self.needed if bool(each.sequencer) == bool(hint.sequencer)
        )
        became = looked[stand_in]
        if became.outcome in _SHARED:
            return replace(became, message_id=hint.message_id)
        outdated = hint.sequencer != stand_in.sequencer
        return ItemOutcome(
            hint.location, Outcome.STALE if outdated else Outcome.UNCHANGED, hint.message_id
        )


def deduplicate(hints: Iterable[Hint]) -> list[ObjectHints]:
    """Return the hints by object, in the order in which each object is first named."""
    by_object: dict[tuple[object, str | None], list[Hint]] = {}
    for hint in hints:
        by_object.setdefault((hint.location, hint.alternate_key), []).append(hint)
    return [ObjectHints(tuple(each), _needed(each)) for each in by_object.values()]


def _needed(hints: list[Hint]) -> tuple[Hint, ...]:
    ordered = [hint for hint in hints if hint.sequencer is not None]
    unordered = [hint for hint in hints if hint.sequencer is None]
    newest = sorted(ordered, key=lambda hint: hint.sequencer or "")[-1:]
    any_of_them = [
        # If one of them wants to be read again, that does for all.
        next((hint for hint in unordered if hint.force), hint)
        for hint in unordered[:1]
    ]
    return (*newest, *any_of_them)
