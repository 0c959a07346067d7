"""Survey, explanation and replay of dead letters in memory."""

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.events import Hint, encode_hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.ordering import IfNewer, IfRevision
from imgmeta.core.records import WriteMetadata, build_tombstone
from imgmeta.deployment.core.dead_letters import DeadLetter
from imgmeta.deployment.core.letter_groups import UNKNOWN_REASON, UNREAD_REASON, LetterSummary
from imgmeta.deployment.core.logs import LogEvent
from imgmeta.deployment.core.stacks import QueueDepth
from imgmeta.deployment.service import threads
from imgmeta.deployment.service.replayer import (
    Replay,
    ReplayCounts,
    Selection,
    depths_until_drained,
    depths_until_visible,
)
from imgmeta.deployment.service.survey import (
    MAX_LETTERS,
    Survey,
    letter_is_needed,
    survey,
    survey_time,
)
from imgmeta.errors import PermanentError, TransientError
from support.deployment.dead_letters import InMemoryDeadLetters, InMemoryLogs, SlowDeadLetters

NOW = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
BUCKET = "holiday"


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "THREADS", 1)


def body(key: str) -> str:
    return encode_hint(Hint(ObjectLocation(BUCKET, key), sequencer=f"{5:032X}"))


def replay_of(queue: InMemoryDeadLetters, limit: int | None = None) -> Replay:
    return Replay(queue, InMemoryImageRepository(), lambda _: True, "mark", time.monotonic, limit)


def line(time: datetime, **fields: str) -> LogEvent:
    return LogEvent(time, json.dumps({"level": "ERROR", "message": "error", **fields}))


def reasons(queue: InMemoryDeadLetters, logs: InMemoryLogs) -> list[str]:
    return [
        each.reason for each in survey(queue, time.monotonic).explained(logs, "/group", NOW).letters
    ]


def test_survey_leaves_all_letters_visible() -> None:
    queue = InMemoryDeadLetters()
    for number in range(105):
        queue.put(body(f"{number}.jpg"))
    found = survey(queue, time.monotonic)
    assert (len(found.letters), found.is_complete) == (105, True)
    assert queue.visible == 105


def test_survey_of_a_long_queue_is_incomplete() -> None:
    queue = InMemoryDeadLetters()
    for number in range(105):
        queue.put(body(f"{number}.jpg"))
    found = survey(queue, time.monotonic, limit=20)
    assert (len(found.letters), found.is_complete) == (20, False)
    assert queue.requests <= 2 + threads.THREADS
    assert queue.visible == 105


def test_failed_survey_leaves_all_letters_visible() -> None:
    queue = InMemoryDeadLetters()
    for number in range(105):
        queue.put(body(f"{number}.jpg"))

    with pytest.raises(KeyboardInterrupt):
        survey(queue, time.monotonic, on_progress=interrupt)
    assert queue.visible == 105


class Lapsing(InMemoryDeadLetters):
    """A queue whose letters become visible again at once."""

    def receive(self) -> list[DeadLetter]:
        assert self.requests < 100
        found = super().receive()
        self.release(found)
        return found


def test_survey_ends_if_letters_become_visible_too_early() -> None:
    queue = Lapsing()
    for number in range(5):
        queue.put(body(f"{number}.jpg"))
    found = survey(queue, time.monotonic)
    assert (len(found.letters), found.is_complete) == (5, False)


def test_selection_has_the_surveyed_letters_with_a_reason() -> None:
    letters = [DeadLetter(each, body(each), "receipt", NOW) for each in ("a", "b", "c")]
    summaries = [LetterSummary.of(each) for each in letters]
    found = Survey(
        [
            replace(summary, reason=reason)
            for summary, reason in zip(summaries[:2], ["Access Denied", "timeout"], strict=True)
        ],
        is_complete=True,
    )
    selection = Selection(found, "access denied", NOW)
    assert [each.message_id for each in selection.letters] == ["a"]
    assert [selection.includes(each) for each in letters] == [True, False, False]


def test_selection_of_an_incomplete_survey_has_other_letters_like_them() -> None:
    poison = '{"no": "event"}'
    surveyed = DeadLetter("a", poison, "receipt", NOW)
    found = Survey([LetterSummary.of(surveyed)], is_complete=False)
    selection = Selection(found, "not a supported", NOW)
    others = [
        DeadLetter("b", poison, "receipt", NOW),
        DeadLetter("c", poison, "receipt"),
        DeadLetter("d", poison, "receipt", NOW + timedelta(seconds=1)),
        DeadLetter("e", body("e"), "receipt", NOW),
    ]
    assert [selection.includes(each) for each in (surveyed, *others)] == [
        *(True, True, True),
        *(False, False),
    ]


class Redelivering(InMemoryDeadLetters):
    """A queue whose letters become visible again before they are deleted, so that they stay."""

    def delete(self, letters: Iterable[DeadLetter]) -> None:
        self.release(letters)


@pytest.mark.usefixtures("one_thread")
def test_letter_that_is_delivered_again_is_sent_once() -> None:
    queue = Redelivering()
    bodies = [body(f"{number}.jpg") for number in range(25)]
    for each in bodies:
        queue.put(each)
    replay = replay_of(queue)
    replay.run()
    assert sorted(each for each, _ in queue.sent) == sorted(bodies)
    assert replay.counts.sent == 25
    assert queue.visible == 25


@pytest.fixture
def repository() -> InMemoryImageRepository:
    """Return an index whose record of `newer.jpg` is newer than the letters."""
    repository = InMemoryImageRepository()
    write = WriteMetadata(NOW, "r1", f"{6:032X}", None)
    repository.put(build_tombstone(ObjectLocation(BUCKET, "newer.jpg"), write), IfRevision(None))
    return repository


def test_survey_tells_which_letters_are_needed(repository: InMemoryImageRepository) -> None:
    queue = InMemoryDeadLetters()
    partly_malformed = json.loads(body("newer.jpg"))
    partly_malformed["Records"].append({})
    bodies = {
        body("newer.jpg"): False,
        body("missing.jpg"): True,
        json.dumps(partly_malformed): True,
        '{"imgmeta": "digest"}': True,
        "no JSON": True,
    }
    needed = {queue.put(each).message_id: is_needed for each, is_needed in bodies.items()}
    found = survey(queue, time.monotonic, repository=repository)
    assert {each.message_id: each.needed for each in found.letters} == needed


def test_bodies_of_surveyed_letters_are_not_kept() -> None:
    class Noting(InMemoryDeadLetters):
        def release(self, letters: Iterable[DeadLetter]) -> None:
            assert [each.body for each in letters] == [""]

    queue = Noting()
    queue.put(body("a.jpg"))
    assert len(survey(queue, time.monotonic).letters) == 1


class Endless(InMemoryDeadLetters):
    """A queue that others add letters to, all the time."""

    LIMIT = 20_000

    def receive(self) -> list[DeadLetter]:
        self.requests += 1
        return [self.put(body("a.jpg"))] if self.requests < self.LIMIT else []


def interrupt(_: object) -> None:
    raise KeyboardInterrupt


def test_interrupted_survey_does_not_receive_all_letters() -> None:
    queue = Endless()
    with pytest.raises(KeyboardInterrupt):
        survey(queue, time.monotonic, on_progress=interrupt, limit=10**9)
    assert queue.requests < queue.LIMIT


def test_interrupted_replay_does_not_receive_all_letters() -> None:
    queue = Endless()
    with pytest.raises(KeyboardInterrupt):
        replay_of(queue).run(interrupt)
    assert queue.requests < queue.LIMIT


@pytest.mark.usefixtures("one_thread")
def test_survey_takes_longer_than_letters_stay_invisible() -> None:
    queue = SlowDeadLetters(seconds=10)
    for number in range(300):
        queue.put(body(f"{number}.jpg"))
    found = survey(queue, lambda: queue.now)
    assert (len(found.letters), found.is_complete) == (300, True)
    assert queue.now > 4 * queue.visibility.total_seconds()
    assert queue.visible == 300


def test_killed_survey_of_2000_letters_hides_them_for_less_than_a_minute() -> None:
    assert survey_time(QueueDepth(0, 0)) == timedelta(seconds=30)
    assert survey_time(QueueDepth(1_900, 100)) == timedelta(seconds=40)
    assert survey_time(QueueDepth(10**9, 0)) == timedelta(seconds=30 + MAX_LETTERS // 200)


@pytest.mark.usefixtures("one_thread")
def test_unwanted_letters_stay_hidden_until_all_others_are_sent() -> None:
    queue = SlowDeadLetters(seconds=10)
    for _ in range(300):
        queue.put("unwanted")
    queue.put(body("wanted.jpg"))
    repository = InMemoryImageRepository()
    replay = Replay(
        queue, repository, lambda each: each.body != "unwanted", "mark", lambda: queue.now
    )
    replay.run()
    assert (replay.counts.sent, queue.visible) == (1, 300)


@pytest.mark.parametrize("other", [None, {"imgmeta": "digest"}, {"imgmeta": "audit"}, {}])
def test_letter_is_needed_for_everything_in_it(other: dict[str, str] | None) -> None:
    repository, location = InMemoryImageRepository(), ObjectLocation(BUCKET, "a.jpg")
    write = WriteMetadata(NOW, "revision", f"{5:032X}", None)
    repository.put(build_tombstone(location, write), IfNewer())
    [record] = json.loads(body("a.jpg"))["Records"]
    content = json.dumps([record] if other is None else [record, other])
    letter = DeadLetter("m1", content, "receipt")
    assert letter_is_needed(letter, repository) is (other is not None)


def test_newest_reason_of_a_message_wins() -> None:
    queue, logs = InMemoryDeadLetters(), InMemoryLogs()
    message_id = queue.put(body("a.jpg"), NOW - timedelta(days=2)).message_id
    for hours, reason in ((1.5, "newest"), (2, "older"), (40, "oldest")):
        logs.lines.append(line(NOW - timedelta(hours=hours), message_id=message_id, reason=reason))
    assert reasons(queue, logs) == ["newest"]
    # The log of the days before is not read.
    starts = {since for since, _, _ in logs.requests}
    assert starts == {NOW - timedelta(hours=1), NOW - timedelta(hours=6)}


def test_letter_without_a_line_of_its_message_has_the_reason_of_its_object() -> None:
    queue, logs = InMemoryDeadLetters(), InMemoryLogs()
    queue.put(body("a.jpg"), NOW)
    logs.lines.append(line(NOW, message_id="other", bucket=BUCKET, key="a.jpg", reason="denied"))
    assert reasons(queue, logs) == ["denied"]


@pytest.mark.parametrize(
    ("minutes", "reason"),
    [(-5, UNKNOWN_REASON), (5, "Task timed out after 60.00 seconds"), (25 * 60, UNKNOWN_REASON)],
)
def test_crash_after_a_letter_is_its_reason(minutes: int, reason: str) -> None:
    queue, logs = InMemoryDeadLetters(), InMemoryLogs()
    sent_at = NOW - timedelta(hours=30)
    queue.put(body("a.jpg"), sent_at)
    crash = LogEvent(sent_at + timedelta(minutes=minutes), "Task timed out after 60.00 seconds")
    logs.lines.append(crash)
    assert reasons(queue, logs) == [reason]


def test_digest_has_the_reason_of_the_failed_notification() -> None:
    queue, logs = InMemoryDeadLetters(), InMemoryLogs()
    queue.put('{"imgmeta": "digest"}', NOW)
    queue.put(body("a.jpg"))
    logs.lines.append(line(NOW, message="notification failed", reason="no topic"))
    assert reasons(queue, logs) == ["no topic", UNKNOWN_REASON]


def test_log_is_not_read_for_letters_that_tell_their_reason() -> None:
    queue, logs = InMemoryDeadLetters(), InMemoryLogs(error=PermanentError("denied"))
    queue.put("no JSON", NOW)
    found = survey(queue, time.monotonic).explained(logs, "/group", NOW)
    assert (found.log_error, logs.requests) == ("", [])


def test_unreadable_log_leaves_reasons_unknown() -> None:
    queue, logs = InMemoryDeadLetters(), InMemoryLogs(error=PermanentError("denied"))
    queue.put(body("a.jpg"), NOW)
    queue.put("no JSON", NOW)
    found = survey(queue, time.monotonic).explained(logs, "/group", NOW)
    assert found.log_error == "denied"
    assert [each.reason for each in found.letters] == [UNREAD_REASON, "the message is not JSON"]


def test_only_the_period_of_the_letters_is_read() -> None:
    queue, logs = InMemoryDeadLetters(), InMemoryLogs()
    queue.put(body("a.jpg"), NOW - timedelta(minutes=3))
    reasons(queue, logs)
    assert {since for since, _, _ in logs.requests} == {NOW - timedelta(minutes=3)}


def test_refused_letters_stay() -> None:
    queue = InMemoryDeadLetters()
    for number in range(30):
        queue.put(body(f"{number}.jpg"))
    queue.put(body("refused.jpg"))
    queue.refused = "refused.jpg"
    # If the queue accepted no letter of a batch, the replay would end with its error.
    queue.put(body("last.jpg"))
    replay = replay_of(queue)
    replay.run()
    assert replay.counts == ReplayCounts(sent=31, dropped=0, refused=1)
    assert queue.bodies == [body("refused.jpg")]
    assert queue.visible == 1


def test_letters_that_are_not_needed_are_dropped(repository: InMemoryImageRepository) -> None:
    queue = InMemoryDeadLetters()
    queue.put(body("newer.jpg"))
    queue.put(body("missing.jpg"))
    replay = Replay(queue, repository, lambda _: True, "mark", time.monotonic)
    replay.run()
    assert replay.counts == ReplayCounts(sent=1, dropped=1, refused=0)
    assert (queue.sent, queue.bodies) == ([(body("missing.jpg"), "mark")], [])


@pytest.mark.usefixtures("one_thread")
def test_refused_letter_is_not_sent_again_if_it_becomes_visible() -> None:
    queue = Lapsing()
    queue.put(body("refused.jpg"))
    queue.put(body("sent.jpg"))
    queue.refused = "refused.jpg"
    replay = replay_of(queue)
    replay.run()
    assert replay.counts == ReplayCounts(sent=1, dropped=0, refused=1)


def test_replay_ends_if_unwanted_letters_become_visible_too_early() -> None:
    queue = Lapsing()
    queue.put(body("a.jpg"))
    replay = Replay(queue, InMemoryImageRepository(), lambda _: False, "mark", time.monotonic)
    replay.run()
    assert (replay.counts.finished, queue.visible) == (0, 1)


class Killed(BaseException):
    """The process ends at this request."""


@given(st.integers(1, 40), st.integers(0, 25))
def test_killed_replay_loses_no_letter(letters: int, requests: int) -> None:
    class Dying(InMemoryDeadLetters):
        left = requests
        count = Lock()

        def send_back(self, letters: Iterable[DeadLetter], *, mark: str) -> list[DeadLetter]:
            accepted = super().send_back(letters, mark=mark)
            self.die()
            return accepted

        def delete(self, letters: Iterable[DeadLetter]) -> None:
            self.die()
            super().delete(letters)
            self.die()

        def die(self) -> None:
            with self.count:
                self.left -= 1
                if self.left < 0:
                    raise Killed

    queue = Dying()
    bodies = {body(f"{number}.jpg") for number in range(letters)}
    for each in bodies:
        queue.put(each)
    with suppress(Killed):
        replay_of(queue).run()
    sent = [each for each, _ in queue.sent]
    assert {*sent, *queue.bodies} == bodies
    in_flight = 4 * 10  # one batch in each thread
    assert len(sent) == len(set(sent))
    assert len(set(sent) & set(queue.bodies)) <= in_flight


def test_interrupted_replay_releases_letters_and_keeps_its_counts() -> None:
    queue = InMemoryDeadLetters()
    for number in range(30):
        queue.put(body(f"{number}.jpg"))
    replay = replay_of(queue)

    with pytest.raises(KeyboardInterrupt):
        replay.run(interrupt)
    assert len(queue.bodies) == queue.visible == 30 - replay.counts.sent


def test_error_of_the_queue_ends_the_replay() -> None:
    queue = InMemoryDeadLetters()
    queue.put(body("a.jpg"))
    queue.error = TransientError("unavailable")
    with pytest.raises(TransientError):
        replay_of(queue).run()


def test_error_of_one_request_ends_the_replay() -> None:
    queue = InMemoryDeadLetters()
    queue.put(body("refused.jpg"))
    queue.refused = "refused.jpg"
    with pytest.raises(PermanentError, match="refused"):
        replay_of(queue).run()
    assert queue.bodies == [body("refused.jpg")]


@given(st.integers(0, 60), st.integers(1, 60))
def test_limit_is_never_exceeded(letters: int, limit: int) -> None:
    queue = InMemoryDeadLetters()
    for number in range(letters):
        queue.put(body(f"{number}.jpg"))
    replay = replay_of(queue, limit)
    replay.run()
    assert replay.counts.finished == min(letters, limit)
    assert queue.visible == len(queue.bodies) == letters - min(letters, limit)


class Gauge:
    def __init__(self, *depths: QueueDepth) -> None:
        self._depths = iter(depths)

    def depth(self, url: str) -> QueueDepth:
        assert url
        return next(self._depths)


EMPTY, BUSY = QueueDepth(0, 0), QueueDepth(1, 0)


def test_queue_is_drained_after_three_readings_of_zero() -> None:
    gauge = Gauge(BUSY, EMPTY, QueueDepth(0, 1), EMPTY, EMPTY, EMPTY, BUSY)
    pauses = list[float]()
    assert len(list(depths_until_drained(gauge, "q", pauses.append, seconds=100))) == 6
    assert pauses == [1.0] * 5


def test_wait_for_the_queue_is_bounded() -> None:
    gauge = Gauge(*[QueueDepth(5, 1)] * 100)
    assert len(list(depths_until_drained(gauge, "q", lambda _: None, seconds=100))) == 100


def test_queue_that_nothing_reads_is_not_waited_for() -> None:
    gauge = Gauge(BUSY, QueueDepth(0, 1), *[QueueDepth(5, 0)] * 100)
    assert len(list(depths_until_drained(gauge, "q", lambda _: None, seconds=100))) == 32


def test_wait_for_letters_of_another_process_ends_when_they_are_visible() -> None:
    gauge = Gauge(QueueDepth(0, 2), QueueDepth(1, 1), BUSY)
    pauses = list[float]()
    assert len(list(depths_until_visible(gauge, "q", pauses.append, seconds=20))) == 2
    assert pauses == [1.0, 1.0]
    gauge = Gauge(*[QueueDepth(0, 1)] * 3)
    assert len(list(depths_until_visible(gauge, "q", lambda _: None, seconds=3))) == 3
