"""The `destroy` command."""

from imgmeta.cloudformation import RETAINED
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.options import DryRun, StackName, Yes, command_options
from imgmeta.entrypoints.cli.rendering import stacks
from imgmeta.entrypoints.cli.stack_dialog import check_stack_name, says_yes, watched

__all__ = ["destroy"]


@command_options(store=False, json=False)
def destroy(
    context: CommandContext, *, stack_name: StackName, yes: Yes = False, dry_run: DryRun = False
) -> int:
    r"""Delete a stack, and keep its images and its index.

    Says what is kept and what is deleted, and asks. The bucket with its images and the table with the
    index stay in the account, with their names.

    \b
    imgmeta destroy --stack-name photos
    """
    from imgmeta.deployment.bootstrap import open_deployer  # noqa: PLC0415 - beside the other names of the extra

    check_stack_name(stack_name)
    deployer = open_deployer(context.aws)
    stack = deployer.find(stack_name)
    resources = deployer.resources(stack)
    context.stderr.lines(stacks.resource_rows(resources, RETAINED))
    if dry_run:
        return SUCCESS
    named = stacks.stack_name(stack_name, stack.stack_id)
    if not yes and not says_yes(context, f"Delete the stack {named}?"):
        context.stderr.line("Nothing was changed.")
        return FAILED
    if not watched(context, stack_name, deployer.destroy(stack)):
        return INTERRUPTED
    context.text_output.line(f"The stack {stack_name} is deleted.")
    for each in resources:
        if each.logical_id in RETAINED and each.resource_type != "AWS::S3::BucketPolicy":
            context.text_output.line(f"Kept: {each.resource_type} {each.physical_id}")
    return SUCCESS
