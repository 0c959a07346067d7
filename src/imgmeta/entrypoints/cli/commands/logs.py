"""The `logs` command."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from imgmeta.core.times import parse_range
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import StackName, command_options

__all__ = ["logs"]

_Since = Annotated[
    str,
    typer.Option(
        metavar="TIME", help="Start: a date or time in UTC, yesterday, or an age such as 30m."
    ),
]

_Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="End, in the same forms. [default: now]")
]

_Key = Annotated[
    str, typer.Option(metavar="KEY", help="Only lines about this key.", show_default=False)
]

_Level = Annotated[
    str,
    typer.Option(
        metavar="LEVEL",
        help="Only lines of this level or a higher one: DEBUG, INFO, WARNING or ERROR.",
    ),
]


@command_options(store=False)
def logs(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    *,
    stack_name: StackName,
    since: _Since = "1h",
    until: _Until = None,
    key: _Key = "",
    level: _Level = "DEBUG",
) -> int:
    r"""Show the log of a stack's function, the oldest lines first.

    Shows the lines that the function wrote, and those of AWS Lambda that report a failure: a
    crash, a time limit that was reached, or too little memory. KEY is an object's key, its
    s3:// URI, or a part of the key.

    With --json: the function's lines as they are, and those of Lambda as timestamp, level and
    message.

    \b
    imgmeta logs --stack-name photos
    imgmeta logs --stack-name photos --since 7d --level error
    imgmeta logs --stack-name photos --since 2026-11-01T12:00 --key 2026/beach.jpg
    """
    from imgmeta.deployment.bootstrap import find_deployed_index, open_function_logs  # noqa: PLC0415 - keeps other commands fast
    from imgmeta.entrypoints.cli.rendering import log_lines  # noqa: PLC0415 - as above

    # An age of nothing is now.
    start, end = parse_range(since, "0m" if until is None else until, datetime.now(UTC))
    wanted = log_lines.LineFilter.of(key, level)
    index = find_deployed_index(context.aws, stack_name)
    shown = 0
    for event in open_function_logs(context.aws).events(index.log_group, since=start, until=end):
        if not wanted.accepts(event):
            continue
        shown += 1
        if context.as_json:
            context.stdout.raw(log_lines.json_line(event))
        else:
            context.stdout.line(*log_lines.row(event))
    if not shown:
        context.stderr.line("No lines: the function logged nothing that matches.")
    return SUCCESS
