"""The `status` command."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import StackName, command_options
from imgmeta.entrypoints.cli.rendering.screen import Span
from imgmeta.errors import AdapterError, ConfigurationError, ImgmetaError

if TYPE_CHECKING:
    from imgmeta.deployment.core.health import Findings, StackHealth

__all__ = ["status"]

_CLEAR = "\x1b[H\x1b[2J"
"""ECMA-48: moves the cursor to the first line, and erases the screen."""


@command_options(store=False)
def status(
    context: CommandContext,
    *,
    stack_name: StackName,
    watch: Annotated[bool, typer.Option("--watch", help="Repeat until interrupted.")] = False,
    interval: Annotated[
        float, typer.Option(min=1, max=3600, metavar="SECONDS", help="Seconds between repeats.")
    ] = 5,
    stack_output: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Print only this output of the stack; check nothing."),
    ] = None,
) -> int:
    r"""Show the health of a stack.

    Checks its function, queues, alarms, buckets, table and latest image. Invokes the function with
    a command that does nothing, and reads its log, metrics and dead letters. The exit code is 1 if
    the stack is unhealthy: the function fails, an operation is in progress, an alarm is on, there
    are dead letters, or nobody receives alarms. Failed checks, for example for lack of a
    permission, are listed as not checked. If these are the alarms, the queues or the table, the
    stack counts as unhealthy.

    With --watch, redraws the terminal. If the output is not a terminal, prints again after a
    change.

    With --json: one object with the same information and the stack's outputs.

    With --stack-output, prints the value of one output, such as QueueUrl or DynamoDBTableName, for
    scripts. Checks nothing else, and exits 0 even if the stack is unhealthy.

    \b
    imgmeta status --stack-name photos
    imgmeta status --stack-name photos --watch
    imgmeta status --stack-name photos --json | jq .Faults
    imgmeta status --stack-name photos --stack-output QueueUrl
    """
    from imgmeta.deployment.core.stacks import check_stack_name  # noqa: PLC0415 - keeps other commands fast

    check_stack_name(stack_name)
    if stack_output is not None:
        return _print_output(context, stack_name, stack_output, watch=watch)
    if watch:
        _watch(context, stack_name, interval)
    health, now = _check(context, stack_name)
    _show(context, health, now)
    if problems := list(health.problems()):
        msg = f"the stack is unhealthy: {'; '.join(problems)}"
        raise ImgmetaError(msg)
    return SUCCESS


def _print_output(context: CommandContext, stack_name: str, output: str, *, watch: bool) -> int:
    from imgmeta.deployment.bootstrap import open_deployer  # noqa: PLC0415 - as above

    if watch or context.as_json:
        other = "--watch" if watch else "--json, which has all outputs"
        msg = f"pass --stack-output without {other}"
        raise ConfigurationError(msg)
    outputs = open_deployer(context.aws).find(stack_name).outputs
    if output not in outputs:
        names = ", ".join(map(printable, sorted(outputs)))
        advice = f"use one of {names}" if names else "the stack has no outputs"
        msg = f"invalid --stack-output '{printable(output)}': {advice}"
        raise ConfigurationError(msg)
    context.stdout.line(outputs[output])
    return SUCCESS


def _watch(context: CommandContext, stack_name: str, interval: float) -> None:
    """Show the health again and again. Only an interrupt or a lasting error ends it."""
    previous: Findings | None = None
    shown = list[str]()
    while True:
        try:
            health, now = _check(context, stack_name, previous)
        except AdapterError as error:
            context.stderr.line(f"{datetime.now(UTC):%H:%M:%S} {error}")
        else:
            previous = health.findings
            shown = _show_again(context, health, now, shown)
        time.sleep(interval)


def _check(
    context: CommandContext, stack_name: str, previous: "Findings | None" = None
) -> "tuple[StackHealth, datetime]":
    from imgmeta.deployment.bootstrap import open_deployer, open_health_check  # noqa: PLC0415 - as above

    stack = open_deployer(context.aws).find(stack_name)
    now = datetime.now(UTC)
    return open_health_check(context.aws).run(stack, now, previous), now


def _show(context: CommandContext, health: "StackHealth", now: datetime) -> None:
    from imgmeta.entrypoints.cli.rendering import health as rows  # noqa: PLC0415 - as above
    from imgmeta.entrypoints.cli.rendering import health_json  # noqa: PLC0415 - as above

    if context.as_json:
        context.stdout.raw(health_json.health_line(health))
    else:
        context.stdout.lines(rows.health_rows(health, now))


def _show_again(
    context: CommandContext, health: "StackHealth", now: datetime, shown: list[str]
) -> list[str]:
    """Show the health, if it has to be shown again; return what has been shown."""
    problems = list(health.problems())
    current = [health.stack.status, *problems, *health.warnings(), *_numbers(health)]
    if not context.as_json and context.stdout.columns is None and current == shown:
        return shown
    if not context.as_json:
        _separate(context, now, problems, is_first=not shown)
    _show(context, health, now)
    context.stdout.flush()
    return current


def _separate(
    context: CommandContext, now: datetime, problems: Iterable[str], *, is_first: bool
) -> None:
    from imgmeta.entrypoints.cli.rendering.screen import Style  # noqa: PLC0415 - as above

    if context.stdout.columns is not None:
        context.stdout.raw(_CLEAR)
    elif not is_first:
        context.stdout.line()
    unhealthy = "; ".join(problems)
    context.stdout.line(
        f"{now:%Y-%m-%d %H:%M:%S} UTC ",
        Span(f"UNHEALTHY: {unhealthy}", Style.BAD) if unhealthy else Span("healthy", Style.GOOD),
    )


def _numbers(health: "StackHealth") -> Iterable[str]:
    """Yield texts that change when the numbers in the output do; ages alone do not count."""
    record = health.latest_record
    yield f"{health.queue} {health.dead_letters} {health.unreadable_records}"
    yield "" if record is None else f"{record.image_id} {record.processed_at}"
