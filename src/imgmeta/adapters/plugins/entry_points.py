"""The plug-ins that installed packages provide, from their entry points.

Source: Python Packaging User Guide, "Entry points specification".
"""

import re
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = ["InstalledPlugins", "Plugin", "installed_plugins"]

_SCHEME = re.compile("[a-z][a-z0-9+.-]*", re.ASCII)
"""A URL scheme in lower case: RFC 3986, section 3.1."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """The entry point of a package for one URL scheme.

    Attributes:
        scheme: the scheme, in lower case.
        package: the name of the package, safe to print.
        version: its version, safe to print.
        entry_point: the entry point, not loaded.
    """

    scheme: str
    package: str
    version: str
    entry_point: EntryPoint

    def __str__(self) -> str:
        """Return the plug-in in words, for messages."""
        return f"the plug-in {self.scheme}: of the package {self.package} {self.version}"


@dataclass(frozen=True, slots=True)
class InstalledPlugins:
    """The installed plug-ins of one group.

    Attributes:
        plugins: the plug-ins, in the order of the search path.
        unreadable: the packages whose list of entry points is unreadable, safe to print.
    """

    plugins: tuple[Plugin, ...]
    unreadable: tuple[str, ...]

    @property
    def schemes(self) -> list[str]:
        """The schemes of all plug-ins, sorted."""
        return sorted({each.scheme for each in self.plugins})

    @property
    def unreadable_note(self) -> str:
        """What to do about unreadable packages, in parentheses after a space; empty if none are."""
        if not self.unreadable:
            return ""
        return f" (reinstall {' and '.join(self.unreadable)}: its entry points are unreadable)"

    def find(self, scheme: str) -> Plugin | None:
        """Return the plug-in for a scheme in lower case; None if there is none.

        Raises:
            ConfigurationError: several packages provide it.
        """
        found = [each for each in self.plugins if each.scheme == scheme]
        if len(found) > 1:
            packages = " and ".join(sorted(f"{each.package} {each.version}" for each in found))
            msg = (
                f"several packages provide a plug-in for {scheme}:, {packages}: uninstall all but "
                "one of them"
            )
            raise ConfigurationError(msg)
        return found[0] if found else None


def installed_plugins(group: str) -> InstalledPlugins:
    """Return the plug-ins of a group, without importing any of them.

    A name that is not a URL scheme is ignored. Of a package that is installed twice, only the
    installation that Python imports counts.
    """
    plugins, unreadable = list[Plugin](), list[str]()
    seen = set[tuple[str, str]]()
    for distribution in distributions():
        try:
            entry_points = [*distribution.entry_points.select(group=group)]
        except Exception:  # noqa: BLE001 - the file may contain anything
            unreadable.append(_name_of(distribution)[0])
            continue
        for each in entry_points:
            name, version = _name_of(distribution)
            plugin = Plugin(each.name.lower(), name, version, each)
            key = (plugin.scheme, re.sub("[-_.]+", "-", name).lower())
            if _SCHEME.fullmatch(plugin.scheme) and key not in seen:
                seen.add(key)
                plugins.append(plugin)
    return InstalledPlugins(tuple(plugins), tuple(dict.fromkeys(unreadable)))


def _name_of(distribution: Distribution) -> tuple[str, str]:
    """Return the name and version of a package, also if its metadata is damaged."""
    try:
        name, version = distribution.metadata["Name"], distribution.metadata["Version"]
    except Exception:  # noqa: BLE001 - the file may contain anything
        name = version = ""
    return printable(str(name or "(no name)")), printable(str(version or "(no version)"))
