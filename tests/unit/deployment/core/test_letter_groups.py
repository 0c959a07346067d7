"""Dead letters are grouped by reason and age."""

from datetime import UTC, datetime, timedelta

import pytest

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.dead_letters import DeadLetter
from imgmeta.deployment.core.letter_groups import (
    UNKNOWN_REASON,
    AgeGroup,
    LetterSummary,
    expiring_soon,
    group_by_reason,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "group"),
    [
        (timedelta(seconds=-5), AgeGroup.HOUR),
        (timedelta(minutes=59), AgeGroup.HOUR),
        (timedelta(hours=1), AgeGroup.DAY),
        (timedelta(days=1), AgeGroup.WEEK),
        (timedelta(days=7), AgeGroup.OLDER),
        (None, AgeGroup.UNKNOWN),
    ],
)
def test_age_has_a_group(age: timedelta | None, group: AgeGroup) -> None:
    assert AgeGroup.of(None if age is None else NOW - age, NOW) is group


def summary(reason: str, *, sent_at: datetime | None = NOW, key: str = "a.jpg") -> LetterSummary:
    return LetterSummary("m1", (ObjectLocation("holiday", key),), sent_at, reason)


def test_most_frequent_reason_is_first() -> None:
    letters = [
        summary("took 3 s", key="a.jpg"),
        summary("took 4 s", key="b.jpg", sent_at=NOW - timedelta(hours=2)),
        summary("", sent_at=None),
        summary("denied"),
    ]
    first, *others = group_by_reason(letters, NOW)
    assert (first.title, list(first.names)) == (
        "took … s",
        ["s3://holiday/a.jpg", "s3://holiday/b.jpg"],
    )
    assert first.ages == {AgeGroup.HOUR: 1, AgeGroup.DAY: 1}
    assert first.oldest == NOW - timedelta(hours=2)
    assert [(each.title, each.oldest) for each in others] == [
        ("denied", NOW),
        (UNKNOWN_REASON, None),
    ]


def test_reason_that_is_the_same_for_all_is_shown_in_full() -> None:
    [group] = group_by_reason([summary("took 3 s"), summary("took 3 s")], NOW)
    assert group.title == "took 3 s"


def test_letters_that_expire_soon_are_counted() -> None:
    ages = [timedelta(days=days) for days in (1, 11, 13, 20)]
    letters = [summary("", sent_at=NOW - age) for age in ages]
    assert expiring_soon([*letters, summary("", sent_at=None)], NOW) == 2


def test_names_of_letters_without_objects() -> None:
    digest = LetterSummary.of(DeadLetter("m1", '{"imgmeta": "digest"}', "receipt"))
    assert digest.names == ("digest",)
    assert LetterSummary.of(DeadLetter("m1", "no JSON", "receipt")).names == ("message m1",)
