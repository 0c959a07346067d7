"""The recipients of notifications, by URL."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = [
    "MailServer",
    "PluginNotifier",
    "Recipient",
    "Topic",
    "Webhook",
    "parse_recipient",
    "parse_recipients",
]

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.ASCII | re.IGNORECASE)
_URL = re.compile("[!-~]+")
"""Visible ASCII, to which RFC 3986 restricts URLs."""

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", re.ASCII)
"""Service Authorization Reference, "Resource types defined by Amazon SNS"; no FIFO topic."""

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
"""An address whose local part is a dot-atom: RFC 5322, section 3.4.1; lengths as in RFC 5321."""

_HOST = re.compile(r"[A-Za-z0-9.:_-]+", re.ASCII)
_MAX_RECIPIENTS = 50

_PORTS = {"smtp": 587, "smtps": 465}
"""RFC 6409, section 3.1, and RFC 8314, section 3.3."""


@dataclass(frozen=True, slots=True)
class Topic:
    """An Amazon SNS topic: `sns:arn:aws:sns:REGION:ACCOUNT:NAME`."""

    arn: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """A web address that takes notifications as JSON: `https://host/path`.

    Attributes:
        url: the URL without user name and password; its path and query may be secret.
        shown: the URL without its secret parts, safe to print.
        is_local: whether the host is this computer.
        credentials: the user name and the password; None: the server needs none.
    """

    url: str = field(repr=False)
    shown: str
    is_local: bool
    credentials: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server: `smtp://user:password@host:587/?from=a@example.com&to=b@example.com`.

    Attributes:
        host: the host.
        port: the port.
        recipients: the addresses of the recipients.
        sender: the address of the sender.
        is_encrypted: whether the connection starts with TLS (`smtps`).
        credentials: the user name and the password; None: the server needs none.
    """

    host: str
    port: int
    recipients: tuple[str, ...]
    sender: str
    is_encrypted: bool
    credentials: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The URL without its secret parts."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'smtps' if self.is_encrypted else 'smtp'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class PluginNotifier:
    """A recipient that a plug-in notifies: see `imgmeta.ports.OpenNotifier`.

    Attributes:
        scheme: the scheme of the URL, in lower case.
        url: the URL, which may contain secrets.
    """

    scheme: str
    url: str = field(repr=False)


Recipient = Topic | Webhook | MailServer | PluginNotifier


def parse_recipients(text: str) -> tuple[Recipient, ...]:
    """Return the recipients in a text of URLs, which white space separates.

    Raises:
        ConfigurationError: as for `parse_recipient`.
    """
    return tuple(dict.fromkeys(map(parse_recipient, text.split())))


def parse_recipient(url: str) -> Recipient:
    """Return the recipient with a URL.

    A scheme that is not imgmeta's is a `PluginNotifier`; whether a package for it is installed is
    checked when it is opened.

    Raises:
        ConfigurationError: the URL is invalid.
    """
    match = _SCHEME.match(url)
    if match is None:
        # Any part may be secret: white space within a URL also ends up here.
        msg = (
            "invalid notifier '***': start it with its scheme: sns:TOPIC_ARN, https://host/path "
            "or smtp://host/?from=ADDRESS&to=ADDRESS; white space separates several"
        )
        raise ConfigurationError(msg)
    scheme = match[1].lower()
    try:
        return _parse(scheme, url)
    except ValueError as error:
        msg = f"invalid notifier '{scheme}:***': {error}"
        raise ConfigurationError(msg) from error


def _parse(scheme: str, url: str) -> Recipient:
    """Return the recipient.

    Raises:
        ValueError: the URL is invalid; the message says what to use, without its secrets.
    """
    if scheme == "sns":
        arn = url.partition(":")[2]
        if not _TOPIC.fullmatch(arn):
            msg = "use sns:arn:aws:sns:REGION:ACCOUNT:NAME, the ARN of a standard topic"
            raise ValueError(msg)
        return Topic(arn)
    if scheme not in {"http", "https", "smtp", "smtps"}:
        return PluginNotifier(scheme, url)
    if not _URL.fullmatch(url):
        msg = "percent-encode white space and characters outside of ASCII"
        raise ValueError(msg)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        msg = "its host or port is invalid"
        raise ValueError(msg) from error
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        msg = f"use {scheme}://host"
        raise ValueError(msg)
    if scheme in _PORTS:
        return _mail_server(scheme, parts, parts.hostname, port or _PORTS[scheme])
    return _webhook(scheme, parts, parts.hostname)


def _webhook(scheme: str, parts: SplitResult, host: str) -> Webhook:
    is_local = _is_local(host)
    if scheme == "http" and not is_local:
        msg = "use https, which encrypts; http is accepted for this computer only"
        raise ValueError(msg)
    authority = parts.netloc.rpartition("@")[2]
    rest = parts._replace(scheme=scheme, netloc=authority, fragment="").geturl()
    shown = f"{scheme}://{authority}/***"
    return Webhook(rest, shown, is_local=is_local, credentials=_credentials(parts))


def _mail_server(scheme: str, parts: SplitResult, host: str, port: int) -> MailServer:
    if parts.path not in {"", "/"} or parts.fragment:
        msg = "only ?from=ADDRESS&to=ADDRESS may follow the host"
        raise ValueError(msg)
    values: dict[str, list[str]] = {"from": [], "to": []}
    for part in parts.query.split("&") if parts.query else []:
        name, _, value = part.partition("=")  # a plus sign stays: addresses may contain it
        if name not in values:
            msg = "only from and to may follow the question mark"
            raise ValueError(msg)
        values[name] += unquote(value).split(",")
    senders, recipients = values["from"], tuple(dict.fromkeys(values["to"]))
    if len(senders) != 1 or not recipients:
        msg = "add one sender and the recipients: ?from=ADDRESS&to=ADDRESS&to=ADDRESS"
        raise ValueError(msg)
    if len(recipients) > _MAX_RECIPIENTS:
        msg = f"use at most {_MAX_RECIPIENTS} recipients, or a mailing list"
        raise ValueError(msg)
    for address in (*senders, *recipients):
        if not _ADDRESS.fullmatch(address):
            msg = f"'{printable(address)}' is not an email address"
            raise ValueError(msg)
    return MailServer(
        host,
        port,
        recipients,
        senders[0],
        is_encrypted=scheme == "smtps",
        credentials=_credentials(parts),
    )


def _credentials(parts: SplitResult) -> tuple[str, str] | None:
    if parts.username is None:
        return None
    user, password = unquote(parts.username), unquote(parts.password or "")
    if not (user + password).isascii() or not (user + password).isprintable():
        msg = "the user name and the password must be visible ASCII"
        raise ValueError(msg)
    return user, password


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
