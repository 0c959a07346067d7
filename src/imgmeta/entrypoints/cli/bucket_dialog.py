"""The dialog of the stack commands about existing buckets: options, changes and a backfill.

Only the stack commands import this module, when they run: it imports the deployment services.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from imgmeta.bootstrap import open_objects
from imgmeta.core.targets import Target
from imgmeta.core.text import counted, printable
from imgmeta.core.uris import legible_name
from imgmeta.deployment.bootstrap import stack_settings
from imgmeta.deployment.core.bucket_plans import BucketPlan, DeliveryChange, check_bucket_names
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack, StackEvent
from imgmeta.deployment.service import planning
from imgmeta.deployment.service.deployer import Deployer
from imgmeta.deployment.service.waiter import StatusUnavailableError
from imgmeta.entrypoints.cli import stack_dialog
from imgmeta.entrypoints.cli.confirmation import confirm
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.errors import AdapterError, ConfigurationError
from imgmeta.ports import ObjectStore

__all__ = [
    "apply_changes",
    "backfill_stack",
    "bucket_parameters",
    "offer_backfill",
    "watch",
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


def watch(
    context: CommandContext, stack_name: str, events: Iterable[StackEvent], plan: BucketPlan
) -> bool:
    """Watch an operation as `stack_dialog.watch` does; if it cannot, print what is left to do."""
    try:
        is_finished = stack_dialog.watch(context, stack_name, events)
    except StatusUnavailableError:
        _print_unfinished(context, plan.changes, stack_name)
        raise
    if not is_finished:
        _print_unfinished(context, plan.changes, stack_name)
    return is_finished


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
    code, unfinished = SUCCESS, list(plan.changes)
    try:
        for result in deployer.apply(plan):
            unfinished.remove(result.change)
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
        _print_unfinished(context, unfinished, stack_name)
        return INTERRUPTED
    for bucket, reason in plan.kept.items():
        context.stderr.line(_stays_on(bucket, reason))
    return code


def _stays_on(bucket: str, reason: str) -> str:
    return f"EventBridge stays on for the bucket {bucket}: {reason}"


def _print_unfinished(
    context: CommandContext, changes: Iterable[DeliveryChange], stack_name: str
) -> None:
    """Print the planned changes of notifications that an early end of the command leaves out."""
    missing = list(changes)
    if any(change.enabled for change in missing):
        command = stack_dialog.follow_up(context, "imgmeta", "deploy", "--stack-name", stack_name)
        context.stderr.line(
            "Not all buckets send their events to the stack yet. When the operation has ended, "
            f"run: {command}"
        )
    for change in missing:
        if not change.enabled:
            context.stderr.line(
                f"EventBridge may still be on for the bucket {change.bucket}: the command stopped "
                "too early to switch it off"
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
        return f"{self.uri} holds {counted(self.objects, 'object')}."


def offer_backfill(context: CommandContext, stack: Stack, plan: BucketPlan, *, ask: bool) -> int:
    """Show how many objects of a stack's buckets may be new to it, and offer to index them.

    Args:
        context: the command's context.
        stack: the stack, after the deployment.
        plan: the plan for its buckets.
        ask: whether to ask the user; otherwise, the command is printed.

    Returns:
        the exit code.
    """
    connected = [change.bucket for change in plan.changes if change.enabled]
    new = dict.fromkeys([*plan.unindexed, *connected])
    if not new:
        return SUCCESS
    index = DeployedIndex.of(stack)
    counts = _show_counts(context, index, new)
    filled = [count for count in counts if count.objects != 0]
    if not filled:
        return SUCCESS
    if ask and _confirm_backfill(context):
        return _backfill(context, index, filled)
    uris = [count.uri for count in filled]
    command = stack_dialog.follow_up(
        context, "imgmeta", "backfill", *uris, "--stack-name", stack.name
    )
    context.stderr.line(f"To index them, run: {command}")
    return SUCCESS


def backfill_stack(context: CommandContext, stack: Stack) -> int:
    """Index the objects that are in the buckets of a stack; return the exit code."""
    index = DeployedIndex.of(stack)
    return _backfill(context, index, _show_counts(context, index, index.buckets))


def _backfill(context: CommandContext, index: DeployedIndex, counts: Iterable[_Count]) -> int:
    """Run a backfill as `imgmeta backfill` does; return its exit code."""
    from imgmeta.entrypoints.cli.backfill_run import run_backfill  # noqa: PLC0415 - keeps deploy fast

    return run_backfill(context, index, [count.target for count in counts])


def _confirm_backfill(context: CommandContext) -> bool:
    try:
        return confirm(context, "Index them now?")
    except ConfigurationError:  # standard input has ended; the deployment is complete
        return False


def _show_counts(
    context: CommandContext, index: DeployedIndex, buckets: Iterable[str]
) -> list[_Count]:
    """Count the objects of buckets, with the stack's prefix; print and return the counts."""
    objects = open_objects(stack_settings(context.settings, index), context.aws)
    counts = [_count(context, objects, Target(bucket, index.prefix)) for bucket in buckets]
    for count in counts:
        context.text_output.line(str(count))
    return counts


def _count(context: CommandContext, objects: ObjectStore, target: Target) -> _Count:
    try:
        listing = objects.list(target.bucket, target.prefix)
        number = sum(1 for _ in islice(listing, _MAX_COUNTED + 1))
    except AdapterError as error:
        context.stderr.line(str(error))
        return _Count(target, None)
    return _Count(target, number)
