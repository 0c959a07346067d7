"""The dialog of the stack commands about existing buckets: options, changes and a backfill.

Only the stack commands import this module, when they run: it imports the deployment services.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.core.uris import legible_name
from imgmeta.deployment.core.bucket_plans import BucketPlan, check_bucket_names
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.service import planning
from imgmeta.deployment.service.deployer import Deployer
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.stack_dialog import confirm, follow_up
from imgmeta.errors import AdapterError, ConfigurationError

__all__ = [
    "apply_changes",
    "backfill_if_requested",
    "bucket_parameters",
    "offer_backfill",
    "print_unfinished",
]

_MAX_COUNTED = 100_000
"""Objects to count at most: 100 requests."""


def bucket_parameters(buckets: Iterable[str], prefix: str | None) -> Iterator[tuple[str, str]]:
    """Yield the template parameters of the options `--bucket` and `--prefix`.

    Raises:
        ConfigurationError: an option is invalid.
    """
    if names := check_bucket_names(buckets):
        yield planning.BUCKETS, ",".join(names)
    if prefix is not None:
        if "://" in prefix:
            msg = f"invalid --prefix '{printable(prefix)}': pass only the start of the keys"
            raise ConfigurationError(msg)
        yield planning.KEY_PREFIX, prefix


def apply_changes(
    context: CommandContext, deployer: Deployer, plan: BucketPlan, stack_name: str
) -> int:
    """Make the planned changes of notifications, and print each; return the exit code.

    Args:
        context: the command's context.
        deployer: the deployer.
        plan: the plan, after the operation on the stack.
        stack_name: the stack.
    """
    code = SUCCESS
    try:
        for result in deployer.apply(plan):
            bucket, verb = result.change.bucket, "on" if result.change.enabled else "off"
            if not result.failure:
                context.text_output.line(f"Switched EventBridge {verb} for the bucket {bucket}.")
            elif result.change.enabled:
                code = FAILED
                context.stderr.line(
                    f"The stack gets no events from the bucket {bucket} until you deploy again: "
                    f"{result.failure}"
                )
            else:
                context.stderr.line(_stays_on(bucket, result.failure))
    except KeyboardInterrupt:
        print_unfinished(context, plan, stack_name)
        return INTERRUPTED
    for bucket, reason in plan.kept.items():
        context.stderr.line(_stays_on(bucket, reason))
    return code


def _stays_on(bucket: str, reason: str) -> str:
    return f"EventBridge stays on for the bucket {bucket}: {reason}"


def print_unfinished(context: CommandContext, plan: BucketPlan, stack_name: str) -> None:
    """Print how to make the planned changes of notifications after an interruption."""
    if any(change.enabled for change in plan.changes):
        command = follow_up(context, "imgmeta", "deploy", "--stack-name", stack_name)
        context.stderr.line(
            "Not all buckets send their events to the stack yet. When the operation has ended, "
            f"run: {command}"
        )


@dataclass(frozen=True, slots=True)
class _Count:
    """The number of objects in a target, at most `_MAX_COUNTED` + 1; None: they are unknown."""

    target: Target
    objects: int | None

    @property
    def uri(self) -> str:
        return legible_name(self.target.location)

    def __str__(self) -> str:
        if self.objects is None:
            return f"{self.uri} may hold objects."
        if self.objects > _MAX_COUNTED:
            return f"{self.uri} holds more than {_MAX_COUNTED:,} objects."
        noun = "object" if self.objects == 1 else "objects"
        return f"{self.uri} holds {self.objects:,} {noun}."


def offer_backfill(context: CommandContext, stack: Stack, plan: BucketPlan, *, ask: bool) -> int:
    """Show how many objects the new buckets of a stack hold, and offer to index them.

    Args:
        context: the command's context.
        stack: the stack, after the deployment.
        plan: the plan for its buckets.
        ask: whether to ask the user; otherwise, the command is printed.

    Returns:
        the exit code.
    """
    connected = [change.bucket for change in plan.changes if change.enabled]
    new = dict.fromkeys([*plan.added, *connected])
    if not new:
        return SUCCESS
    index = DeployedIndex.of(stack)
    counts = [_count(context, Target(bucket, index.prefix)) for bucket in new]
    for count in counts:
        context.text_output.line(str(count))
    filled = [count for count in counts if count.objects != 0]
    if not filled:
        return SUCCESS
    if ask and _confirm_backfill(context):
        return _backfill(context, index, filled)
    uris = [count.uri for count in filled]
    command = follow_up(context, "imgmeta", "backfill", *uris, "--stack-name", stack.name)
    context.stderr.line(f"To index them, run: {command}")
    return SUCCESS


def backfill_if_requested(context: CommandContext, stack: Stack, *, requested: bool) -> int:
    """Index the objects that are in the buckets of a stack; return the exit code.

    Args:
        context: the command's context.
        stack: the stack.
        requested: whether the user requested it; otherwise, nothing is done.
    """
    if not requested:
        return SUCCESS
    index = DeployedIndex.of(stack)
    counts = [_count(context, Target(bucket, index.prefix)) for bucket in index.buckets]
    for count in counts:
        context.text_output.line(str(count))
    return _backfill(context, index, counts)


def _backfill(context: CommandContext, index: DeployedIndex, counts: Iterable[_Count]) -> int:
    """Run a backfill as `imgmeta backfill` does; return its exit code."""
    from imgmeta.entrypoints.cli.backfill_run import run_backfill  # noqa: PLC0415 - keeps deploy fast

    return run_backfill(context, index, [count.target for count in counts])


def _confirm_backfill(context: CommandContext) -> bool:
    try:
        return confirm(context, "Index them now?")
    except ConfigurationError:  # standard input has ended; the deployment is complete
        return False


def _count(context: CommandContext, target: Target) -> _Count:
    try:
        listing = context.object_store.list(target.bucket, target.prefix)
        number = sum(1 for _ in islice(listing, _MAX_COUNTED + 1))
    except AdapterError as error:
        context.stderr.line(str(error))
        return _Count(target, None)
    return _Count(target, number)
