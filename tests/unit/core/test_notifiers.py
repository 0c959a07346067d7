import pytest

from imgmeta.core.notifiers import (
    MailServer,
    PluginNotifier,
    Recipient,
    Topic,
    Webhook,
    parse_recipient,
    parse_recipients,
)
from imgmeta.errors import ConfigurationError

ARN = "arn:aws:sns:eu-central-1:111122223333:images"
MAIL = "from=a@example.com&to=b@example.com"


@pytest.mark.parametrize(
    ("url", "recipient"),
    [
        (f"sns:{ARN}", Topic(ARN)),
        ("SNS:" + ARN, Topic(ARN)),
        (
            "https://hooks.example.com/a/secret?b=secret#c",
            Webhook(
                "https://hooks.example.com/a/secret?b=secret",
                "https://hooks.example.com/***",
                is_local=False,
            ),
        ),
        (
            "HTTPS://ann:p%40ss@host:8443/a",
            Webhook(
                "https://host:8443/a",
                "https://host:8443/***",
                is_local=False,
                credentials=("ann", "p@ss"),
            ),
        ),
        *(
            (
                f"http://{host}:80/a",
                Webhook(f"http://{host}:80/a", f"http://{host}:80/***", is_local=True),
            )
            for host in ("localhost", "127.0.0.1", "127.9.9.9", "[::1]")
        ),
        (
            f"smtp://host/?{MAIL}",
            MailServer("host", 587, ("b@example.com",), "a@example.com", is_encrypted=False),
        ),
        (
            "smtps://ann%40example.com:p%3Ass@host?to=b+c%25@x,d@x&from=a@x&to=b+c%25@x",
            MailServer(
                "host",
                465,
                ("b+c%@x", "d@x"),
                "a@x",
                is_encrypted=True,
                credentials=("ann@example.com", "p:ss"),
            ),
        ),
        (
            f"smtp://ann@[::1]:25?{MAIL}",
            MailServer(
                "::1",
                25,
                ("b@example.com",),
                "a@example.com",
                is_encrypted=False,
                credentials=("ann", ""),
            ),
        ),
        ("Chat:room-7?x=secret", PluginNotifier("chat", "Chat:room-7?x=secret")),
    ],
)
def test_url_names_a_recipient(url: str, recipient: Recipient) -> None:
    assert parse_recipient(url) == recipient


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "sns:TOPIC_ARN, https://host/path or smtp://host/"),
        ("me\n@example.com", "invalid notifier '***': start it with its scheme: sns:"),
        ("hooks.example.com/secret", "invalid notifier '***': start it with its scheme: sns:"),
        ("sns:images", "use sns:arn:aws:sns:REGION:ACCOUNT:NAME"),
        (f"sns:{ARN}.fifo", "the ARN of a standard topic"),
        ("https:", "use https://host"),
        ("https:///secret", "use https://host"),
        ("https://[secret/x", "its host or port is invalid"),
        ("https://host:99999/secret", "its host or port is invalid"),
        ("https://hö.example.com/secret", "percent-encode"),
        ("https://a\tb/secret", "percent-encode"),
        ("https://a%b/secret", "use https://host"),
        ("http://example.com/secret", "use https, which encrypts"),
        ("http://127.0.0.1.example.com/secret", "use https, which encrypts"),
        ("https://u:%0Asecret@host/", "must be visible ASCII"),
        ("https://u:%C3%A9secret@host/", "must be visible ASCII"),
        ("smtp://host", "add one sender and the recipients"),
        ("smtp://host/?from=a@x", "add one sender and the recipients"),
        ("smtp://host/?to=a@x", "add one sender and the recipients"),
        ("smtp://host/?from=a@x&from=c@x&to=b@x", "add one sender and the recipients"),
        (f"smtp://host/secret?{MAIL}", "only ?from=ADDRESS&to=ADDRESS may follow"),
        (f"smtp://host/?{MAIL}#secret", "only ?from=ADDRESS&to=ADDRESS may follow"),
        (f"smtp://host/?{MAIL}&bcc=secret", "only from and to may follow"),
        ("smtp://host/?from=a@x&to=b%0D%0ABcc:c@x", r"'b\r\nBcc:c@x' is not an email address"),
        ("smtp://host/?from=a%20<b@x>&to=b@x", "'a <b@x>' is not an email address"),
        ("smtp://host/?from=a@x&to=" + ",".join(f"{i}@x" for i in range(51)), "at most 50"),
    ],
)
def test_invalid_url_is_rejected_without_its_secrets(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_recipient(url)

    assert str(caught.value).startswith("invalid notifier '")
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://u:secret@host/secret", f"smtp://u:secret@host?{MAIL}", "chat:secret"]
)
def test_secrets_are_no_part_of_the_representation(url: str) -> None:
    assert "secret" not in repr(parse_recipient(url))


def test_mail_server_is_shown_with_its_port() -> None:
    shown = [parse_recipient(f"{url}?{MAIL}") for url in ("smtp://[::1]:25", "smtps://u:p@host")]
    assert [each.shown for each in shown if isinstance(each, MailServer)] == [
        "smtp://[::1]:25",
        "smtps://host:465",
    ]


def test_recipients_are_separated_by_white_space_and_unique() -> None:
    assert parse_recipients(f" a:1 \n b:2\ta:1 sns:{ARN}") == (
        PluginNotifier("a", "a:1"),
        PluginNotifier("b", "b:2"),
        Topic(ARN),
    )
    assert parse_recipients(" ") == ()
