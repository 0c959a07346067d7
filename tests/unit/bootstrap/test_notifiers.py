from typing import cast

import pytest

from imgmeta.adapters.mail import MailNotifier
from imgmeta.adapters.webhook import WebhookNotifier
from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.notifiers import open_notifier
from imgmeta.config import Settings
from imgmeta.core.notifiers import parse_recipients
from imgmeta.core.outcomes import BatchSummary
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from imgmeta.ports import Notifier
from support.plugins.distributions import Install

GROUP = "imgmeta.notifiers"
SUMMARY = BatchSummary(failed=1)
CHAT = """
from contextlib import contextmanager

sent = []

class Chat:
    def notify(self, notification):
        sent.append((self.url, notification.subject()))

@contextmanager
def open_url(url):
    chat = Chat()
    chat.url = url
    yield chat
"""


def opened(text: str) -> Notifier:
    return open_notifier(parse_recipients(text), AWSConnection(Settings()))


def test_every_recipient_has_the_notifier_of_its_scheme() -> None:
    group = opened("https://host/x smtp://host/?from=a@x&to=b@x")
    assert [type(each) for each in group._notifiers] == [WebhookNotifier, MailNotifier]  # type: ignore[attr-defined] # noqa: SLF001 - nothing is sent


def test_topic_is_notified_through_sns() -> None:
    pytest.importorskip("botocore", reason="needs the extra aws")
    from imgmeta.adapters.sns import SNSNotifier  # noqa: PLC0415 - needs the extra aws

    class FakeConnection:
        class clients:  # noqa: N801 - the name of the attribute
            sns = object()

    recipients = parse_recipients("sns:arn:aws:sns:eu-west-1:111122223333:images")
    group = open_notifier(recipients, cast("AWSConnection", FakeConnection()))
    assert [type(each) for each in group._notifiers] == [SNSNotifier]  # type: ignore[attr-defined] # noqa: SLF001 - nothing is sent


def test_plugin_is_notified_with_its_url(install: Install) -> None:
    module = install(CHAT, group=GROUP, scheme="chat")

    opened("chat:room-7").notify(SUMMARY)

    assert __import__(module).sent == [("chat:room-7", SUMMARY.subject())]


@pytest.mark.parametrize("scheme", ["https", "smtp", "sns"])
def test_own_schemes_cannot_be_replaced(install: Install, scheme: str) -> None:
    module = install(CHAT, group=GROUP, scheme=scheme)
    opened("https://host/x smtp://host/?from=a@x&to=b@x")
    assert module not in __import__("sys").modules


def test_unknown_scheme_lists_the_known_ones(install: Install) -> None:
    install(CHAT, group=GROUP, scheme="chat")
    with pytest.raises(ConfigurationError) as caught:
        opened("other:secret")
    assert str(caught.value) == (
        "invalid notifier 'other:***': no installed package provides other: notifiers; use sns:, "
        "https:, smtp:, smtps:, chat:"
    )


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_module", "cannot be imported (ModuleNotFoundError"),
        ("def open_url(url): raise ValueError(url)", "(ValueError: chat:***)"),
        ("from contextlib import nullcontext as open_url", "without the method notify (got str)"),
    ],
)
def test_broken_plugin_is_reported_before_any_work(
    install: Install, source: str, reason: str
) -> None:
    install(source, group=GROUP, scheme="chat")
    with pytest.raises(ConfigurationError) as caught:
        opened("chat:secret")
    assert str(caught.value).startswith("the plug-in chat: of the package mine-imgmeta 1.0 ")
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)


def test_exception_of_a_plugin_does_not_stop_the_others(install: Install) -> None:
    module = install(CHAT, group=GROUP, scheme="chat")
    broken = CHAT.replace("sent.append", "raise KeyError")
    install(broken, group=GROUP, scheme="broken", package="broken-imgmeta")

    with pytest.raises(PermanentError, match="the plug-in broken: of the package broken-imgmeta"):
        opened("broken:x chat:room-7").notify(SUMMARY)

    assert len(__import__(module).sent) == 1


def test_error_of_a_plugin_passes_through(install: Install) -> None:
    busy = "from imgmeta import TransientError\n" + CHAT.replace(
        "sent.append", "raise TransientError('busy') #"
    )
    install(busy, group=GROUP, scheme="chat")
    with pytest.raises(TransientError, match=r"^busy$"):
        opened("chat:room-7").notify(SUMMARY)
