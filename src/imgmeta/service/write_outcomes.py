"""Outcomes of hints whose object was observed."""

from imgmeta.core.drift import Difference
from imgmeta.core.hints import Hint
from imgmeta.core.objects import Observation, PresentObject
from imgmeta.core.ordering import WriteResult
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.records import ImageRecord

__all__ = ["REFUSED", "unchanged_outcome", "write_outcome"]

REFUSED = {WriteResult.STALE: Outcome.STALE, WriteResult.DUPLICATE: Outcome.UNCHANGED}
"""The outcomes of refused writes."""


def write_outcome(
    hint: Hint, observation: Observation, record: ImageRecord, result: WriteResult
) -> ItemOutcome:
    """Return the outcome of a write.

    An object to which access is denied is a failure, even if its record keeps what was read before.

    Args:
        hint: the hint.
        observation: the observation after it.
        record: the record of the observation.
        result: the result of writing the record.
    """
    if result in REFUSED:
        return ItemOutcome(
            hint.location,
            REFUSED[result],
            hint.message_id,
            bytes_read=_fetched(observation),
            occurred_at=hint.occurred_at,
        )
    outcome, reason = Outcome(record.status), record.error  # stored records have the same names
    if isinstance(observation, PresentObject) and not (
        observation.readable or observation.archived
    ):
        outcome, reason = Outcome.FAILED, record.content_error
    return ItemOutcome(
        hint.location,
        outcome,
        hint.message_id,
        record=record,
        bytes_read=_fetched(observation),
        reason=reason,
        occurred_at=hint.occurred_at,
    )


def unchanged_outcome(
    hint: Hint, observation: Observation, difference: Difference | None
) -> ItemOutcome:
    """Return the outcome of a hint for which nothing was written.

    Args:
        hint: the hint.
        observation: the observation after it.
        difference: how the index differs from it.
    """
    return ItemOutcome(
        hint.location,
        Outcome.UNCHANGED,
        hint.message_id,
        bytes_read=_fetched(observation),
        difference=difference,
    )


def _fetched(observation: Observation) -> int:
    content = observation.content if isinstance(observation, PresentObject) else None
    return content.fetched if content else 0
