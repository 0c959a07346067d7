"""Uses of imgmeta under faults: how each one starts, continues until it is done, and is checked."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.faults.world import BUCKET, STACK, TABLE, World
from support.images.samples import frame, jpeg, sample_files, segment

__all__ = ["SCENARIOS", "Findings", "Scenario"]

_PHOTOS = Path(__file__).resolve().parents[3] / "examples" / "photos"
_STORE = ("--store", f"dynamodb://{TABLE}")
_URI = f"s3://{BUCKET}"
_MAX_RUNS = 41
"""Runs of a command until it must succeed: each of 40 random faults fails at most one of them."""

_BROKEN = b"\xff\xd8 not a photo"
_LARGE = jpeg(*[segment(0xEF, bytes(65_533))] * 3, frame(400, 300), end=b"\xff\xd9")
"""A photo whose size is so far from its beginning that it takes several requests."""


@dataclass
class Findings:
    """The differences between index and bucket after everything has been processed.

    Attributes:
        lost: changes that the index does not show, and messages that are never processed.
        wrong: records with values that the bucket's objects do not have.
    """

    lost: list[str]
    wrong: list[str]


@dataclass(frozen=True)
class Scenario:
    """One use of imgmeta.

    Attributes:
        prepare: makes changes, without faults.
        run: starts the use, and continues until it is done.
        check: returns what is lost or wrong.
    """

    prepare: Callable[[World], None]
    run: Callable[[World], Findings]
    check: Callable[[World], Findings]


def photo(name: str) -> bytes:
    """Return an example photo."""
    return (_PHOTOS / name).read_bytes()


def compare(world: World) -> Findings:
    """Compare the index with the bucket."""
    listed: dict[str, str] = {}
    for page in world.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        listed |= {each["Key"]: each["ETag"].strip('"') for each in page.get("Contents", [])}
    records = [record.to_item() for record in world.repository.scan(include_deleted=True)]
    index = {str(item["ObjectKey"]): item for item in records}
    findings = Findings([], [])
    if len(index) != len(records):
        findings.wrong.append("two records of one object")
    for key in sorted(listed.keys() | index.keys()):
        item = index.get(key)
        deleted = item is None or item["Status"] == "deleted"
        if key not in listed and not deleted:
            findings.lost.append(f"{key}: its deletion")
        elif key in listed and (item is None or deleted):
            findings.lost.append(f"{key}: its upload")
        elif key in listed and item is not None and item.get("ETag") != listed[key]:
            findings.lost.append(f"{key}: its latest upload")
        elif key in listed and item is not None and (reason := _error(world, key, item)):
            findings.wrong.append(f"{key}: {reason}")
    return findings


def _error(world: World, key: str, item: dict[str, Any]) -> str | None:
    """Return why a record does not describe the current content; None if it does."""
    content = world.contents[key]
    expected = HeaderPropertyReader().read(BytesSource(content))
    if isinstance(expected, Unreadable):
        values: dict[str, Any] = {"Status": "failed", "Error": expected.reason}
    else:
        values = {"Status": "processed", **_values(expected)}
    values["FileSize"] = len(content)
    wrong = {name: item.get(name) for name, value in values.items() if item.get(name) != value}
    return str(wrong) if wrong else None


def _values(properties: ImageProperties) -> dict[str, Any]:
    dumped = properties.model_dump(by_alias=True, exclude_none=True, mode="json")
    return {name: dumped[name] for name in ("Format", "MimeType", "Width", "Height")}


def _index_without_faults(world: World, *events: object) -> None:
    world.deliver(*events)
    if not world.drain():
        msg = "the queue is not empty without faults"
        raise RuntimeError(msg)
    world.notifications()
    world.redelivered = 0


def _prepare_index(world: World) -> None:
    """Index photos, and change the bucket; deliver the events of the changes."""
    events = _change(world)
    world.deliver(*events)


def _change(world: World) -> list[object]:
    kept, old = world.put("kept.jpg", photo("tower.jpg")), world.put("new.bmp", photo("logo.png"))
    gone = world.put("gone.gif", photo("clock.gif"))
    _index_without_faults(world, kept, old, gone)
    first = world.put("twice.jpg", photo("lighthouse.jpg"))
    return [
        world.put("new.bmp", sample_files()["bmp"]),
        world.put("twice.jpg", photo("balloons.jpeg")),
        first,
        world.put("large.jpg", _LARGE),
        world.delete("gone.gif"),
        world.put("broken.jpg", _BROKEN),
    ]


def _drain(world: World) -> Findings:
    return Findings([] if world.drain() else ["messages that fail again and again"], [])


def _prepare_unseen_changes(world: World) -> None:
    """Change the bucket without events."""
    _change(world)


def _prepare_readable_changes(world: World) -> None:
    _change(world)
    world.delete("broken.jpg")


def _prepare_digest(world: World) -> None:
    _prepare_unseen_changes(world)
    world.deliver({"imgmeta": "digest", "hours": 24})


def _check_digest(world: World) -> Findings:
    return Findings([] if world.notifications() else ["the digest"], [])


def _prepare_audit(world: World) -> None:
    _prepare_unseen_changes(world)
    world.deliver({"imgmeta": "audit"})


def _until_success(*arguments: str) -> Callable[[World], Findings]:
    """Return a function that runs a command until it succeeds, and then empties the queue."""

    def run(world: World) -> Findings:
        output = ""
        for _ in range(_MAX_RUNS):
            invocation = world.worker.run(*arguments)
            if not invocation.killed and not invocation.error and invocation.result == 0:
                return _drain(world)
            output = invocation.output
        return Findings([f"a successful run: {output[-300:]}"], [])

    return run


_DIFFERENCES = {
    ("broken.jpg", "new"),
    ("gone.gif", "gone"),
    ("large.jpg", "new"),
    ("new.bmp", "changed"),
    ("twice.jpg", "new"),
}


def _verify(world: World) -> Findings:
    """Run `verify` until it completes: it must print no false difference, and at last all."""
    wrong: list[str] = []
    for _ in range(_MAX_RUNS):
        invocation = world.worker.run("verify", _URI, *_STORE, "--json")
        lines = [line for line in invocation.output.splitlines() if line.startswith("{")]
        found = {(line.get("ObjectKey"), line.get("Difference")) for line in _parsed(lines)}
        found.discard((None, None))  # the line with the number of files that are not indexed
        known = {pair for pair in found if pair[1] != "unknown"}
        wrong += [f"{key} is reported as {kind}" for key, kind in sorted(known - _DIFFERENCES)]
        failed = invocation.killed or invocation.error or "imgmeta: " in invocation.output
        if not failed and invocation.result == 0:
            wrong.append("success despite differences")
        if not failed and known == found:
            missing = sorted(_DIFFERENCES - found)
            return Findings([f"the difference {pair}" for pair in missing], wrong)
    return Findings(["a complete comparison"], wrong)


def _parsed(lines: list[str]) -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = []
    for line in lines:
        try:
            parsed.append(json.loads(line))
        except ValueError:
            continue  # the process was killed in the middle of a line
    return parsed


def _nothing(_: World) -> Findings:
    return Findings([], [])


SCENARIOS: dict[str, Scenario] = {
    "events": Scenario(_prepare_index, _drain, compare),
    "digest": Scenario(_prepare_digest, _drain, _check_digest),
    "audit": Scenario(_prepare_audit, _drain, compare),
    "sync": Scenario(_prepare_unseen_changes, _until_success("sync", _URI, *_STORE), compare),
    "verify": Scenario(_prepare_unseen_changes, _verify, _nothing),
    "reprocess": Scenario(
        _prepare_readable_changes, _until_success("reprocess", _URI, *_STORE), compare
    ),
    "backfill": Scenario(
        _prepare_unseen_changes,
        _until_success("backfill", "--stack-name", STACK, "--no-wait"),
        compare,
    ),
}
"""All scenarios, by name."""
