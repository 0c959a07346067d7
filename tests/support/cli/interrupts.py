"""Interrupts of commands, as by Ctrl-C."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from imgmeta.core.outcomes import ItemOutcome
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport

__all__ = ["interrupt_at_images"]


@contextmanager
def interrupt_at_images() -> Generator[None]:
    """Send SIGINT to this process once a command has counted an image.

    The test needs the fixture `default_signals`.
    """
    count = SyncReport.add
    interrupted: list[ItemOutcome] = []

    def count_and_interrupt(self: SyncReport, item: ItemOutcome) -> None:
        count(self, item)
        if not interrupted:
            interrupted.append(item)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SyncReport, "add", count_and_interrupt)
        yield
