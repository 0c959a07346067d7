"""Notifiers of the recipients in the settings."""

import time
from collections.abc import Iterable

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.plugins import open_plugin_notifier
from imgmeta.core.notifiers import MailServer, PluginNotifier, Recipient, Topic, Webhook
from imgmeta.ports import Notifier
from imgmeta.service.notifications import NotifierGroup

__all__ = ["open_notifier"]


def open_notifier(recipients: Iterable[Recipient], aws: AWSConnection) -> Notifier:
    """Return a notifier of all recipients; the failure of one does not stop the others.

    Plug-ins are opened once, so that a broken one is reported before any work.

    Args:
        recipients: the recipients.
        aws: the AWS clients.

    Raises:
        ConfigurationError: no package or several packages provide a scheme, a plug-in is broken, or
            boto3 is not installed.
        ImgmetaError: from a plug-in, passed on.
    """
    return NotifierGroup([_notifier(each, aws) for each in recipients])


def _notifier(recipient: Recipient, aws: AWSConnection) -> Notifier:
    match recipient:
        case Topic(arn):
            client = aws.clients.sns
            from imgmeta.adapters.sns import SNSNotifier

            return SNSNotifier(client, arn)
        case Webhook():
            from imgmeta.adapters.webhook import WebhookNotifier

            return WebhookNotifier(recipient, sleep=time.sleep)
        case MailServer():
            from imgmeta.adapters.mail import MailNotifier

            return MailNotifier(recipient)
        case PluginNotifier():
            return open_plugin_notifier(recipient)
