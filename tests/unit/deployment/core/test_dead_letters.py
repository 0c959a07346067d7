"""Dead letters: their reasons, and whether they are needed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.events import Hint, encode_hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord, Status, WriteMetadata, build_tombstone
from imgmeta.deployment.core.dead_letters import DeadLetter, is_needed
from imgmeta.deployment.core.letter_groups import LetterSummary
from imgmeta.deployment.core.reasons import reason_group

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
