"""Packages whose names are imported when they are first used (PEP 562)."""

import sys

TYPE_CHECKING = False  # importing typing takes longer than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["lazy_exports"]


def lazy_exports(package: str, names: "Mapping[str, str]") -> "Callable[[str], object]":
    """Return the function `__getattr__` of a package, which imports the module of a name.

    Args:
        package: the package's name.
        names: the names that each of its modules exports, separated by spaces, by module.
    """
    module_of = {name: module for module, listed in names.items() for name in listed.split()}

    def getattr_(name: str) -> object:
        if name not in module_of:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        from importlib import import_module  # noqa: PLC0415 - not needed to start a command

        value = getattr(import_module(f"{package}.{module_of[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return getattr_
