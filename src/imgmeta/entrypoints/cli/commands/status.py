"""The `status` command."""

from datetime import UTC, datetime

from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import StackName, command_options
from imgmeta.entrypoints.cli.rendering import stacks
from imgmeta.entrypoints.cli.stack_dialog import check_stack_name
from imgmeta.errors import ImgmetaError

__all__ = ["status"]


@command_options(store=False)
def status(context: CommandContext, *, stack_name: StackName) -> int:
    r"""Say how a stack is: its alarms, its queue, its dead letters, and the image that came last.

    The exit code is 1 if the stack is not whole, an alarm is on, or there are dead letters.

    With --json: one object with all of it.

    \b
    imgmeta status --stack-name photos
    imgmeta status --stack-name photos --json | jq .DeadLetters.Waiting
    """
    from imgmeta.deployment.bootstrap import open_deployer, stack_health  # noqa: PLC0415 - beside the other names of the extra

    check_stack_name(stack_name)
    deployer = open_deployer(context.aws)
    health = stack_health(context.aws, deployer, deployer.find(stack_name))
    if context.as_json:
        context.stdout.raw(stacks.health_line(health))
    else:
        context.stdout.lines(stacks.health_rows(health, datetime.now(UTC)))
    faults = list(health.faults())
    if faults:
        msg = f"not all is well: {'; '.join(map(printable, faults))}"
        raise ImgmetaError(msg)
    return SUCCESS
