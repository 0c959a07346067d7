"""Each change is one line at once; standard error has the state of the watch."""

import json

import pytest

from imgmeta.core.drift import Difference
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.rendering.watch_output import WatchOutput
from imgmeta.errors import TransientError
from imgmeta.service import STARTED, IndexUnavailable, SyncFinished, SyncStarted, UpToDate
from imgmeta.testing.strategies.record_examples import image_record

Capture = pytest.CaptureFixture[str]

ITEM = ItemOutcome(
    ObjectLocation("file://", "p/a.jpg"),
    Outcome.PROCESSED,
    record=image_record(key="p/a.jpg"),
    difference=Difference.NEW,
)
SAME = ItemOutcome(ObjectLocation("file://", "p/b.jpg"), Outcome.UNCHANGED)
ERROR = ItemOutcome(ObjectLocation("file://", "p/c.jpg"), Outcome.ERROR, reason="permission denied")


def output(*, as_json: bool = False) -> WatchOutput:
    return WatchOutput(CommandContext.from_options(as_json=as_json), "/p")


def test_first_sync_ends_with_a_summary(capsys: Capture) -> None:
    shown = output()
    shown.show(SyncStarted(STARTED))
    shown.show(SAME)
    shown.show(SyncFinished())
    shown.show(UpToDate())
    captured = capsys.readouterr()
    assert captured.out.startswith("0 processed, 0 failed, 1 unchanged; 0 bytes read in ")
    assert captured.err == "Watching /p. Press Ctrl-C to stop.\n"
    shown.show(SyncStarted("the system dropped events"))
    shown.show(SyncFinished())
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "The system dropped events: syncing /p.\n")


def test_each_change_is_a_line(capsys: Capture) -> None:
    shown = output()
    for item in (ITEM, SAME, ERROR):
        shown.show(item)
    first, second = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["new", "/p/a.jpg"]
    assert second.split() == ["error", "/p/c.jpg", "permission", "denied"]
    shown.show_summary()
    assert capsys.readouterr().out.startswith("1 processed, 1 failed, 1 unchanged; ")


def test_json_has_records_and_errors_only(capsys: Capture) -> None:
    shown = output(as_json=True)
    for item in (ITEM, SAME, ERROR):
        shown.show(item)
    shown.show_summary()
    captured = capsys.readouterr()
    record, error = map(json.loads, captured.out.splitlines())
    assert record["ObjectKey"] == "p/a.jpg"
    assert (error["ObjectKey"], error["Error"]) == ("p/c.jpg", "permission denied")
    assert captured.err.startswith("1 processed, 1 failed, 1 unchanged; ")


def test_outage_of_the_index_is_reported_once(capsys: Capture) -> None:
    shown = output()
    outage = IndexUnavailable(TransientError("cannot use imgmeta.db: it is locked"))
    for event in (outage, outage, UpToDate(), UpToDate(), outage):
        shown.show(event)
    locked = "The index is unavailable, and changes are kept: cannot use imgmeta.db: it is locked"
    assert capsys.readouterr().err.splitlines() == [
        locked,
        "The index is available again, and has all changes.",
        locked,
    ]
