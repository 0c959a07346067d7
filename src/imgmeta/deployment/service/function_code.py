"""Whether a stack's function still runs the package that the stack deployed."""

from collections.abc import Callable
from dataclasses import dataclass

from imgmeta.deployment.core.packages import FunctionPackage
from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.ports import ArtifactStore, Functions
from imgmeta.deployment.service.planning import CODE_BUCKET, CODE_KEY
from imgmeta.errors import AdapterError

__all__ = ["PackageChoice", "choose_package"]

_FUNCTION = "LambdaFunctionArn"
"""Name of a template output."""


@dataclass(frozen=True, slots=True)
class PackageChoice:
    """The package to deploy.

    Attributes:
        package: the package under the name to deploy it with.
        restores_code: whether another tool replaced the function's code, which this restores.
        not_compared: why that is unknown; empty if it is known.
    """

    package: FunctionPackage
    restores_code: bool = False
    not_compared: str = ""


def choose_package(
    package: FunctionPackage,
    stack: Stack | None,
    artifacts: ArtifactStore,
    open_functions: Callable[[], Functions],
) -> PackageChoice:
    """Return the package under its own name, or as a copy.

    CloudFormation compares locations, not code: it does not restore code that another tool
    replaced, as long as the package has the same location. The copy is deployed then, or the
    package itself if the copy was deployed before. Later deployments of an unchanged package keep
    its location, so that they change nothing.

    Args:
        package: the package of this deployment.
        stack: the stack to update; None: a new one is created.
        artifacts: the store for packages.
        open_functions: returns the functions of the account and region.
    """
    function = None if stack is None else stack.outputs.get(_FUNCTION)
    if stack is None or function is None:
        return PackageChoice(package)
    location = (stack.parameters.get(CODE_BUCKET), stack.parameters.get(CODE_KEY))
    names = [package, package.copy()]
    locations = [artifacts.location_of(each) for each in names]
    deployed = [(each.bucket, each.key) == location for each in locations]
    if not any(deployed):
        return PackageChoice(package)
    current, other = names if deployed[0] else reversed(names)
    try:
        digest = open_functions().package_digest(function)
    except AdapterError as error:
        return PackageChoice(current, not_compared=str(error))
    if digest is None:
        return PackageChoice(current, not_compared="AWS Lambda does not report its package")
    if digest == package.sha256:
        return PackageChoice(current)
    return PackageChoice(other, restores_code=True)
