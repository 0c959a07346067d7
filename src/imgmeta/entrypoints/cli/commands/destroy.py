"""The `destroy` command."""

from imgmeta.entrypoints.cli.confirmation import confirm
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.options import DryRun, StackName, Yes, command_options

__all__ = ["destroy"]


@command_options(store=False, json=False)
def destroy(
    context: CommandContext, *, stack_name: StackName, yes: Yes = False, dry_run: DryRun = False
) -> int:
    r"""Delete a stack; keep the bucket and the table.

    Shows the resources to keep and to delete, and asks for confirmation. The bucket with all images
    and the table with the index stay in the account.

    Existing buckets that the stack serves are kept, too. If imgmeta switched EventBridge on for one
    of them and no other rule needs it, the command switches it off. Other notifications stay.

    \b
    imgmeta destroy --stack-name photos
    """
    from imgmeta.cloudformation import RETAINED  # noqa: PLC0415 - keeps other commands fast
    from imgmeta.deployment.bootstrap import open_deployer  # noqa: PLC0415 - as above
    from imgmeta.deployment.core.bucket_plans import bucket_list  # noqa: PLC0415 - as above
    from imgmeta.deployment.core.stacks import check_stack_name  # noqa: PLC0415 - as above
    from imgmeta.deployment.service.planning import BUCKETS  # noqa: PLC0415 - as above
    from imgmeta.entrypoints.cli import bucket_dialog  # noqa: PLC0415 - as above
    from imgmeta.entrypoints.cli.rendering import buckets, stacks  # noqa: PLC0415 - as above

    check_stack_name(stack_name)
    deployer = open_deployer(context.aws)
    stack = deployer.find(stack_name)
    resources = deployer.resources(stack)
    served = bucket_list(stack.parameters.get(BUCKETS, ""))
    plan = deployer.plan_release(stack)
    context.stderr.lines(stacks.resource_rows(resources, RETAINED))
    context.stderr.lines(buckets.release_rows(plan, served))
    if dry_run:
        return SUCCESS
    shown = stacks.stack_with_account(stack_name, stack.stack_id)
    if not yes and not confirm(context, f"Delete the stack {shown}?"):
        context.stderr.line("Nothing was changed.")
        return FAILED
    if not bucket_dialog.watch(context, stack_name, deployer.destroy(stack), plan):
        return INTERRUPTED
    context.text_output.line(f"Deleted the stack {stack_name}.")
    code = bucket_dialog.apply_changes(context, deployer, plan, stack_name)
    for each in resources:
        if each.logical_id in RETAINED and each.resource_type != "AWS::S3::BucketPolicy":
            context.text_output.line(f"Kept: {each.resource_type} {each.physical_id}")
    for bucket in served:
        if bucket in plan.gone:
            continue
        context.text_output.line(f"Kept: AWS::S3::Bucket {bucket}, which is not part of the stack")
    return code
