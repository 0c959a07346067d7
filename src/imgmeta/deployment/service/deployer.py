"""Use cases for the stacks of one template: deploy, find, delete."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto

from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.deployment.core.bucket_plans import BucketPlan, DeliveryResult
from imgmeta.deployment.core.stacks import ChangeSet, Stack, StackEvent, StackResource
from imgmeta.deployment.ports import ArtifactStore, FunctionPackager, Functions, Stacks
from imgmeta.deployment.service.existing_buckets import ExistingBuckets
from imgmeta.deployment.service.function_code import choose_package
from imgmeta.deployment.service.lookup import find_stack, find_stack_if_exists
from imgmeta.deployment.service.planning import (
    BUCKETS,
    CODE_BUCKET,
    CODE_KEY,
    EMAIL,
    KEY_PREFIX,
    DeploymentPlan,
    DeploymentRequest,
    check_idle,
    check_request,
    plan_deployment,
)
from imgmeta.deployment.service.steps import (
    BucketsNotChecked,
    BuildingPackage,
    CodeNotCompared,
    CreatingChangeSet,
    DeploymentStep,
    UploadingPackage,
)
from imgmeta.deployment.service.waiter import Sleep, StatusUnavailableError, wait_for_stack
from imgmeta.errors import AdapterError, ConfigurationError, TransientError

__all__ = [
    "Deployer",
    "DeploymentStarted",
    "NotDeployed",
    "Preview",
]

_RULE = "AWS::Events::Rule"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a deployment would change.

    Attributes:
        change_set: the changes of the stack; None: it stays as it is.
        buckets: the existing buckets, and the changes of their notifications.
        restores_code: whether it restores code of the function that another tool replaced.
    """

    change_set: ChangeSet | None
    buckets: BucketPlan
    restores_code: bool = False


@dataclass(frozen=True, slots=True)
class DeploymentStarted:
    """A confirmed deployment.

    Attributes:
        events: executes the change set, then yields the stack's events until the operation ends;
            raises PermanentError if it fails, and StatusUnavailableError if its status can no
            longer be read.
        previous_email: the notification email before this deployment; None for a new stack.
        buckets: the plan for existing buckets, to apply after the events.
    """

    events: Iterator[StackEvent]
    previous_email: str | None
    buckets: BucketPlan


class NotDeployed(Enum):
    """Why a deployment did not start."""

    NO_CHANGES = auto()
    DECLINED = auto()


@dataclass(frozen=True, slots=True)
class Deployer:
    """Deploys, finds and deletes the stacks of one template.

    Attributes:
        stacks: the stacks of the account and region.
        template: the template's text.
        parameters: the template's parameters, by name.
        open_packager: returns the packager that builds the function.
        open_artifacts: returns the store for packages in a bucket; None: the account's own bucket.
        open_buckets: returns the use cases for existing buckets.
        open_functions: returns the functions of the account and region.
        sleep: pauses between two polls of a stack.
    """

    stacks: Stacks
    template: str
    parameters: Mapping[str, TemplateParameter]
    open_packager: Callable[[], FunctionPackager]
    open_artifacts: Callable[[str | None], ArtifactStore]
    open_buckets: Callable[[], ExistingBuckets]
    open_functions: Callable[[], Functions]
    sleep: Sleep

    def deploy(
        self,
        request: DeploymentRequest,
        *,
        confirm: Callable[[Preview], bool],
        report: Callable[[DeploymentStep], None],
    ) -> DeploymentStarted | NotDeployed:
        """Build the package, create a change set, and upload the package once the user confirms.

        Nothing is uploaded before the confirmation. Unless this returns DeploymentStarted, it
        leaves no change set and no stack in review behind.

        Args:
            request: the deployment.
            confirm: decides whether the changes are executed.
            report: called when a step starts.

        Raises:
            ConfigurationError: the request, the stack or the artifact bucket is unsuitable.
            TransientError: AWS or the package index is temporarily unavailable.
            PermanentError: AWS refuses a request, or the package cannot be built.
        """
        parameters = check_request(request, self.parameters)
        stack = find_stack_if_exists(self.stacks, request.stack_name)
        plan = plan_deployment(request, parameters, stack, self.parameters)
        current: Mapping[str, str] = {} if plan.stack is None else plan.stack.parameters
        buckets = self._plan_buckets(plan)
        artifacts = self.open_artifacts(request.artifact_bucket or current.get(CODE_BUCKET))
        artifacts.check()
        report(BuildingPackage(plan.platform))
        built = self.open_packager().build(plan.platform)
        choice = choose_package(built, plan.stack, artifacts, self.open_functions)
        package, location = choice.package, artifacts.location_of(choice.package)
        if choice.not_compared:
            report(CodeNotCompared(choice.not_compared))
        report(CreatingChangeSet())
        own = {**buckets.parameters, CODE_BUCKET: location.bucket, CODE_KEY: location.key}
        change_set = self._create_change_set(request.stack_name, plan, own)
        preview = Preview(change_set, buckets, choice.restores_code)
        if change_set is None:
            if not buckets.changes:
                if buckets.unknown:
                    report(BucketsNotChecked(buckets.unknown))
                return NotDeployed.NO_CHANGES
            if not confirm(preview):
                return NotDeployed.DECLINED
            return DeploymentStarted(iter(()), current.get(EMAIL), buckets)
        try:
            if confirm(preview):
                report(UploadingPackage(package, location))
                artifacts.upload(package)
                events = self._execute(change_set, self._last_event_id(change_set.stack_id))
                return DeploymentStarted(events, current.get(EMAIL), buckets)
        except BaseException:
            self._discard(change_set)
            raise
        self.stacks.delete_change_set(change_set)
        return NotDeployed.DECLINED

    def _create_change_set(
        self, stack_name: str, plan: DeploymentPlan, own: Mapping[str, str]
    ) -> ChangeSet | None:
        kept = [name for name in plan.use_previous_values if name not in own]
        parameters = {**plan.parameters, **own}
        return self.stacks.create_change_set(
            stack_name, self.template, parameters, use_previous_values=kept
        )

    def _plan_buckets(self, plan: DeploymentPlan) -> BucketPlan:
        serves = None if plan.stack is None else plan.stack.parameters.get(BUCKETS)
        # Stacks with a bucket of their own need no permissions for other buckets.
        if not serves and not plan.parameters.get(BUCKETS):
            if plan.parameters.get(KEY_PREFIX):
                msg = "a prefix needs existing buckets: pass --bucket, too"
                raise ConfigurationError(msg)
            return BucketPlan()
        rules = [] if plan.stack is None else self._rules(plan.stack)
        return self.open_buckets().plan(plan.stack, plan.parameters, rules)

    def _rules(self, stack: Stack) -> list[str]:
        """Return the names of the stack's rules of EventBridge."""
        resources = self.stacks.resources(stack.stack_id)
        # Some emulators have the ARN as the physical ID.
        return [
            each.physical_id.rpartition("/")[2] for each in resources if each.resource_type == _RULE
        ]

    def _execute(self, change_set: ChangeSet, after: str | None) -> Iterator[StackEvent]:
        try:
            self.stacks.execute_change_set(change_set)
        except AdapterError as error:
            if not isinstance(error, TransientError) or not self._has_started(change_set, after):
                self._discard(change_set)
                raise
        yield from wait_for_stack(
            self.stacks,
            Stack(change_set.stack_id, change_set.stack_name, ""),
            after=after,
            is_success=lambda stack: stack is not None and stack.is_complete,
            sleep=self.sleep,
        )

    def _has_started(self, change_set: ChangeSet, after: str | None) -> bool:
        """Return whether the changes started although the response to the request was lost."""
        try:
            stack = self.stacks.find(change_set.stack_id)
            new_events = self.stacks.events(change_set.stack_id, after=after)
        except AdapterError as error:
            raise StatusUnavailableError(error.message, remedy=error.remedy) from error
        return bool(new_events) or (stack is not None and stack.is_busy)

    def _discard(self, change_set: ChangeSet) -> None:
        """Delete the change set if possible; the caller raises the error that led here."""
        with suppress(AdapterError):
            self.stacks.delete_change_set(change_set)

    def find(self, stack_name: str) -> Stack:
        """Return a stack that imgmeta created.

        Raises:
            ConfigurationError: the stack does not exist, or imgmeta did not create it.
            TransientError: AWS is temporarily unavailable.
        """
        return find_stack(self.stacks, stack_name)

    def resources(self, stack: Stack) -> list[StackResource]:
        """Return the resources of a stack.

        Raises:
            AdapterError: they cannot be listed.
        """
        return list(self.stacks.resources(stack.stack_id))

    def plan_release(self, stack: Stack) -> BucketPlan:
        """Return the plan for the existing buckets of a stack to delete.

        Raises:
            AdapterError: the stack's resources cannot be listed.
        """
        if not stack.parameters.get(BUCKETS):
            return BucketPlan()
        return self.open_buckets().plan_deletion(stack, self._rules(stack))

    def apply(self, plan: BucketPlan) -> Iterator[DeliveryResult]:
        """Yield the result of each change of notifications, after the stack operation."""
        if plan.changes:
            yield from self.open_buckets().apply(plan)

    def destroy(self, stack: Stack) -> Iterator[StackEvent]:
        """Return an iterator that deletes the stack, then yields its events until it is deleted.

        The iterator raises the same errors as the events of `DeploymentStarted`.

        Raises:
            ConfigurationError: another operation is in progress.
            TransientError: AWS is temporarily unavailable.
            PermanentError: AWS refuses a request.
        """
        check_idle(stack)
        return self._delete(stack, self._last_event_id(stack.stack_id))

    def _delete(self, stack: Stack, after: str | None) -> Iterator[StackEvent]:
        self.stacks.delete(stack.stack_id)
        yield from wait_for_stack(
            self.stacks,
            stack,
            after=after,
            is_success=lambda current: current is None or current.is_deleted,
            sleep=self.sleep,
        )

    def _last_event_id(self, stack_id: str) -> str | None:
        events = self.stacks.events(stack_id)
        return events[-1].event_id if events else None
