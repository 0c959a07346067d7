"""Every sentence of `imgmeta.ports.Notifier`, against every adapter."""

import pytest

from contract.conftest import NotifierScene
from imgmeta.core.batch import BatchSummary, Failure
from imgmeta.errors import PermanentError, TransientError

SUMMARY = BatchSummary(
    environment="prod", processed=3, failed=1, failures=(Failure("bad\n.jpg", "no image"),)
)


# The port: "Send the summary's subject and text."
def test_the_subject_and_the_text_arrive_whole(notices: NotifierScene) -> None:
    notices.notifier.notify(SUMMARY)
    assert SUMMARY.subject() in notices.received()
    assert SUMMARY.text() in notices.received()


def test_each_summary_is_sent(notices: NotifierScene) -> None:
    notices.notifier.notify(SUMMARY)
    notices.notifier.notify(BatchSummary(processed=12_345))
    assert SUMMARY.text() in notices.received()
    assert "12,345" in notices.received()


# The port: "TransientError: it could not be sent now."
def test_what_cannot_be_sent_now_is_a_transient_error(notices: NotifierScene) -> None:
    if notices.refuse_now is None:
        pytest.skip("this notifier sends, or never will")
    notices.refuse_now()
    with pytest.raises(TransientError):
        notices.notifier.notify(SUMMARY)


# The port: "PermanentError: it cannot be sent."
def test_what_cannot_be_sent_is_a_permanent_error(notices: NotifierScene) -> None:
    notices.refuse_forever()
    with pytest.raises(PermanentError):
        notices.notifier.notify(SUMMARY)
