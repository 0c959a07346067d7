"""Notifications by email, through a mail server."""

import ssl
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from smtplib import (
    SMTP,
    SMTP_SSL,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from imgmeta.adapters.time_limit import call_within
from imgmeta.core.notifications import Notification
from imgmeta.core.notifiers import MailServer
from imgmeta.core.text import printable, shorten
from imgmeta.errors import AdapterError, PermanentError, TransientError

__all__ = ["MailNotifier"]

_TIMEOUT = 10
"""Seconds that the server may take to connect, or to respond."""

_LIMIT = 30
"""Seconds that the delivery of a message may take."""

_NAME = "[127.0.0.1]"
"""The name of this computer in a greeting; smtplib would ask a name server for it."""

_MAX_REASON = 200
_PERMANENT = 500
"""Replies from this code on are permanent: RFC 5321, section 4.2.1."""


class MailNotifier:
    """Sends notifications as messages to all recipients.

    The connection is encrypted if the server offers it. A password is never sent without that.

    Args:
        server: the server, the sender and the recipients.
        context: the TLS settings; None: certificates are checked with those of this computer.
    """

    def __init__(self, server: MailServer, *, context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._context = context

    def notify(self, notification: Notification) -> None:
        """Send the subject and the text: see `Notifier.notify`."""
        failure = f"cannot send mail through {self._server.shown}"
        message = _message(self._server, notification)
        try:
            # The timeout of smtplib is that of each read: a server may send byte by byte.
            call_within(_LIMIT, lambda: self._send(message, failure))
        except TimeoutError as error:
            msg = f"{failure}: it took longer than {_LIMIT} seconds"
            raise TransientError(msg) from error

    def _send(self, message: EmailMessage, failure: str) -> None:
        with _translated(failure), self._connection() as connection:
            if self._server.credentials is not None:
                if not isinstance(connection.sock, ssl.SSLSocket):
                    msg = f"{failure}: it offers no encryption for the password: use smtps://"
                    raise PermanentError(msg)
                connection.login(*self._server.credentials)
            refused = connection.send_message(message)
            if refused:
                raise SMTPRecipientsRefused(refused)

    @contextmanager
    def _connection(self) -> Generator[SMTP]:
        host, port = self._server.host, self._server.port
        connection = (
            SMTP_SSL(host, port, _NAME, timeout=_TIMEOUT, context=self._tls())
            if self._server.is_encrypted
            else SMTP(host, port, _NAME, timeout=_TIMEOUT)
        )
        with closing(connection):
            connection.ehlo_or_helo_if_needed()
            if not self._server.is_encrypted and connection.has_extn("starttls"):
                connection.starttls(context=self._tls())
            yield connection
            # The server has accepted the message; its reply to QUIT does not matter.
            with suppress(OSError):
                connection.quit()

    def _tls(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()


def _message(server: MailServer, notification: Notification) -> EmailMessage:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = ", ".join(server.recipients)
    message["Subject"] = notification.subject()
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5: no vacation replies
    text = notification.text()
    message.set_content(text, cte=None if text.isascii() else "base64")
    return message


@contextmanager
def _translated(failure: str) -> Generator[None]:
    try:
        yield
    except (OSError, SMTPException) as error:
        raise _error(error, failure) from error


def _error(error: OSError | SMTPException, failure: str) -> AdapterError:
    """Return the error for an exception of smtplib or of the connection."""
    if isinstance(error, SMTPRecipientsRefused):
        refused = "; ".join(
            f"{address} was refused: {_reply(code, text)}"
            for address, (code, text) in error.recipients.items()
        )
        return _by_code((code for code, _ in error.recipients.values()), f"{failure}: {refused}")
    if isinstance(error, SMTPResponseException):
        reply = _reply(error.smtp_code, error.smtp_error)
        return _by_code([error.smtp_code], f"{failure}: {reply}")
    if isinstance(error, SMTPNotSupportedError):
        return PermanentError(f"{failure}: {printable(str(error))}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return PermanentError(f"{failure}: invalid certificate: {printable(error.verify_message)}")
    if isinstance(error, TimeoutError):
        return TransientError(f"{failure}: no response within {_TIMEOUT} seconds")
    # SMTPException is an OSError, too.
    text = error.strerror or str(error) or type(error).__name__
    return TransientError(f"{failure}: {shorten(printable(text), _MAX_REASON).lower()}")


def _reply(code: int, text: bytes | str) -> str:
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {shorten(printable(decoded), _MAX_REASON)}".rstrip()


def _by_code(codes: Iterable[int], message: str) -> AdapterError:
    if any(code >= _PERMANENT for code in codes):
        return PermanentError(message)
    return TransientError(message)
