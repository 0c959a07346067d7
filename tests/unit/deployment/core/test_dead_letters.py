"""Dead letters: their reasons, whether they are needed, and their groups."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.events import Hint, encode_hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord, Status, WriteMetadata, build_tombstone
from imgmeta.deployment.core.dead_letters import DeadLetter, is_needed, reason_group
from imgmeta.deployment.core.letter_groups import (
    UNKNOWN_REASON,
    AgeGroup,
    LetterSummary,
    expiring_soon,
    group_by_reason,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LOCATION = ObjectLocation("holiday", "a.jpg")


def sequencer(number: int) -> str:
    return f"{number:032X}"


def letter(body: str, **attributes: str) -> DeadLetter:
    return DeadLetter("m1", body, "receipt", NOW, attributes)


def failed_invocation(**response: str) -> str:
    record: dict[str, object] = {
        "requestContext": {"condition": "EventAgeExceeded"},
        "requestPayload": {"imgmeta": "digest"},
    }
    return json.dumps({**record, "responsePayload": response} if response else record)


@pytest.mark.parametrize(
    ("dead", "reason"),
    [
        (letter(encode_hint(Hint(LOCATION))), ""),
        (letter('{"no": "event"}'), "not a supported message or event"),
        (letter("no JSON"), "the message is not JSON"),
        (letter("[" * 100_000), "the message is nested too deeply"),
        (letter(failed_invocation(errorType="A", errorMessage="b\n")), "A: b\\n"),
        (letter(failed_invocation(errorMessage="b")), "b"),
        (letter(failed_invocation()), "EventAgeExceeded"),
        (letter(failed_invocation().replace("EventAgeExceeded", "Success")), ""),
        (letter('{"requestContext": {"condition": 7}}'), "not a supported message or event"),
        (letter("{}", ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="no"), "NO_PERMISSIONS: no"),
        (letter("{}", ErrorCode="200", ErrorMessage="exited"), "200: exited"),
        (letter(failed_invocation(errorType="x" * 900)), "x" * 499 + "…"),
    ],
)
def test_message_tells_its_reason(dead: DeadLetter, reason: str) -> None:
    assert dead.reason == reason


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_any_message_has_a_printable_reason_and_group(
    body: str, attributes: dict[str, str]
) -> None:
    dead = DeadLetter("m1", body, "receipt", None, attributes)
    assert dead.reason.isprintable()
    assert reason_group(dead.reason).isprintable()
    assert LetterSummary.of(dead).names


@pytest.mark.parametrize(
    ("reason", "group"),
    [
        ("cannot read s3://holiday/a.jpg: access denied", "cannot read … access denied"),
        ("the key is 1,025 bytes long", "the key is … bytes long"),
        ("request 0f8fad5b-d9cb-469f-a165-70867728950e failed", "request … failed"),
        ("cannot read 'a b.jpg'", "cannot read …"),
        ("access denied", "access denied"),
        ("HTTP/2 and SHA256 differ", "HTTP/… and SHA256 differ"),
    ],
)
def test_group_of_a_reason_has_no_variable_parts(reason: str, group: str) -> None:
    assert reason_group(reason) == group


def record(number: int | None = 5) -> ImageRecord:
    write = WriteMetadata(NOW, "revision", None if number is None else sequencer(number), None)
    return build_tombstone(LOCATION, write)


HINT = Hint(LOCATION, sequencer(5))


@pytest.mark.parametrize(
    ("hint", "stored", "needed"),
    [
        (HINT, None, True),
        (HINT, record(4), True),
        (HINT, record(5), False),
        (HINT, record(6), False),
        (HINT, record(None), True),
        (replace(HINT, sequencer=None), record(6), True),
        (replace(HINT, force=True), record(6), True),
        (replace(HINT, occurred_at=NOW), record(6), False),
        # The record was observed before the event: its sequencer is not of S3's order.
        (replace(HINT, occurred_at=NOW + timedelta(seconds=1)), record(6), True),
        (HINT, record(6).model_copy(update={"status": Status.FAILED}), True),
        (HINT, record(6).model_copy(update={"content_error": "access denied"}), True),
    ],
)
def test_hint_is_needed_unless_the_record_is_as_new(
    hint: Hint, stored: ImageRecord | None, *, needed: bool
) -> None:
    assert is_needed(hint, stored) is needed


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
    digest = LetterSummary.of(letter('{"imgmeta": "digest"}'))
    assert digest.names == ("digest",)
    assert LetterSummary.of(letter("no JSON")).names == ("message m1",)
