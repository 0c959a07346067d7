import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from imgmeta.adapters import mail
from imgmeta.adapters.mail import MailNotifier
from imgmeta.core.notifications import Failure
from imgmeta.core.notifiers import MailServer, parse_recipient
from imgmeta.core.outcomes import BatchSummary
from imgmeta.errors import AdapterError, PermanentError, TransientError
from support.http.certificates import create_certificate
from support.mail.mail_server import MailStub, mail_server

SUMMARY = BatchSummary(failed=1, failures=(Failure("é\n.\nBcc: c@example.com", "no image"),))
QUERY = "?from=a@example.com&to=b@example.com,c@example.com"
USER = "ann:s3cr3t@"


@pytest.fixture
def stub() -> Iterator[MailStub]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a key and a certificate of 127.0.0.1."""
    return create_certificate(tmp_path_factory.mktemp("tls"))


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def notifier(
    stub: MailStub, scheme: str = "smtp", user: str = "", context: ssl.SSLContext | None = None
) -> MailNotifier:
    recipient = parse_recipient(f"{scheme}://{user}127.0.0.1:{stub.port}/{QUERY}")
    assert isinstance(recipient, MailServer)
    return MailNotifier(recipient, context=context)


def test_delivery_of_many_slow_replies_times_out(
    stub: MailStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "_LIMIT", 0.2)
    stub.delay = 0.1

    with pytest.raises(TransientError, match=r": it took longer than 0\.2 seconds$"):
        notifier(stub).notify(SUMMARY)


def test_message_has_sender_recipients_subject_and_text(stub: MailStub) -> None:
    notifier(stub).notify(SUMMARY)

    # Python 3.13 writes `MAIL from`: case does not matter (RFC 5321, section 2.4).
    commands = [each.lower() for each in stub.commands if each.startswith(("MAIL", "RCPT"))]
    assert commands == [
        "mail from:<a@example.com>",
        "rcpt to:<b@example.com>",
        "rcpt to:<c@example.com>",
    ]
    (content,) = stub.messages
    message = message_from_bytes(content, policy=policy.default)
    assert message["From"] == "a@example.com"
    assert message["To"] == "b@example.com, c@example.com"
    assert message["Subject"] == "imgmeta: 0 processed, 1 failed"
    assert message["Message-ID"].endswith("@example.com>")
    assert message["Date"].endswith("+0000")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Bcc"] is None
    assert message.get_content() == SUMMARY.text()


def test_password_is_sent_after_starttls_only(stub: MailStub, certificate: Path) -> None:
    stub.features = ("AUTH PLAIN", "STARTTLS")
    stub.context = server_context(certificate)
    trusted = ssl.create_default_context(cafile=str(certificate))

    notifier(stub, user=USER, context=trusted).notify(SUMMARY)

    commands = [each.partition(" AUTH")[0].split()[0] for each in stub.commands]
    assert commands == ["EHLO", "STARTTLS", *["TLS"] * (len(commands) - 2)]
    assert any(each.startswith("TLS AUTH PLAIN ") for each in stub.commands)
    assert len(stub.messages) == 1


def test_connection_of_smtps_starts_with_tls(certificate: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    with mail_server(implicit_tls=server_context(certificate)) as stub:
        notifier(stub, "smtps", USER, trusted).notify(SUMMARY)

    assert all(each.startswith("TLS ") for each in stub.commands)
    assert len(stub.messages) == 1


def test_untrusted_certificate_is_an_error(stub: MailStub, certificate: Path) -> None:
    stub.features = ("STARTTLS",)
    stub.context = server_context(certificate)

    with pytest.raises(PermanentError, match="invalid certificate: self-signed"):
        notifier(stub).notify(SUMMARY)

    assert stub.messages == []


def test_password_is_not_sent_without_encryption(stub: MailStub) -> None:
    with pytest.raises(PermanentError, match="offers no encryption for the password: use smtps:"):
        notifier(stub, user=USER).notify(SUMMARY)

    assert [each.split()[0] for each in stub.commands] == ["EHLO"]


@pytest.mark.parametrize(
    ("replies", "kind", "reason"),
    [
        ({"CONNECT": "421 too busy"}, TransientError, "421 too busy"),
        ({"CONNECT": ""}, TransientError, "connection unexpectedly closed"),
        ({"CONNECT": "554 go away\x1b[2J"}, PermanentError, r"554 go away\x1b[2J"),
        ({"EHLO": "502 no", "HELO": "450 no"}, TransientError, "450 no"),
        ({"MAIL": "550 unknown"}, PermanentError, "550 unknown"),
        ({"RCPT": "450 later"}, TransientError, "b@example.com was refused: 450 later; c@"),
        ({"RCPT": "550 unknown"}, PermanentError, "b@example.com was refused: 550 unknown"),
        ({"DATA": "451 later"}, TransientError, "451 later"),
        ({"CONTENT": "552 too large"}, PermanentError, "552 too large"),
        ({"CONTENT": ""}, TransientError, "connection unexpectedly closed"),
    ],
)
def test_refusal_is_reported_with_the_reply(
    stub: MailStub, replies: dict[str, str], kind: type[AdapterError], reason: str
) -> None:
    stub.replies = replies

    with pytest.raises(kind) as caught:
        notifier(stub).notify(SUMMARY)

    prefix = f"cannot send mail through smtp://127.0.0.1:{stub.port}: "
    assert str(caught.value).startswith(prefix)
    assert reason in str(caught.value)
    assert str(caught.value).isprintable()


def test_refused_recipient_is_reported_although_others_get_the_message(stub: MailStub) -> None:
    stub.replies = {"<c@example.com>": "550 unknown"}

    with pytest.raises(PermanentError, match=r"c@example\.com was refused: 550 unknown$"):
        notifier(stub).notify(SUMMARY)

    assert len(stub.messages) == 1


def test_refused_password_is_a_permanent_failure(stub: MailStub, certificate: Path) -> None:
    stub.features = ("AUTH PLAIN", "STARTTLS")
    stub.context = server_context(certificate)
    stub.replies = {"AUTH": "535 wrong password"}
    trusted = ssl.create_default_context(cafile=str(certificate))

    with pytest.raises(PermanentError, match="535 wrong password") as caught:
        notifier(stub, user=USER, context=trusted).notify(SUMMARY)

    assert "s3cr3t" not in str(caught.value)


def test_server_without_passwords_is_a_permanent_failure(stub: MailStub, certificate: Path) -> None:
    stub.features = ("STARTTLS",)
    stub.context = server_context(certificate)
    trusted = ssl.create_default_context(cafile=str(certificate))

    with pytest.raises(PermanentError, match="extension not supported"):
        notifier(stub, user=USER, context=trusted).notify(SUMMARY)


def test_reply_after_the_message_is_not_a_failure(stub: MailStub) -> None:
    stub.replies = {"QUIT": "421 too late"}
    notifier(stub).notify(SUMMARY)
    assert len(stub.messages) == 1


def test_unreachable_server_is_a_temporary_failure() -> None:
    with mail_server() as stub:
        pass
    with pytest.raises(TransientError, match="connection refused"):
        notifier(stub).notify(SUMMARY)
