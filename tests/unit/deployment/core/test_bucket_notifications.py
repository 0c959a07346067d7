"""The event notification configurations of buckets."""

import pytest

from imgmeta.deployment.core.bucket_notifications import NotificationConfiguration

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
TOPIC = (
    "<TopicConfiguration><Id>thumbs &amp; more</Id><Topic>arn:aws:sns:eu-west-1:1:a</Topic>"
    "<Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event></TopicConfiguration>"
)
UNKNOWN = '<PagerConfiguration urgent="yes"><Number> 42 </Number></PagerConfiguration>'
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
FLAG = "<EventBridgeConfiguration/>"


def configuration(*entries: str) -> NotificationConfiguration:
    text = f"<NotificationConfiguration {NAMESPACE}>{''.join(entries)}</NotificationConfiguration>"
    return NotificationConfiguration(text.encode())


def test_switching_on_appends_one_entry_and_keeps_every_other_byte() -> None:
    before = configuration(TOPIC, UNKNOWN)
    after = before.with_eventbridge(enabled=True)
    assert after.sends_to_eventbridge
    assert after.document == configuration(TOPIC, UNKNOWN, FLAG).document
    assert after.foreign_entries == before.foreign_entries == before.entries


def test_switching_off_removes_one_entry_and_keeps_every_other_byte() -> None:
    before = configuration(TOPIC, "<EventBridgeConfiguration ></EventBridgeConfiguration>", UNKNOWN)
    after = before.with_eventbridge(enabled=False)
    assert not after.sends_to_eventbridge
    assert after.document == configuration(TOPIC, UNKNOWN).document


def test_configuration_in_the_wanted_state_is_unchanged() -> None:
    on, off = configuration(TOPIC, FLAG), configuration(TOPIC)
    assert on.with_eventbridge(enabled=True) is on
    assert off.with_eventbridge(enabled=False) is off


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "<NotificationConfiguration/>",
            "<NotificationConfiguration>{}</NotificationConfiguration>",
        ),
        (
            f"{DECLARATION}\n<NotificationConfiguration />\n<!---->",
            f"{DECLARATION}\n<NotificationConfiguration >{{}}</NotificationConfiguration>\n<!---->",
        ),
        (
            "<a:NotificationConfiguration></a:NotificationConfiguration>",
            "<a:NotificationConfiguration><a:EventBridgeConfiguration/></a:NotificationConfiguration>",
        ),
        (
            "<NotificationConfiguration>\n  /></NotificationConfiguration>",
            "<NotificationConfiguration>\n  />{}</NotificationConfiguration>",
        ),
    ],
    ids=["empty element", "declaration and comment", "prefix", "text like an end"],
)
def test_layouts_of_an_empty_configuration_are_kept(before: str, after: str) -> None:
    on = NotificationConfiguration(before.encode()).with_eventbridge(enabled=True)
    assert on.document == after.format(FLAG).encode()


def test_order_layout_and_prefixes_do_not_make_configurations_differ() -> None:
    swapped = TOPIC.replace("Created", "X").replace("Removed", "Created").replace("X", "Removed")
    prefixed = NotificationConfiguration(
        f'<a:NotificationConfiguration xmlns:a="x">\n  {UNKNOWN}\n  {swapped}\n'
        "</a:NotificationConfiguration>".encode()
    )
    assert prefixed == configuration(TOPIC, UNKNOWN)
    assert hash(prefixed) == hash(configuration(TOPIC, UNKNOWN))
    assert configuration(TOPIC) != configuration(UNKNOWN)
    assert configuration(TOPIC) != configuration(TOPIC, TOPIC)
    assert configuration(UNKNOWN) != configuration(UNKNOWN.replace(" 42 ", "42"))
    assert configuration(TOPIC) != TOPIC


def test_empty_configuration_has_no_entries() -> None:
    assert NotificationConfiguration.empty().entries == ()
    assert not NotificationConfiguration.empty().sends_to_eventbridge


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "it is not XML: no element found"),
        (b"<html><body>Log in</body></html>", "it is not a NotificationConfiguration"),
        (b"<NotificationConfiguration>", "it is not XML: no element found"),
        (b"<NotificationConfiguration>\xff</NotificationConfiguration>", "it is not XML"),
        (b'<!DOCTYPE a [<!ENTITY b "b">]><NotificationConfiguration/>', "it has a document type"),
        (
            b"<NotificationConfiguration>"
            + b"<a>" * 50
            + b"</a>" * 50
            + b"</NotificationConfiguration>",
            "nested too deeply",
        ),
    ],
    ids=["nothing", "a web page", "cut off", "not UTF-8", "a document type", "nested"],
)
def test_other_documents_are_rejected(document: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        NotificationConfiguration(document)
