"""Messages with damage in one place, made by plain chance: thousands of them in seconds."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

from support.strategies.events import (
    DELIVERIES,
    Document,
    ObjectEvent,
    bus_event,
    invocation,
    notification,
    notified,
    own_message,
    places,
    published,
    queue,
    queued,
    topic,
    with_value,
)

__all__ = ["BATCHES", "Batch", "damaged_batches"]

FIRST, MIDDLE, LAST = (ObjectEvent(f"{name} b+c.jpg") for name in ("first", "middle", "last"))

_DEEP = 3_000

_VALUES: list[Callable[[random.Random], object]] = [
    lambda _: None,
    lambda chance: chance.choice([True, False]),
    lambda chance: chance.choice([0, -1, 10**400, -(10**30), 2**63, 1e308, float("inf")]),
    lambda _: float("nan"),
    lambda chance: chance.choice(
        ["", " ", "\0", "\ud800", "\udfff.jpg", "\ufeff", "%", "%ff", "%C3"]
    ),
    lambda chance: chance.choice(["aws:s3", "aws:sqs", "aws:sns", "aws.s3", "imgmeta", "3.0", "{"]),
    lambda chance: "a" * chance.choice([1, 255, 1_025, 70_000]),
    lambda chance: "F" * chance.choice([15, 32, 33, 5_000]),
    lambda chance: chance.choice(
        ["9999-12-31T23:59:59-23:59", "2026-13-01", "0001-01-01T00:00+14:00"]
    ),
    lambda chance: [[], {}, [[]], [None, 1, "a"], {"Records": None}, {"s3": []}][
        chance.randrange(6)
    ],
    lambda chance: _nested(chance.choice([3, 20, 90])),
]
"""Values of other types than the right ones, and of the right types that no event has."""


def _nested(depth: int) -> object:
    value: object = 1
    for number in range(depth):
        value = [value] if number % 2 else {"Records": value}
    return value


_MARKS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"\0",
    b"\xff",
    b"\xc3",
]
_PIECES = [
    *_MARKS,
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5_000,
    b"[" * _DEEP,
    b'{"a":' * _DEEP,
    b'"Records":[],',
    b'"body":"{}",',
    b'"eventSource":"aws:sns",',
]


def _spoilt(chance: random.Random, text: bytes) -> bytes:
    """Return JSON text with a few of its bytes changed."""
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        at = chance.randrange(len(text) + 1)
        end = min(len(text), at + chance.choice([1, 1, 3, 40]))
        piece = chance.choice([chance.choice(_PIECES), chance.randbytes(end - at)])
        text = chance.choice(
            [
                text[:at],
                text[at:],
                text[:at] + text[end:],
                text[:end] + text[at:],
                text[:at] + piece + text[end:],
                text[:at] + piece + text[at:],
            ]
        )
    return text


def _as_text(chance: random.Random, text: bytes) -> str:
    return text.decode(errors=chance.choice(["replace", "surrogateescape", "ignore"]))


def _rearranged(chance: random.Random, document: object) -> object:
    """Return a copy of the document with one to three of its values replaced."""
    for _ in range(chance.choice([1, 1, 2, 3])):
        place = chance.choice(places(document))
        document = with_value(document, place, chance.choice(_VALUES)(chance))
    return document


class Batch(NamedTuple):
    """A batch of three entries, of which the one in the middle is damaged.

    Attributes:
        document: the whole.
        neighbours: the ids of the messages that are whole, and the keys that they name.
    """

    document: object
    neighbours: set[tuple[str, str]]


_Maker = Callable[[random.Random], Batch]


def _entries(document: object) -> list[object]:
    found = cast("Document", document)
    return cast("list[object]", found.get("Records", found.get("tasks")))


def _in_queue(content: Callable[[ObjectEvent], object]) -> _Maker:
    def make(chance: random.Random) -> Batch:
        batch = queue(*(content(event) for event in (FIRST, MIDDLE, LAST)))
        records = _entries(batch)
        way = chance.randrange(4)
        if way == 0:
            records[1] = _rearranged(chance, records[1])
        elif way == 1:
            records[1] = queued(_rearranged(chance, content(MIDDLE)), "m-1")
        else:
            text = _spoilt(chance, json.dumps(content(MIDDLE), ensure_ascii=way == 2).encode())
            cast("dict[str, Any]", records[1])["body"] = _as_text(chance, text)
        return Batch(batch, {("m-0", FIRST.key), ("m-2", LAST.key)})

    return make


def _in_topic(content: Callable[[ObjectEvent], object]) -> _Maker:
    def make(chance: random.Random) -> Batch:
        records = [_entries(topic(content(event)))[0] for event in (FIRST, MIDDLE, LAST)]
        for number, record in enumerate(records):
            cast("dict[str, Any]", record)["Sns"]["MessageId"] = f"m-{number}"
        if chance.random() < 0.5:
            records[1] = _rearranged(chance, records[1])
        else:
            text = _spoilt(chance, json.dumps(content(MIDDLE)).encode())
            cast("dict[str, Any]", records[1])["Sns"]["Message"] = _as_text(chance, text)
        return Batch({"Records": records}, {("m-0", FIRST.key), ("m-2", LAST.key)})

    return make


def _in_notification(chance: random.Random) -> Batch:
    records = [notified(FIRST), _rearranged(chance, notified(MIDDLE)), notified(LAST)]
    return Batch({"Records": records}, {("", FIRST.key), ("", LAST.key)})


def _in_job(version: str) -> _Maker:
    def make(chance: random.Random) -> Batch:
        job = invocation(version, "first.jpg", "middle.jpg", "last.jpg")
        tasks = _entries(job)
        tasks[1] = _rearranged(chance, tasks[1])
        return Batch(job, {("t-0", "first.jpg"), ("t-2", "last.jpg")})

    return make


def _alone(deliver: Callable[[ObjectEvent], object]) -> _Maker:
    """Return what makes text of one whole message, and damages any of it: there is no neighbour."""

    def make(chance: random.Random) -> Batch:
        whole = deliver(MIDDLE)
        text = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
        spoilt = _spoilt(chance, text)
        return Batch(chance.choice([spoilt, _as_text(chance, spoilt)]), set())

    return make


BATCHES: dict[str, _Maker] = {
    "S3": _in_notification,
    "S3 in SQS": _in_queue(notification),
    "S3 in SNS": _in_topic(notification),
    "S3 in SNS in SQS": _in_queue(lambda event: published(notification(event))),
    "EventBridge in SQS": _in_queue(bus_event),
    "EventBridge in SNS": _in_topic(bus_event),
    "EventBridge in SNS in SQS": _in_queue(lambda event: published(bus_event(event))),
    "imgmeta in SQS": _in_queue(own_message),
    "S3 Batch Operations 1.0": _in_job("1.0"),
    "S3 Batch Operations 2.0": _in_job("2.0"),
    **{f"{name}, alone": _alone(deliver) for name, deliver in DELIVERIES.items()},
}
"""What makes a damaged batch, for each way that events come."""


def damaged_batches(number: int, seed: int) -> Iterator[tuple[str, Batch]]:
    """Yield so many damaged batches, and how they come, as many of each as of any other."""
    chance = random.Random(seed)
    ways = list(BATCHES.items())
    for count in range(number):
        name, make = ways[count % len(ways)]
        yield name, make(chance)
