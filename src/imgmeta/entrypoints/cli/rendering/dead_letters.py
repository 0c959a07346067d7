"""Dead letters and the result of a replay, for people and as JSON."""

from collections.abc import Iterable, Iterator
from itertools import islice

from imgmeta.core.uris import uri_of
from imgmeta.deployment.core.letter_groups import AgeGroup, LetterSummary, ReasonGroup
from imgmeta.deployment.service.replayer import UNREAD_SECONDS, ReplayCounts
from imgmeta.entrypoints.cli.rendering.json_lines import json_line
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = [
    "Row",
    "counts_text",
    "group_line",
    "group_rows",
    "letter_count",
    "result_line",
    "returned_rows",
    "unread_text",
]

Row = tuple[Span | str, ...]

_COUNT = 9
_INDENT = " " * (_COUNT + 2)
_MAX_NAMES = 5
_MAX_RETURNED = 20


def letter_count(number: int) -> str:
    """Return a number of dead letters in words: `1 dead letter`."""
    return f"{number:,} dead letter{'' if number == 1 else 's'}"


def unread_text(messages: int) -> str:
    """Return the sentence about a queue with messages that nothing reads."""
    count = "1 message waits" if messages == 1 else f"{messages:,} messages wait"
    return f"Nothing has read the queue for {UNREAD_SECONDS} seconds, and {count} in it."


def group_rows(group: ReasonGroup) -> Iterator[Row]:
    """Yield the lines of a group: its size and reason, the ages, and the names of some letters."""
    yield (
        Span(f"{len(group.letters):,}", Style.STRONG, width=_COUNT, right=True),
        "  ",
        Span(group.title, Style.BAD),
    )
    ages = ", ".join(f"{age}: {group.ages[age]:,}" for age in AgeGroup if age in group.ages)
    unneeded = sum(not each.needed for each in group.letters)
    note = f"; {unneeded:,} no longer needed" if unneeded else ""
    yield (_INDENT, Span(ages + note, Style.FAINT))
    names = list(islice(group.names, _MAX_NAMES + 1))
    for name in names[:_MAX_NAMES]:
        yield (_INDENT, Span(name, fit=True, keep_end=True))
    if len(names) > _MAX_NAMES:
        more = sum(1 for _ in group.names) - _MAX_NAMES
        yield (_INDENT, Span(f"and {more:,} more", Style.FAINT))


def group_line(group: ReasonGroup) -> str:
    """Return a group as JSON, with the names of all its letters."""
    return json_line(
        {
            "Reason": group.title,
            "Letters": len(group.letters),
            "NotNeeded": sum(not each.needed for each in group.letters),
            "Ages": {age.value: group.ages[age] for age in AgeGroup if age in group.ages},
            "Oldest": group.oldest.isoformat() if group.oldest else None,
            "Objects": [uri_of(each) for letter in group.letters for each in letter.locations],
            "MessageIds": [letter.message_id for letter in group.letters],
        }
    )


def counts_text(counts: ReplayCounts) -> str:
    """Return the numbers of a replay as a sentence."""
    parts = [f"{counts.sent:,} sent back", f"{counts.dropped:,} dropped as no longer needed"]
    if counts.refused:
        parts.append(f"{counts.refused:,} refused by the queue")
    return f"{', '.join(parts)}."


def returned_rows(letters: list[LetterSummary]) -> Iterator[Row]:
    """Yield a line for each letter that came back, with the reason; for many, only the first."""
    for letter in letters[:_MAX_RETURNED]:
        names = ", ".join(letter.names)
        yield (Span("came back  ", Style.BAD), names, ": ", letter.reason)
    if len(letters) > _MAX_RETURNED:
        yield (Span(f"and {len(letters) - _MAX_RETURNED:,} more", Style.FAINT),)


def result_line(counts: ReplayCounts, returned: Iterable[LetterSummary], waiting: int) -> str:
    """Return the result of a replay as JSON.

    Args:
        counts: the numbers of letters.
        returned: the letters that came back.
        waiting: the number of letters in the dead-letter queue at the end.
    """
    return json_line(
        {
            "SentBack": counts.sent,
            "Dropped": counts.dropped,
            "Refused": counts.refused,
            "CameBack": [
                {
                    "MessageId": letter.message_id,
                    "Objects": list(map(uri_of, letter.locations)),
                    "Reason": letter.reason,
                }
                for letter in returned
            ],
            "DeadLetters": waiting,
        }
    )
