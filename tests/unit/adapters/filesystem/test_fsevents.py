"""The flags of FSEvents that watchdog ignores are reported; without macOS, with a stub of it."""

import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from support.folders.reports import RecordedReports

MUST_SCAN_SUB_DIRS = 0x1
USER_DROPPED = 0x2
KERNEL_DROPPED = 0x4
UNMOUNT = 0x80
ITEM_CREATED = 0x100


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Import the module with a stub of the library of macOS."""
    native = ModuleType("_watchdog_fsevents")
    native.__dict__.update(Stream=lambda *_, **__: None, NativeEvent=SimpleNamespace)
    monkeypatch.setitem(sys.modules, "_watchdog_fsevents", native)
    names = ("watchdog.observers.fsevents", "imgmeta.adapters.filesystem.fsevents")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield import_module(names[1])
    for name in names:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("flags", "gaps", "unmounts"),
    [
        ([ITEM_CREATED], 0, 0),
        ([ITEM_CREATED, MUST_SCAN_SUB_DIRS], 1, 0),
        ([MUST_SCAN_SUB_DIRS | USER_DROPPED], 1, 0),
        ([MUST_SCAN_SUB_DIRS | KERNEL_DROPPED], 1, 0),
        ([UNMOUNT], 0, 1),
    ],
)
def test_dropped_events_and_unmounts_are_reported(
    module: Any,  # noqa: ANN401 - a module that is imported with a stub
    monkeypatch: pytest.MonkeyPatch,
    flags: list[int],
    gaps: int,
    unmounts: int,
) -> None:
    passed = list[int]()
    reports = RecordedReports()
    emitter = module.ReportingFSEvents(None, SimpleNamespace(path="/photos"), reports=reports)
    base = sys.modules["watchdog.observers.fsevents"]
    monkeypatch.setattr(
        base.FSEventsEmitter,
        "events_callback",
        lambda _, __, ___, flags, ____: passed.extend(flags),
    )
    emitter.events_callback([b"/photos"] * len(flags), [1] * len(flags), flags, [1] * len(flags))
    assert reports.gaps == ["the system dropped events"] * gaps
    assert reports.unmounts == unmounts
    assert passed == flags


def test_observer_uses_fsevents(module: Any) -> None:  # noqa: ANN401 - as above
    observer = module.fsevents_observer(RecordedReports())
    assert not observer.is_alive()
    observer.stop()
