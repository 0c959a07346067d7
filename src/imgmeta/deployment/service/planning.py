"""Rules for a deployment: its stack, its template parameters and its platform."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.core.text import printable
from imgmeta.deployment.core.packages import Architecture, FunctionPlatform, Runtime
from imgmeta.deployment.core.stacks import Stack, check_stack_name
from imgmeta.errors import ConfigurationError, Remedy

__all__ = [
    "ARCHITECTURE",
    "BUCKETS",
    "CODE_BUCKET",
    "CODE_KEY",
    "EMAIL",
    "ENVIRONMENT",
    "KEY_PREFIX",
    "REQUESTER_PAYS",
    "RUNTIME",
    "SWITCHED_ON",
    "DeploymentPlan",
    "DeploymentRequest",
    "check_created_by_imgmeta",
    "check_idle",
    "check_request",
    "plan_deployment",
]

CODE_BUCKET, CODE_KEY = "CodeBucket", "CodeKey"
ARCHITECTURE, RUNTIME = "Architecture", "Runtime"
EMAIL, ENVIRONMENT = "NotificationEmail", "EnvironmentSuffix"
BUCKETS, KEY_PREFIX, REQUESTER_PAYS = "Buckets", "KeyPrefix", "RequesterPays"
SWITCHED_ON = "SwitchedOnBuckets"
"""Names of template parameters."""

_SET_BY_DEPLOYMENT = frozenset({CODE_BUCKET, CODE_KEY})
_IN_EVERY_VERSION = _SET_BY_DEPLOYMENT | {ARCHITECTURE, RUNTIME, EMAIL}
"""Parameters in every version of imgmeta's template."""

_RECOVERY_COMMANDS = {
    "UPDATE_FAILED": "rollback-stack",
    "UPDATE_ROLLBACK_FAILED": "continue-update-rollback",
}
"""The AWS CLI's commands that recover a working stack from a failed update, by its status."""


@dataclass(frozen=True, slots=True)
class DeploymentRequest:
    """A deployment that a user requests.

    Attributes:
        stack_name: the stack to create or update.
        parameters: names and values of template parameters.
        new_stack_defaults: values that replace the template's defaults when the stack is new.
        artifact_bucket: the bucket for the package; None: the one that the stack uses already, or
            the account's own.
    """

    stack_name: str
    parameters: tuple[tuple[str, str], ...] = ()
    new_stack_defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    artifact_bucket: str | None = None


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """A checked deployment, before its package is built.

    Attributes:
        stack: the stack to update; None: a new one is created.
        platform: where the function runs.
        parameters: new values of template parameters.
        use_previous_values: the parameters that keep their current values.
    """

    stack: Stack | None
    platform: FunctionPlatform
    parameters: Mapping[str, str]
    use_previous_values: tuple[str, ...]


def check_request(
    request: DeploymentRequest, declared: Mapping[str, TemplateParameter]
) -> dict[str, str]:
    """Check a request, except against its stack; return its parameters by name.

    Raises:
        ConfigurationError: the stack name, a parameter or the bucket is invalid.
    """
    check_stack_name(request.stack_name)
    parameters = dict[str, str]()
    for name, value in request.parameters:
        if name in parameters:
            msg = f"duplicate template parameter {printable(name)}: set it once"
            raise ConfigurationError(msg)
        parameters[name] = value
    for name, value in parameters.items():
        _check_parameter(name, value, declared)
    bucket = request.artifact_bucket
    if bucket is not None and (reason := declared[CODE_BUCKET].invalid_reason(bucket)):
        msg = f"invalid artifact bucket '{printable(bucket)}': {reason}"
        raise ConfigurationError(msg)
    return parameters


def _check_parameter(name: str, value: str, declared: Mapping[str, TemplateParameter]) -> None:
    if name in _SET_BY_DEPLOYMENT:
        msg = f"cannot set the template parameter {name}, which depends on the artifact bucket"
        raise ConfigurationError(msg, remedy=Remedy.ARTIFACT_BUCKET)
    if name == SWITCHED_ON:
        msg = f"cannot set the template parameter {name}, which `deploy` sets itself"
        raise ConfigurationError(msg)
    if name not in declared:
        names = ", ".join(sorted(declared.keys() - _SET_BY_DEPLOYMENT - {SWITCHED_ON}))
        msg = f"unknown template parameter {printable(name)}: choose from {names}"
        raise ConfigurationError(msg)
    if reason := declared[name].invalid_reason(value):
        msg = f"invalid {name} '{printable(value)}': {reason}"
        raise ConfigurationError(msg)


def plan_deployment(
    request: DeploymentRequest,
    parameters: Mapping[str, str],
    stack: Stack | None,
    declared: Mapping[str, TemplateParameter],
) -> DeploymentPlan:
    """Return the plan for a request, if its stack can be created or updated.

    Args:
        request: the request.
        parameters: its parameters, from `check_request`.
        stack: the stack in its current state; None if it does not exist.
        declared: the template's parameters, by name.

    Raises:
        ConfigurationError: the stack cannot be updated, or a required parameter is missing.
    """
    if stack is not None and stack.is_in_review:
        stack = None
    if stack is None:
        parameters = {**request.new_stack_defaults, **parameters}
        current = dict[str, str]()
    else:
        check_created_by_imgmeta(stack)
        _check_updatable(stack)
        _check_environment(stack, parameters)
        current = dict(stack.parameters)
    missing = declared.keys() - current.keys() - parameters.keys() - _SET_BY_DEPLOYMENT
    _check_required(missing, declared)
    previous = current.keys() & declared.keys() - parameters.keys() - _SET_BY_DEPLOYMENT
    defaults = {name: each.default or "" for name, each in declared.items()}
    platform = _platform(defaults | current | dict(parameters))
    return DeploymentPlan(stack, platform, parameters, tuple(sorted(previous)))


def check_created_by_imgmeta(stack: Stack) -> None:
    """Check that imgmeta created the stack: an update would delete resources of any other one.

    Raises:
        ConfigurationError: imgmeta did not create the stack.
    """
    if not stack.parameters.keys() >= _IN_EVERY_VERSION:
        msg = f"the stack {printable(stack.name)} was not created by imgmeta"
        raise ConfigurationError(msg, remedy=Remedy.STACK_NAME)


def check_idle(stack: Stack) -> None:
    """Check that no operation on the stack is in progress.

    Raises:
        ConfigurationError: an operation is in progress.
    """
    if stack.is_busy:
        msg = (
            f"an operation on the stack {printable(stack.name)} is in progress ({stack.status}): "
            "wait until it ends, then try again"
        )
        raise ConfigurationError(msg)


def _check_updatable(stack: Stack) -> None:
    check_idle(stack)
    if stack.is_usable:
        return
    shown = printable(stack.name)
    msg = f"the stack {shown} cannot be updated in status {stack.status}"
    if stack.status in _RECOVERY_COMMANDS:
        command = f"aws cloudformation {_RECOVERY_COMMANDS[stack.status]} --stack-name {shown}"
        msg = f"{msg}: run `{command}` first"
        raise ConfigurationError(msg)
    raise ConfigurationError(msg, remedy=Remedy.DELETE_STACK)


def _check_environment(stack: Stack, parameters: Mapping[str, str]) -> None:
    """Reject a different environment: the names of bucket and table contain it.

    CloudFormation would replace them with empty ones, and no stack could use the old names again.
    """
    current = stack.parameters.get(ENVIRONMENT)
    if current is not None and parameters.get(ENVIRONMENT, current) != current:
        msg = (
            f"the environment of the stack {printable(stack.name)} is {printable(current)} and "
            "cannot be changed"
        )
        raise ConfigurationError(msg, remedy=Remedy.STACK_NAME)


def _check_required(names: Iterable[str], declared: Mapping[str, TemplateParameter]) -> None:
    for name in sorted(names):
        if declared[name].default is None:
            msg = f"a new stack needs {name}"
            raise ConfigurationError(
                msg, remedy=Remedy.EMAIL if name == EMAIL else Remedy.PARAMETER
            )


def _platform(values: Mapping[str, str]) -> FunctionPlatform:
    try:
        return FunctionPlatform(Runtime(values[RUNTIME]), Architecture(values[ARCHITECTURE]))
    except ValueError as error:
        msg = (
            f"the function cannot be built for {printable(values[RUNTIME])} on "
            f"{printable(values[ARCHITECTURE])}, only for {', '.join(Runtime)} on "
            f"{' or '.join(Architecture)}"
        )
        raise ConfigurationError(msg, remedy=Remedy.RUNTIME) from error
