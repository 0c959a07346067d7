"""The dialog of `replay`: it shows the dead letters, asks, sends them and reports the result.

Only the command imports this module, when it runs: it imports the deployment services.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from imgmeta.bootstrap import open_repository
from imgmeta.config import DynamoDBTable
from imgmeta.core.text import counted
from imgmeta.deployment.bootstrap import (
    find_deployed_index,
    open_dead_letters,
    open_function_logs,
    open_queue_gauge,
)
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.letter_groups import LetterSummary, expiring_soon, group_by_reason
from imgmeta.deployment.core.stacks import QueueDepth
from imgmeta.deployment.ports import DeadLetterQueue, FunctionLogs, QueueGauge
from imgmeta.deployment.service.replayer import (
    Replay,
    ReplayCounts,
    Selection,
    depths_until_drained,
    depths_until_visible,
)
from imgmeta.deployment.service.survey import Survey, survey, survey_time
from imgmeta.entrypoints.cli.confirmation import confirm
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible
from imgmeta.entrypoints.cli.rendering import dead_letters
from imgmeta.entrypoints.cli.rendering.progress import Throttle
from imgmeta.entrypoints.cli.stack_dialog import follow_up
from imgmeta.ports import ImageRepository

__all__ = ["ReplayDialog"]

_WAIT_SECONDS = 45 * 60
"""The longest wait: five deliveries at the queue's visibility timeout, and half as long again."""

_VISIBILITY = timedelta(minutes=1)
"""Much longer than it takes to send and delete a batch."""

_NOTICE_SECONDS = 10
"""Seconds between two lines of progress."""


@dataclass(frozen=True)
class ReplayDialog:
    """The dialog for one stack.

    Attributes:
        context: the command's settings and output streams.
        index: the stack's index.
        open_queue: opens the stack's dead-letter queue, given the visibility timeout of messages.
        gauge: measures the stack's queues.
        logs: the log groups of the account.
    """

    context: CommandContext
    index: DeployedIndex
    open_queue: Callable[[timedelta], DeadLetterQueue]
    gauge: QueueGauge
    logs: FunctionLogs

    @classmethod
    def open(cls, context: CommandContext, stack_name: str) -> Self:
        """Return the dialog for a stack.

        Raises:
            ConfigurationError: the stack does not exist, or is not a complete stack of imgmeta.
            TransientError: AWS is temporarily unavailable.
        """
        index = find_deployed_index(context.aws, stack_name)
        return cls(
            context,
            index,
            lambda visibility: open_dead_letters(context.aws, index, visibility=visibility),
            open_queue_gauge(context.aws),
            open_function_logs(context.aws),
        )

    def run(self, *, reason: str, limit: int | None, wait: bool, yes: bool, dry_run: bool) -> int:
        """Show the dead letters, send them back, and return the exit code.

        Args:
            reason: part of the reasons of the letters to replay; empty: all letters.
            limit: the number of letters to replay; None: all.
            wait: whether to wait for the function, and name the letters that came back.
            yes: whether to send them without asking.
            dry_run: whether to only show them.

        Raises:
            AdapterError: AWS fails.
        """
        with open_repository(DynamoDBTable(self.index.table), aws=self.context.aws) as repository:
            started = datetime.now(UTC)
            try:
                with interruptible() as stop_if_requested:
                    found = self._survey(repository, stop_if_requested)
            except StopRequested:
                self.context.stderr.line("Interrupted. Nothing was changed.")
                return INTERRUPTED
            selection = Selection(found, reason, started)
            self._show(found, selection.letters)
            if dry_run or not selection.letters:
                return SUCCESS
            number = len(selection.letters)
            number = number if limit is None else min(limit, number)
            if not yes and not confirm(
                self.context, f"Send {counted(number, 'dead letter')} back?"
            ):
                self.context.stderr.line("Nothing was changed.")
                return FAILED
            queue, mark = self.open_queue(_VISIBILITY), uuid.uuid4().hex
            replay = Replay(queue, repository, selection.includes, mark, time.monotonic, limit)
            return self._replay(replay, number, wait=wait)

    def _survey(self, repository: ImageRepository, stop_if_requested: Callable[[], None]) -> Survey:
        notice = _Notice(self.context)
        url = self.index.dead_letter_queue_url
        visibility = survey_time(self.gauge.depth(url))
        seconds = visibility.total_seconds()
        for depth in depths_until_visible(self.gauge, url, time.sleep, seconds=seconds):
            stop_if_requested()
            letters = counted(depth.in_flight, "dead letter")
            notice(
                f"Waiting for {letters} that another process received, at most {seconds:.0f} s …"
            )

        def on_progress(count: int) -> None:
            stop_if_requested()
            if count:
                notice(f"Reading the dead letters: {count:,} so far …")

        queue = self.open_queue(visibility)
        found = survey(queue, time.monotonic, repository=repository, on_progress=on_progress)
        return found.explained(self.logs, self.index.log_group, datetime.now(UTC))

    def _show(self, found: Survey, chosen: list[LetterSummary]) -> None:
        context, now = self.context, datetime.now(UTC)
        for group in group_by_reason(chosen, now):
            if context.as_json:
                context.stdout.raw(dead_letters.group_line(group))
            else:
                context.stdout.lines(dead_letters.group_rows(group))
        total = counted(len(found.letters), "dead letter")
        others = len(found.letters) - len(chosen)
        note = f", {others:,} of them with other reasons" if others else ""
        context.text_output.line(f"{total}{note}.")
        if not found.is_complete:
            context.stderr.line("There are more, which are not shown.")
        if soon := expiring_soon(found.letters, now):
            count = counted(soon, "dead letter")
            context.stderr.line(f"The queue deletes {count} within two days: they are too old.")
        if found.log_error:
            context.stderr.line(f"Some reasons are unknown: {found.log_error}")

    def _replay(self, replay: Replay, number: int, *, wait: bool) -> int:
        """Send the given number of letters back, and report the result."""
        interrupted = False
        try:
            with interruptible() as stop_if_requested:
                notice = _Notice(self.context)

                def on_progress(counts: ReplayCounts) -> None:
                    stop_if_requested()
                    if counts.finished:
                        notice(f"{counted(counts.finished, 'dead letter')} done …")

                replay.run(on_progress)
        except StopRequested:
            interrupted = True
        finally:
            # Also after an error or a second Ctrl-C, since the letters were sent.
            self.context.text_output.line(dead_letters.counts_text(replay.counts))
        if interrupted:
            self.context.stderr.line(
                "Interrupted. The other dead letters stay in their queue; run replay again."
            )
            return INTERRUPTED
        returned = list[LetterSummary]()
        if wait and replay.counts.sent:
            try:
                with interruptible() as stop_if_requested:
                    returned = self._wait(replay.mark, stop_if_requested)
            except StopRequested:
                self.context.stderr.line(
                    "Stopped waiting; the function continues. To see the messages that failed "
                    f"again: {self._command('replay', '--dry-run')}"
                )
                return INTERRUPTED
        self._show_result(replay.counts, returned)
        missing = number - replay.counts.finished - replay.counts.refused
        if missing > 0:
            verb, them = ("was", "it") if missing == 1 else ("were", "them")
            self.context.stderr.line(
                f"{counted(missing, 'dead letter')} {verb} not found; another process may have "
                f"received {them}. Run replay again."
            )
        return FAILED if returned or replay.counts.refused or missing > 0 else SUCCESS

    def _wait(self, mark: str, stop_if_requested: Callable[[], None]) -> list[LetterSummary]:
        """Wait until the queue is empty; return the letters with this mark that came back."""
        notice, depth = _Notice(self.context), QueueDepth(0, 0)
        for depth in depths_until_drained(
            self.gauge, self.index.queue_url, time.sleep, seconds=_WAIT_SECONDS
        ):
            stop_if_requested()
            if depth.total:
                notice(
                    f"Waiting for the function: {counted(depth.waiting, 'message')} waiting, "
                    f"{depth.in_flight:,} in flight …"
                )
        if depth.in_flight:
            self.context.stderr.line(
                f"The queue still has {counted(depth.total, 'message')}. To see those that failed "
                f"again: {self._command('replay', '--dry-run')}"
            )
        elif depth.waiting:
            text = dead_letters.unread_text(depth.waiting)
            self.context.stderr.line(f"{text} To find the cause: {self._command('status')}")
        queue = self.open_queue(survey_time(self.gauge.depth(self.index.dead_letter_queue_url)))
        found = survey(queue, time.monotonic, on_progress=lambda _: stop_if_requested())
        own = [each for each in found.letters if each.mark == mark]
        returned = Survey(own, is_complete=True)
        return returned.explained(self.logs, self.index.log_group, datetime.now(UTC)).letters

    def _show_result(self, counts: ReplayCounts, returned: list[LetterSummary]) -> None:
        context = self.context
        if context.as_json:
            waiting = self.gauge.depth(self.index.dead_letter_queue_url).waiting
            context.stdout.raw(dead_letters.result_line(counts, returned, waiting))
        context.text_output.lines(dead_letters.returned_rows(returned))
        if returned:
            context.text_output.line(
                f"{counted(len(returned), 'dead letter')} came back: the function failed again."
            )

    def _command(self, name: str, *options: str) -> str:
        stack = self.index.stack.name
        return follow_up(self.context, "imgmeta", name, "--stack-name", stack, *options)


class _Notice:
    """Prints lines of progress, at most one in a while; the first only after that time."""

    def __init__(self, context: CommandContext) -> None:
        self._context = context
        self._throttle = Throttle(_NOTICE_SECONDS, time.monotonic())

    def __call__(self, line: str) -> None:
        if self._throttle.is_due(time.monotonic()):
            self._context.stderr.line(line)
            self._context.stderr.flush()
