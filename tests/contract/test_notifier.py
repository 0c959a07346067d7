"""Every sentence of `imgmeta.ports.Notifier`, against every adapter."""

from datetime import UTC, datetime

import pytest

from contract.messaging_adapters import NotifierScene
from imgmeta.core.digest import Digest
from imgmeta.core.notifications import MAX_MESSAGE_BYTES, Failure, Notification
from imgmeta.core.outcomes import BatchSummary
from imgmeta.errors import PermanentError, TransientError

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


# The port: "Send the message's subject and text."
@every_message
def test_the_subject_and_the_text_arrive_whole(
    notices: NotifierScene, message: Notification
) -> None:
    notices.notifier.notify(message)
    assert message.subject() in notices.received()
    assert message.text() in notices.received()


def test_a_message_may_be_as_long_as_a_message_can_be(notices: NotifierScene) -> None:
    assert len(LONGEST.text().encode()) > MAX_MESSAGE_BYTES - 1_000
    notices.notifier.notify(LONGEST)
    assert LONGEST.subject() in notices.received()
    assert LONGEST.text() in notices.received()


def test_each_message_is_sent(notices: NotifierScene) -> None:
    notices.notifier.notify(SUMMARY)
    notices.notifier.notify(DIGEST)
    assert SUMMARY.text() in notices.received()
    assert DIGEST.text() in notices.received()


# The port: "TransientError: it could not be sent now."
@every_message
def test_what_cannot_be_sent_now_is_a_transient_error(
    notices: NotifierScene, message: Notification
) -> None:
    if notices.refuse_now is None:
        pytest.skip("this notifier sends, or never will")
    notices.refuse_now()
    with pytest.raises(TransientError):
        notices.notifier.notify(message)


# The port: "PermanentError: it cannot be sent."
@every_message
def test_what_cannot_be_sent_is_a_permanent_error(
    notices: NotifierScene, message: Notification
) -> None:
    notices.refuse_forever()
    with pytest.raises(PermanentError):
        notices.notifier.notify(message)
