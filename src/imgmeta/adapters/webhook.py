"""Notifications to a web address."""

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from urllib.request import OpenerDirector, Request

from imgmeta.adapters.http_connection import (
    connection_error,
    http_opener,
    is_temporary,
    status_text,
)
from imgmeta.adapters.time_limit import call_within
from imgmeta.core.notifications import Notification
from imgmeta.core.notifiers import Webhook
from imgmeta.errors import PermanentError, TransientError

__all__ = ["WebhookNotifier"]

_TIMEOUT = 10
"""Seconds that a request may take."""

_PAUSES = (1.0, 2.0)
"""Seconds before each repetition of a request that the server refused temporarily."""


class WebhookNotifier:
    """Sends notifications as JSON: `{"subject": …, "text": …, "summary": {…}}`.

    A request is repeated only if the server answers that it cannot process it now: after a
    connection failed, it is unknown whether the server received the request. Redirects are errors,
    since the notification would be sent to an address that nobody configured.

    Args:
        webhook: the address.
        sleep: waits for a number of seconds.
    """

    def __init__(self, webhook: Webhook, *, sleep: Callable[[float], object]) -> None:
        self._webhook = webhook
        self._sleep = sleep
        self._failure = f"cannot notify {webhook.shown}"

    def notify(self, notification: Notification) -> None:
        """Send the subject and the text: see `Notifier.notify`."""
        request = self._request(notification)
        status = self._send(request)
        for pause in _PAUSES:
            if not is_temporary(status):
                break
            self._sleep(pause)
            status = self._send(request)
        self._check(status)

    def _request(self, notification: Notification) -> Request:
        content = {
            "subject": notification.subject(),
            "text": notification.text(),
            "summary": notification.values(),
        }
        headers = {"Content-Type": "application/json", "User-Agent": "imgmeta"}
        if self._webhook.credentials is not None:  # RFC 7617, section 2
            encoded = b64encode(":".join(self._webhook.credentials).encode()).decode()
            headers["Authorization"] = f"Basic {encoded}"
        # ASCII escapes lone surrogates, too.
        body = json.dumps(content, ensure_ascii=True).encode()
        return Request(self._webhook.url, body, headers, method="POST")  # noqa: S310 - checked by `parse_recipient`

    def _send(self, request: Request) -> int:
        opener = http_opener(proxies=not self._webhook.is_local)
        try:
            # The timeout of the opener is that of each read: a server may send byte by byte.
            return call_within(_TIMEOUT, lambda: _status(opener, request))
        except (OSError, HTTPException) as error:
            raise connection_error(error, self._failure, seconds=_TIMEOUT) from error

    def _check(self, status: int) -> None:
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        reason = f"{self._failure}: {status_text(status)}"
        if is_temporary(status):
            msg = f"{reason}: try again later"
            raise TransientError(msg)
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            msg = f"{reason}: use the URL that it redirects to"
            raise PermanentError(msg)
        msg = f"{reason}: check the URL"
        raise PermanentError(msg)


def _status(opener: OpenerDirector, request: Request) -> int:
    response: HTTPResponse = opener.open(request, timeout=_TIMEOUT)
    with closing(response):
        return response.status
