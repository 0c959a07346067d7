"""The dialog of `deploy`: it shows the changes, asks, deploys them and offers a backfill.

Only the command imports this module, when it runs: it imports the deployment services.
"""

from dataclasses import dataclass

from imgmeta.deployment.service import planning
from imgmeta.deployment.service.deployer import Deployer, DeploymentStarted, NotDeployed
from imgmeta.entrypoints.cli import bucket_dialog, stack_dialog
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS

__all__ = ["DeployDialog"]


@dataclass(frozen=True, slots=True)
class DeployDialog:
    """The dialog for one stack.

    Attributes:
        context: the command's settings and output streams.
        deployer: the deployer.
        yes: whether to deploy without asking.
        dry_run: whether to only show the changes.
        backfill: whether to index the objects of the buckets without asking.
    """

    context: CommandContext
    deployer: Deployer
    yes: bool
    dry_run: bool
    backfill: bool

    def run(self, request: planning.DeploymentRequest) -> int:
        """Deploy a stack, and return the exit code.

        Raises:
            ConfigurationError: as for `Deployer.deploy`.
            AdapterError: AWS fails, or the deployment does.
        """
        context, name = self.context, request.stack_name
        try:
            result = self.deployer.deploy(
                request,
                confirm=lambda preview: stack_dialog.confirm_changes(
                    context, preview, yes=self.yes, dry_run=self.dry_run
                ),
                report=lambda step: stack_dialog.print_step(context, step),
            )
        except KeyboardInterrupt:
            context.stderr.line()
            context.stderr.line("Stopped before the deployment started.")
            return INTERRUPTED
        if result is NotDeployed.DECLINED:
            context.stderr.line("Nothing was changed.")
            return SUCCESS if self.dry_run else FAILED
        if result is NotDeployed.NO_CHANGES:
            context.text_output.line(f"No changes: the stack {name} is up to date.")
            stack = self.deployer.find(name)
            stack_dialog.print_outputs(context, stack)
            return bucket_dialog.backfill_stack(context, stack) if self.backfill else SUCCESS
        return self._finish(name, result)

    def _finish(self, name: str, started: DeploymentStarted) -> int:
        """Watch a deployment, switch on the buckets' events, and offer to index their objects."""
        context = self.context
        if not bucket_dialog.watch(context, name, started.events, started.buckets):
            return INTERRUPTED
        delivery = bucket_dialog.apply_changes(context, self.deployer, started.buckets, name)
        if delivery == INTERRUPTED:
            return INTERRUPTED
        stack = self.deployer.find(name)
        stack_dialog.print_outputs(context, stack)
        new_email = stack.parameters.get(planning.EMAIL)
        if new_email != started.previous_email:
            context.stderr.line(f"Confirm the subscription in the email sent to {new_email}.")
        if self.backfill:
            indexing = bucket_dialog.backfill_stack(context, stack)
        else:
            plan = started.buckets
            indexing = bucket_dialog.offer_backfill(context, stack, plan, ask=not self.yes)
        return delivery or indexing
