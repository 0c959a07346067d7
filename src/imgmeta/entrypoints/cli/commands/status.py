"""The `status` command."""

from datetime import UTC, datetime

from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import StackName, command_options
from imgmeta.errors import ImgmetaError

__all__ = ["status"]


@command_options(store=False)
def status(context: CommandContext, *, stack_name: StackName) -> int:
    r"""Show the health of a stack: its status, alarms, queues and latest image.

    The exit code is 1 if the stack is unhealthy: an operation is in progress or left the
    stack incomplete, an alarm is on or was deleted, or the dead-letter queue has messages.

    With --json: one object with the same information and the stack's outputs.

    \b
    imgmeta status --stack-name photos
    imgmeta status --stack-name photos --json | jq .DeadLetters.Waiting
    """
    from imgmeta.deployment.bootstrap import open_deployer, open_health_check  # noqa: PLC0415 - keeps other commands fast
    from imgmeta.deployment.core.stacks import check_stack_name  # noqa: PLC0415 - as above
    from imgmeta.entrypoints.cli.rendering import stacks  # noqa: PLC0415 - as above

    check_stack_name(stack_name)
    stack = open_deployer(context.aws).find(stack_name)
    now = datetime.now(UTC)
    health = open_health_check(context.aws).run(stack, now)
    if context.as_json:
        context.stdout.raw(stacks.health_line(health))
    else:
        context.stdout.lines(stacks.health_rows(health, now))
    problems = list(health.problems())
    if problems:
        msg = f"the stack is unhealthy: {'; '.join(map(printable, problems))}"
        raise ImgmetaError(msg)
    return SUCCESS
