"""What makes the function's package."""

from pathlib import Path

from imgmeta.ports.deployment import FunctionPackager

__all__ = ["open_packager"]


def open_packager(*, cache: Path | None = None) -> FunctionPackager:
    """Return what makes packages of the function, as it is installed here.

    Args:
        cache: a folder where packages are kept, so that the same one is not made again; None: each
            is made.
    """
    from imgmeta.adapters.pip import CachedFunctionPackager, PipFunctionPackager

    packager = PipFunctionPackager()
    if cache is None:
        return packager
    return CachedFunctionPackager(packager, packager.fingerprint, cache)
