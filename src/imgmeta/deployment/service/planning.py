"""What may be deployed: of which stack, with which parameters, for which target."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.core.text import printable
from imgmeta.deployment.core.packages import Architecture, FunctionPlatform, Runtime
from imgmeta.deployment.core.stacks import Stack
from imgmeta.errors import ConfigurationError

__all__ = [
    "CODE_BUCKET",
    "CODE_KEY",
    "EMAIL",
    "ENVIRONMENT",
    "Plan",
    "check_bucket",
    "check_given",
    "check_idle",
    "check_ours",
    "plan_of",
]

CODE_BUCKET, CODE_KEY = "CodeBucket", "CodeKey"
ARCHITECTURE, RUNTIME = "Architecture", "Runtime"
EMAIL, ENVIRONMENT = "NotificationEmail", "EnvironmentSuffix"
"""Names of the template's parameters. A stack that has them all is one of ours."""

_WAYS_BACK = {
    "UPDATE_FAILED": "rollback-stack",
    "UPDATE_ROLLBACK_FAILED": "continue-update-rollback",
}
"""AWS's own commands by which a stack that works, and whose change did not, is brought back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be deployed, before anything is built.

    Attributes:
        stack_name: the stack's name.
        stack: as it is now; None: it is to be created.
        target: where the function is to run.
        parameters: the values that were given.
        kept: the parameters that keep the values they have.
    """

    stack_name: str
    stack: Stack | None
    target: FunctionPlatform
    parameters: Mapping[str, str]
    kept: tuple[str, ...]


def plan_of(
    stack_name: str,
    stack: Stack | None,
    given: Mapping[str, str],
    known: Mapping[str, TemplateParameter],
) -> Plan:
    """Return what is to be done, once it is clear that it can be.

    Args:
        stack_name: the stack's name.
        stack: as it is now; None: it is to be created.
        given: values of the template's parameters, which fit them.
        known: the template's parameters.

    Raises:
        ConfigurationError: the stack is not fit for it, or a value is missing.
    """
    if stack is not None:
        check_ours(stack)
        _check_changeable(stack)
        _check_environment(stack, given)
    before = {} if stack is None else dict(stack.parameters)
    ours = {CODE_BUCKET, CODE_KEY}
    _check_needed(known.keys() - before.keys() - given.keys() - ours, known)
    kept = tuple(sorted(before.keys() & known.keys() - given.keys() - ours))
    defaults = {name: each.default or "" for name, each in known.items()}
    return Plan(stack_name, stack, _target(defaults | before | dict(given)), given, kept)


def check_ours(stack: Stack) -> None:
    """Refuse a stack of somebody else's: a change set of ours would delete all that is in it.

    Raises:
        ConfigurationError: it is one.
    """
    if not stack.parameters.keys() >= {CODE_BUCKET, CODE_KEY, ARCHITECTURE, RUNTIME, EMAIL}:
        msg = (
            f"the stack {printable(stack.name)} is none of imgmeta's, which does not touch what "
            "others made: give another --stack-name"
        )
        raise ConfigurationError(msg)


def _check_changeable(stack: Stack) -> None:
    check_idle(stack)
    if stack.is_usable:
        return
    shown = printable(stack.name)
    if stack.status in _WAYS_BACK:
        way = _WAYS_BACK[stack.status]
        remedy = f"run `aws cloudformation {way} --stack-name {shown}` first"
    else:
        remedy = f"run `imgmeta destroy --stack-name {shown}` first, and then deploy again"
    msg = f"the stack {shown} cannot be changed as it is ({stack.status}): {remedy}"
    raise ConfigurationError(msg)


def _check_environment(stack: Stack, given: Mapping[str, str]) -> None:
    """Refuse another environment: it is in the names of what holds the data.

    All of that would be made anew, and empty, and the old names could never be had again.
    """
    now = stack.parameters.get(ENVIRONMENT)
    if now is not None and given.get(ENVIRONMENT, now) != now:
        msg = (
            f"the environment of the stack {printable(stack.name)} is {printable(now)}, and stays "
            "so: give another --stack-name for another environment"
        )
        raise ConfigurationError(msg)


def _target(values: Mapping[str, str]) -> FunctionPlatform:
    try:
        return FunctionPlatform(Runtime(values[RUNTIME]), Architecture(values[ARCHITECTURE]))
    except ValueError as error:
        msg = (
            f"the function is not built for {printable(values[RUNTIME])} on "
            f"{printable(values[ARCHITECTURE])}: give --runtime {Runtime.PYTHON_3_13}, and "
            f"--architecture {' or '.join(Architecture)}"
        )
        raise ConfigurationError(msg) from error


def check_idle(stack: Stack) -> None:
    """Refuse a stack to which something is being done.

    Raises:
        ConfigurationError: it is one.
    """
    if stack.is_busy:
        msg = (
            f"something is being done to the stack {printable(stack.name)} ({stack.status}): wait "
            "until that is done, and try again"
        )
        raise ConfigurationError(msg)


def check_given(given: Mapping[str, str], known: Mapping[str, TemplateParameter]) -> None:
    """Refuse values that the template does not take.

    Raises:
        ConfigurationError: one is such a value.
    """
    for name, value in given.items():
        if name in {CODE_BUCKET, CODE_KEY}:
            msg = f"{name} is set by the command: give --artifact-bucket for another bucket"
            raise ConfigurationError(msg)
        if name not in known:
            names = ", ".join(sorted(known.keys() - {CODE_BUCKET, CODE_KEY}))
            msg = f"the template has no parameter {printable(name)}: it has {names}"
            raise ConfigurationError(msg)
        if refusal := known[name].refusal(value):
            msg = f"{name} cannot be '{printable(value)}': it must be {refusal}"
            raise ConfigurationError(msg)


def check_bucket(bucket: str, known: Mapping[str, TemplateParameter]) -> None:
    """Refuse the name of a bucket that the template does not take.

    Raises:
        ConfigurationError: it does not.
    """
    if refusal := known[CODE_BUCKET].refusal(bucket):
        msg = f"packages cannot be kept in '{printable(bucket)}': it must be {refusal}"
        raise ConfigurationError(msg)


def _check_needed(names: Iterable[str], known: Mapping[str, TemplateParameter]) -> None:
    for name in sorted(names):
        if known[name].default is None:
            how = "--email" if name == EMAIL else f"--parameter {name}=…"
            msg = f"a new stack needs {name}: give {how}"
            raise ConfigurationError(msg)
