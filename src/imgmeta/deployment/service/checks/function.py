"""Whether the function runs the deployed package, responds, and gets messages."""

import json
from collections.abc import Iterable

from imgmeta.core.event_values import value_at
from imgmeta.core.text import printable, shorten
from imgmeta.deployment.core.deployed import DeployedIndex
from imgmeta.deployment.core.findings import Invocation, Probe
from imgmeta.deployment.core.packages import digest_in_name
from imgmeta.deployment.core.stacks import StackResource
from imgmeta.deployment.ports import Functions
from imgmeta.deployment.service.planning import CODE_KEY

__all__ = ["event_source_state", "is_code_replaced", "probe"]

_PING = '{"imgmeta": "ping"}'

_MAX_ERROR = 300

_OLDER_FUNCTION = "InvalidEventError"
"""The error of a function that does not know the command yet: so it responds."""

_EVENT_SOURCE = "AWS::Lambda::EventSourceMapping"


def probe(functions: Functions, function: str) -> Probe:
    """Invoke a function with a command that does nothing; return the outcome.

    Raises:
        AdapterError: the function cannot be invoked.
    """
    invocation = functions.invoke(function, _PING)
    if invocation.throttled:
        return Probe(throttled=True)
    response = _decoded(invocation.payload)
    if not invocation.failed:
        version = value_at(_decoded(value_at(response, "body")), "version")
        return Probe(version=printable(version) if isinstance(version, str) else "")
    kind = value_at(response, "errorType")
    if kind == _OLDER_FUNCTION:
        return Probe()
    return Probe(error=_error(kind, value_at(response, "errorMessage"), invocation))


def _error(kind: object, message: object, invocation: Invocation) -> str:
    """Return the type of an error and the first line of its message, safe to print."""
    texts = [each.strip() for each in (kind, message) if isinstance(each, str) and each.strip()]
    text = ": ".join(each.splitlines()[0] for each in texts) or invocation.payload.strip()
    return shorten(printable(text[: 2 * _MAX_ERROR]), _MAX_ERROR) or "unknown error"


def _decoded(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def event_source_state(functions: Functions, resources: Iterable[StackResource]) -> str | None:
    """Return the state of the stack's event source mapping; None: the stack has none yet.

    Raises:
        AdapterError: it cannot be read.
    """
    for each in resources:
        if each.resource_type == _EVENT_SOURCE and each.physical_id:
            return functions.event_source_state(each.physical_id) or "Deleted"
    return None


def is_code_replaced(functions: Functions, index: DeployedIndex) -> bool | None:
    """Return whether the function runs another package than its stack deployed; None: unknown.

    Raises:
        AdapterError: the function cannot be read.
    """
    deployed = digest_in_name(index.stack.parameters.get(CODE_KEY, ""))
    if not deployed:
        return None
    digest = functions.package_digest(index.function)
    return None if digest is None else not digest.hex().startswith(deployed)
