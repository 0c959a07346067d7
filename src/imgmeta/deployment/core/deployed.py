"""The index that a stack deployed: the names of its parts, from the stack's outputs."""

from dataclasses import dataclass, replace
from typing import Self

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.core.uris import legible_name
from imgmeta.deployment.core.bucket_plans import bucket_list
from imgmeta.deployment.core.stacks import Stack
from imgmeta.errors import ConfigurationError, Remedy

__all__ = ["DeployedIndex"]


@dataclass(frozen=True, slots=True)
class DeployedIndex:
    """The index of a stack, and what keeps it up to date.

    Attributes:
        stack: the stack.
        table: name of the DynamoDB table.
        queue_url: URL of the queue that the function reads.
        dead_letter_queue_url: URL of the queue for messages that could not be processed.
        buckets: names of the indexed buckets, at least one.
        prefix: the prefix of the indexed keys; empty: all keys.
        function: ARN of the function.
        log_group: name of the function's log group.
        batch_role: ARN of the role for S3 Batch Operations jobs; empty if the stack has none.
    """

    stack: Stack
    table: str
    queue_url: str
    dead_letter_queue_url: str
    buckets: tuple[str, ...]
    prefix: str
    function: str
    log_group: str
    batch_role: str

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Return the index of a stack that imgmeta created.

        Raises:
            ConfigurationError: the stack's outputs lack a part, since it was never created
                completely or an older imgmeta created it.
        """
        outputs = stack.outputs
        try:
            return cls(
                stack=stack,
                table=outputs["DynamoDBTableName"],
                queue_url=outputs["QueueUrl"],
                dead_letter_queue_url=outputs["DeadLetterQueueUrl"],
                # Stacks of imgmeta 0.1 have no output Buckets, and a bucket of their own.
                buckets=bucket_list(outputs.get("Buckets") or outputs["S3BucketName"]),
                prefix=outputs.get("KeyPrefix", ""),
                function=outputs["LambdaFunctionArn"],
                log_group=outputs["LogGroupName"],
                batch_role=outputs.get("BatchOperationsRoleArn", ""),
            )
        except KeyError as error:
            msg = (
                f"the stack {printable(stack.name)} has no output {error.args[0]} (its status is "
                f"{stack.status})"
            )
            raise ConfigurationError(msg, remedy=Remedy.DEPLOY_AGAIN) from error

    @property
    def targets(self) -> tuple[Target, ...]:
        """All that the stack indexes: its buckets, each with its prefix."""
        return tuple(Target(bucket, self.prefix) for bucket in self.buckets)

    def narrow(self, target: Target) -> Target | None:
        """Return the part of a target that the stack indexes; None if it indexes no part."""
        if target.bucket in self.buckets:
            if target.prefix.startswith(self.prefix):
                return target
            if not target.exact and self.prefix.startswith(target.prefix):
                return replace(target, prefix=self.prefix)
        return None

    def check_target(self, target: Target) -> None:
        """Check that the stack indexes all of a target.

        Raises:
            ConfigurationError: it does not.
        """
        if self.narrow(target) == target:
            return
        name, shown = printable(self.stack.name), legible_name(target.location)
        if target.bucket not in self.buckets:
            names = printable(", ".join(self.buckets))
            msg = f"the stack {name} does not index {shown}: its buckets are {names}"
            raise ConfigurationError(msg)
        allowed = legible_name(ObjectLocation(target.bucket, self.prefix))
        msg = f"the stack {name} does not index all of {shown}: pass {allowed} or a prefix below it"
        raise ConfigurationError(msg)
