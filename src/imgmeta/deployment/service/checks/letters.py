"""The commonest reason of the dead letters, and the age of the oldest."""

from collections.abc import Callable
from datetime import datetime

from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.findings import DeadLetters
from imgmeta.deployment.core.letter_groups import group_by_reason
from imgmeta.deployment.ports import DeadLetterQueue, FunctionLogs
from imgmeta.deployment.service.survey import survey

__all__ = ["dead_letters"]

_SAMPLE = 100


def dead_letters(
    queue: DeadLetterQueue,
    logs: FunctionLogs,
    index: DeployedIndex,
    now: datetime,
    clock: Callable[[], float],
) -> DeadLetters | None:
    """Return the commonest reason in a sample of the dead letters; None: there are none.

    The letters are visible again at once. Unlike those of the main queue, they may be received any
    number of times.

    Raises:
        AdapterError: the queue cannot be read.
    """
    letters = survey(queue, clock, limit=_SAMPLE).explained(logs, index.log_group, now).letters
    groups = group_by_reason(letters, now)
    if not groups:
        return None
    return DeadLetters(
        looked_at=len(letters),
        reason=groups[0].title,
        count=len(groups[0].letters),
        oldest=min((each.sent_at for each in letters if each.sent_at), default=None),
    )
