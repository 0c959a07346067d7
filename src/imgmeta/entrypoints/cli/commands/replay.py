"""The `replay` command."""

from typing import Annotated

import typer

from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.options import DryRun, StackName, Yes, command_options

__all__ = ["replay"]

_Limit = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Replay at most N dead letters.")
]

_Reason = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="Replay only dead letters whose reason contains TEXT, in any case.",
        show_default=False,
    ),
]

_NoWait = Annotated[
    bool,
    typer.Option(
        "--no-wait",
        help="End when the dead letters are sent, without naming those that fail again.",
    ),
]


@command_options(store=False)
def replay(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    *,
    stack_name: StackName,
    limit: _Limit = None,
    reason: _Reason = "",
    no_wait: _NoWait = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> int:
    r"""Send the dead letters of a stack back to its queue.

    Dead letters are messages that the function could not process. Shows them by reason and age,
    with the keys, and asks for confirmation. Deletes each only after the queue has accepted it.
    Drops a message without sending it if the record in the index is as new already.

    The reasons come from the messages and from the function's log. If interrupted or killed,
    run it again: no message is lost, and only the messages in flight are sent twice.

    Ends when the function has emptied the queue, and names the messages that failed again. Exits 1
    if messages fail again or the queue refuses them.

    With --json: one object for each reason, and one with the result.

    \b
    imgmeta replay --stack-name photos --dry-run
    imgmeta replay --stack-name photos --reason "access denied"
    imgmeta replay --stack-name photos --limit 10 --yes
    """
    from imgmeta.entrypoints.cli.replay_dialog import ReplayDialog  # noqa: PLC0415 - keeps other commands fast

    dialog = ReplayDialog.open(context, stack_name)
    return dialog.run(reason=reason, limit=limit, wait=not no_wait, yes=yes, dry_run=dry_run)
