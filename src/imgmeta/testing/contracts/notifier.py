"""The contract of `imgmeta.ports.Notifier`. Each test quotes the port."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from imgmeta.core.digest import Digest
from imgmeta.core.notifications import MAX_MESSAGE_BYTES, Failure, Notification
from imgmeta.core.outcomes import BatchSummary
from imgmeta.errors import PermanentError, TransientError
from imgmeta.ports import Notifier

__all__ = ["NotifierContract", "NotifierHarness"]

FAILURE = Failure("bad\n.jpg", "no image")
SUMMARY = BatchSummary(environment="prod", processed=3, failed=1, failures=(FAILURE,))
DIGEST = Digest(
    environment="prod",
    since=datetime(2026, 11, 22, tzinfo=UTC),
    until=datetime(2026, 11, 23, tzinfo=UTC),
    processed=12_345,
    failed=1,
    file_size=6_789_000,
    failures=(FAILURE,),
)
LONGEST = BatchSummary(
    environment="東\n" * 99,
    processed=2**63,
    failed=2**63,
    failures=(Failure("東\x1b京" * 200, "<&>\"'"),) * 1_000,
)

every_message = pytest.mark.parametrize("message", [SUMMARY, DIGEST], ids=["summary", "digest"])


@dataclass(frozen=True)
class NotifierHarness:
    """A notifier, with access to its recipients.

    Attributes:
        notifier: the notifier to test.
        received: returns everything the recipients received so far.
        fail_permanently: makes sending permanently impossible.
        fail_temporarily: makes sending temporarily impossible; None if it cannot fail like that.
    """

    notifier: Notifier
    received: Callable[[], str]
    fail_permanently: Callable[[], None]
    fail_temporarily: Callable[[], None] | None = None


class NotifierContract:
    """The tests of a notifier: override the fixture `channel`."""

    @pytest.fixture
    def channel(self) -> NotifierHarness:
        """Return a notifier whose recipients have received nothing."""
        msg = "override the fixture `channel`"
        raise NotImplementedError(msg)

    # The port: "Send the notification's subject and text."
    @every_message
    def test_complete_subject_and_text_arrive(
        self, channel: NotifierHarness, message: Notification
    ) -> None:
        channel.notifier.notify(message)
        assert message.subject() in channel.received()
        assert message.text() in channel.received()

    def test_longest_notification_arrives(self, channel: NotifierHarness) -> None:
        assert len(LONGEST.text().encode()) > MAX_MESSAGE_BYTES - 1_000
        channel.notifier.notify(LONGEST)
        assert LONGEST.subject() in channel.received()
        assert LONGEST.text() in channel.received()

    def test_every_notification_arrives(self, channel: NotifierHarness) -> None:
        channel.notifier.notify(SUMMARY)
        channel.notifier.notify(DIGEST)
        assert SUMMARY.text() in channel.received()
        assert DIGEST.text() in channel.received()

    # The port: "TransientError: it could not be sent now."
    @every_message
    def test_temporary_failure_raises_transient_error(
        self, channel: NotifierHarness, message: Notification
    ) -> None:
        if channel.fail_temporarily is None:
            pytest.skip("this notifier has no temporary failure")
        channel.fail_temporarily()
        with pytest.raises(TransientError):
            channel.notifier.notify(message)

    # The port: "PermanentError: it cannot be sent."
    @every_message
    def test_permanent_failure_raises_permanent_error(
        self, channel: NotifierHarness, message: Notification
    ) -> None:
        channel.fail_permanently()
        with pytest.raises(PermanentError):
            channel.notifier.notify(message)
