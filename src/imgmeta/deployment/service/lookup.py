"""Lookup of the stacks that imgmeta created."""

from imgmeta.core.text import printable
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.stacks import Stack, check_stack_name
from imgmeta.deployment.ports import Stacks
from imgmeta.deployment.service.planning import check_created_by_imgmeta
from imgmeta.errors import ConfigurationError, PermanentError, Remedy

__all__ = ["find_index", "find_stack", "find_stack_if_exists"]


def find_index(stacks: Stacks, stack_name: str) -> DeployedIndex:
    """Return the index that a stack deployed.

    Raises:
        ConfigurationError: the name is invalid, the stack does not exist, imgmeta did not create
            it, or it has no index in its current status.
        TransientError: AWS is temporarily unavailable.
    """
    check_stack_name(stack_name)
    stack = find_stack(stacks, stack_name)
    _check_index(stack)
    return DeployedIndex.of(stack)


def find_stack(stacks: Stacks, stack_name: str) -> Stack:
    """Return a stack that imgmeta created.

    Raises:
        ConfigurationError: the stack does not exist, or imgmeta did not create it.
        TransientError: AWS is temporarily unavailable.
    """
    stack = find_stack_if_exists(stacks, stack_name)
    if stack is None:
        msg = (
            f"the stack {printable(stack_name)} does not exist: check its name, the region and "
            "the account"
        )
        raise ConfigurationError(msg)
    check_created_by_imgmeta(stack)
    return stack


def find_stack_if_exists(stacks: Stacks, stack_name: str) -> Stack | None:
    """Return a stack, or None if it does not exist.

    Raises:
        ConfigurationError: AWS refuses the request.
        TransientError: AWS is temporarily unavailable.
    """
    try:
        return stacks.find(stack_name)
    except PermanentError as error:
        # The user must change credentials, profile or permissions first.
        raise ConfigurationError(error.message, remedy=error.remedy) from error


def _check_index(stack: Stack) -> None:
    """Check that the stack was created completely and is not being deleted.

    A stack keeps its index while it is updated, even if the update fails.
    """
    operation = stack.status.partition("_")[0]
    if stack.is_usable or operation in {"UPDATE", "IMPORT"}:
        return
    name, status = printable(stack.name), printable(stack.status)
    if operation == "DELETE":
        table = printable(stack.outputs.get("DynamoDBTableName", ""))
        kept = f"; its table {table} is kept" if table else ""
        msg = f"the stack {name} is being deleted (its status is {status}){kept}"
        raise ConfigurationError(msg, remedy=Remedy.STORE)
    if stack.is_busy:
        msg = f"the stack {name} has no index yet (its status is {status}): wait for its deployment"
        raise ConfigurationError(msg)
    msg = f"the stack {name} has no index, since its deployment failed (its status is {status})"
    raise ConfigurationError(msg, remedy=Remedy.DELETE_STACK)
