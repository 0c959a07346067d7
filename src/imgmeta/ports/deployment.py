"""What putting the function into an account needs of the world."""

from typing import Protocol

from imgmeta.core.packages import FunctionPackage, FunctionTarget

__all__ = ["FunctionPackager"]


class FunctionPackager(Protocol):
    """Makes the function's zip: all that it needs, for one target, and no more."""

    def package(self, target: FunctionTarget) -> FunctionPackage:
        """Return the package; the same inputs give the same bytes, and so the same name.

        Raises:
            TransientError: what the function depends on cannot be had now.
            PermanentError: it cannot be had for this target, or AWS Lambda would refuse it.
            ConfigurationError: what packages are made with is not installed.
        """
        ...
