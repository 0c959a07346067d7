"""What makes the function's package."""

from imgmeta.ports.deployment import FunctionPackager

__all__ = ["open_packager"]


def open_packager() -> FunctionPackager:
    """Return what makes packages of the function, as it is installed here."""
    from imgmeta.adapters.pip import PipFunctionPackager

    return PipFunctionPackager()
