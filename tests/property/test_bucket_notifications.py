"""Laws of changing a bucket's notification configuration: everybody else's entries stay."""

from collections.abc import Callable
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.deployment.core.bucket_notifications import NotificationConfiguration
from imgmeta.deployment.service.event_delivery import EventDelivery
from support.deployment.notifications import InMemoryNotifications, notification_document

BUCKET = "my-photos"
FLAG = "<EventBridgeConfiguration></EventBridgeConfiguration>"

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
)
events = st.sampled_from(
    [
        "s3:ObjectCreated:*",
        "s3:ObjectRemoved:Delete",
        "s3:ObjectRestore:Completed",
        "s3:Replication:*",
    ]
)
kinds = st.sampled_from(
    [
        ("TopicConfiguration", "Topic"),
        ("QueueConfiguration", "Queue"),
        ("CloudFunctionConfiguration", "CloudFunction"),
        ("FutureConfiguration", "Destination"),
    ]
)


def _element(name: str, *children: str) -> str:
    return f"<{name}>{''.join(children)}</{name}>"


@st.composite
def entries(draw: st.DrawFn) -> str:
    """Return the XML of an entry, with or without a filter."""
    kind, destination = draw(kinds)
    rules = [
        _element("FilterRule", _element("Name", name), _element("Value", escape(draw(texts))))
        for name in draw(st.sets(st.sampled_from(["Prefix", "Suffix"])))
    ]
    return _element(
        kind,
        _element("Id", escape(draw(texts))),
        _element(destination, escape(draw(texts))),
        *(_element("Event", event) for event in draw(st.lists(events, min_size=1, max_size=3))),
        *([_element("Filter", _element("S3Key", *rules))] if rules else []),
    )


layouts = st.sampled_from(["", "\n", "\n  ", "<!-- kept -->"])
configurations = st.lists(st.tuples(layouts, entries()).map("".join), max_size=5)


@given(configurations, st.integers(0, 5))
def test_foreign_entries_stay_byte_for_byte(foreign: list[str], position: int) -> None:
    off = NotificationConfiguration(notification_document(*foreign))
    on = off.with_eventbridge(enabled=True)
    assert on.sends_to_eventbridge
    assert on.foreign_entries == off.foreign_entries == off.entries
    assert all(each.encode() in on.document for each in foreign)
    assert on.with_eventbridge(enabled=False).document == off.document
    present = [*foreign[:position], FLAG, *foreign[position:]]
    already_on = NotificationConfiguration(notification_document(*present))
    assert already_on.with_eventbridge(enabled=True) is already_on
    assert already_on.with_eventbridge(enabled=False).entries == off.entries


@given(configurations, st.lists(configurations, max_size=3), st.booleans())
def test_changes_of_others_before_and_after_the_write_are_not_lost(
    foreign: list[str],
    changes: list[list[str]],
    after_write: bool,  # noqa: FBT001 - drawn
) -> None:
    notifications = InMemoryNotifications()
    notifications.add(BUCKET, *foreign)
    latest, pending = foreign, list(changes)

    def change(bucket: str) -> None:
        nonlocal latest
        if pending:
            latest = pending.pop()
            notifications.add(bucket, *latest)

    _hook(notifications, change, after_write=after_write)
    EventDelivery(notifications, lambda _: None).switch(BUCKET, enabled=True)
    stored = notifications.get(BUCKET)
    assert stored.sends_to_eventbridge
    expected = NotificationConfiguration(notification_document(*latest))
    assert stored.foreign_entries == expected.foreign_entries


def _hook(
    notifications: InMemoryNotifications, change: Callable[[str], None], *, after_write: bool
) -> None:
    """Make the change after each write, or after each first read of the two before it."""
    reads = iter(range(10_000))

    def after_first_read(bucket: str) -> None:
        if not notifications.puts and next(reads) % 2 == 0:
            change(bucket)

    if after_write:
        notifications.after_put = change
    else:
        notifications.after_get = after_first_read
